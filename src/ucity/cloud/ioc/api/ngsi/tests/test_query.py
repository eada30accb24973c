"""Queries: which entities are found, in which order, and how one pages through them."""

import re

import httpx

from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, ERRORS, LINK, entity, prop

HOME = {"id": "urn:x:home", "type": ["Home", "Vehicle"], "on": prop(1)}
CAR = {"id": "urn:x:car", "type": "Vehicle", "speed": prop(1)}
CAMPER = {"id": "urn:x:camper", "type": "Motorhome", "speed": prop(1), "on": prop(1)}


async def found(api: httpx.AsyncClient, **parameters: str) -> list[str]:
    answer = await api.get("/entities", params={"options": "keyValues", **parameters})
    assert answer.status_code == 200, answer.text
    return [each["id"].rpartition(":")[2] for each in answer.json()]


async def filled(api: httpx.AsyncClient) -> None:
    for sent in (HOME, CAR, CAMPER):
        assert (await api.post("/entities", json=sent)).status_code == 201


async def test_by_type_in_the_selection_language(api: httpx.AsyncClient) -> None:
    await filled(api)
    for text, expected in (
        ("Vehicle", ["home", "car"]),
        ("Home,Motorhome", ["home", "camper"]),
        ("Home|Motorhome", ["home", "camper"]),
        ("(Home;Vehicle)", ["home"]),
        ("(Home;Vehicle)|Motorhome", ["home", "camper"]),
        ("https://uri.etsi.org/ngsi-ld/default-context/Motorhome", ["camper"]),
        ("Nothing", []),
        ("*", ["home", "car", "camper"]),
    ):
        assert await found(api, type=text) == expected, text


async def test_by_id_pattern_and_attributes(api: httpx.AsyncClient) -> None:
    await filled(api)
    assert await found(api, local="true") == ["home", "car", "camper"]
    assert await found(api, local="true", id="urn:x:car,urn:x:none,urn:x:home") == ["home", "car"]
    assert await found(api, local="true", idPattern="^urn:x:ca") == ["car", "camper"]
    assert await found(api, type="Vehicle", idPattern="^urn:x:ca") == ["car"]
    assert await found(api, attrs="on") == ["home", "camper"]
    assert await found(api, attrs="speed,none") == ["car", "camper"]
    assert await found(api, attrs="none") == []
    got = (await api.get("/entities?attrs=speed&type=Motorhome")).json()
    assert got == [{"id": "urn:x:camper", "type": "Motorhome", "speed": prop(1)}]


async def test_representation_and_projection(api: httpx.AsyncClient) -> None:
    await filled(api)
    assert (await api.get("/entities?type=Motorhome&pick=id,on&format=keyValues")).json() == [
        {"id": "urn:x:camper", "on": 1}
    ]
    listed = (await api.get("/entities?type=Motorhome&options=sysAttrs,concise")).json()[0]
    assert listed["createdAt"] and listed["on"].keys() == {"value", "createdAt", "modifiedAt"}
    answer = await api.get("/entities?type=Motorhome", headers={"Accept": "application/ld+json"})
    assert [each["@context"] for each in answer.json()] == [CORE]


def pages(answer: httpx.Response) -> dict[str, str]:
    """Relation to address of the links to other pages."""
    links = re.findall(r'<([^>]*)>; rel="(next|prev)"', answer.headers["link"])
    return {rel: address for address, rel in links}


async def test_paging_visits_each_once_and_comes_back(api: httpx.AsyncClient) -> None:
    await api.post("/entityOperations/create", json=[entity(number, on=number) for number in range(5)])
    answer = await api.get("/entities?type=Lamp&limit=2&count=true&options=keyValues")
    assert answer.headers["ngsild-results-count"] == "5"
    assert LINK.format(CORE) in answer.headers["link"] and pages(answer).keys() == {"next"}
    seen = [each["on"] for each in answer.json()]
    while "next" in pages(answer):
        answer = await api.get(pages(answer)["next"])
        seen += [each["on"] for each in answer.json()]
    assert seen == [0, 1, 2, 3, 4]
    assert pages(answer).keys() == {"prev"}
    back = await api.get(pages(answer)["prev"])
    assert [each["on"] for each in back.json()] == [2, 3]


async def test_counting_alone(api: httpx.AsyncClient) -> None:
    await filled(api)
    answer = await api.get("/entities?type=Vehicle&limit=0&count=true")
    assert (answer.json(), answer.headers["ngsild-results-count"]) == ([], "2")
    assert pages(answer) == {}


async def test_queries_that_are_refused(api: httpx.AsyncClient) -> None:
    await filled(api)
    for parameters, kind in (
        ("", "BadRequestData"),
        ("id=urn:x:car", "BadRequestData"),
        ("local=false", "BadRequestData"),
        ("type=*&local=false", "BadRequestData"),
        ("limit=0&type=Vehicle", "BadRequestData"),
        ("limit=-1&type=Vehicle", "BadRequestData"),
        ("limit=x&type=Vehicle", "BadRequestData"),
        ("offset=1.5&type=Vehicle", "BadRequestData"),
        ("count=maybe&type=Vehicle", "BadRequestData"),
        ("local=maybe", "BadRequestData"),
        ("id=car&local=true", "BadRequestData"),
        ("type=", "BadRequestData"),
        ("type=A;B", "BadRequestData"),
        ("type=(A;B", "BadRequestData"),
        ("type=A,", "BadRequestData"),
        ("type=A%20B", "BadRequestData"),
        ("idPattern=(&local=true", "BadRequestData"),
        (f"idPattern={'a' * 600}&local=true", "BadRequestData"),
        ("attrs=a%00b", "BadRequestData"),
        ("attrs=type", "BadRequestData"),
        ("limit=100000&type=Vehicle", "TooManyResults"),
        ("type=Vehicle&georel=near", "BadRequestData"),
        ("type=Vehicle&entityMap=maybe", "BadRequestData"),
        ("type=Vehicle&entityMap=true&entityMapLifetime=1h", "BadRequestData"),
        ("type=Vehicle&nonsense=1", "InvalidRequest"),
        ("&".join(f"a{n}=1" for n in range(200)), "InvalidRequest"),
    ):
        refused = await api.get(f"/entities?{parameters}")
        assert refused.json()["type"] == ERRORS + kind, parameters
        assert refused.status_code == {"TooManyResults": 403}.get(kind, 400)


async def test_the_location_of_an_entity_map_is_not_told_where_there_is_none(api: httpx.AsyncClient) -> None:
    """Clause 5.5.14."""
    await api.post("/entities", json={"id": "urn:x:1", "type": "T"})
    asked = {"entityMap": "true", "entityMapLifetime": "PT1H"}
    body = {"type": "Query", "entities": [{"type": "T"}], "entityMap": True, "entityMapLifetime": "PT1H"}
    since = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}
    for answer in (
        await api.get("/entities", params={"type": "T", **asked}, headers={"NGSILD-EntityMap": "urn:x:map"}),
        await api.get("/entities/urn:x:1", params=asked),
        await api.post("/entityOperations/query", json=body),
        await api.get("/temporal/entities", params={"type": "T", **since, **asked}),
        await api.post("/temporal/entityOperations/query", json={**body, "temporalQ": since}),
    ):
        assert answer.status_code == 200, answer.text
        assert "ngsild-entitymap" not in answer.headers
    for wrong in ({"entityMap": "yes"}, {"entityMapLifetime": "1h"}, {"splitEntities": 1}):
        assert (await api.post("/entityOperations/query", json={**body, **wrong})).status_code == 400, wrong


async def test_what_is_about_other_brokers_is_known_where_they_would_be_asked(api: httpx.AsyncClient) -> None:
    """Tables 6.4.3.2-1, 6.4.3.3-1 and 6.18.3.2-1; any operation can be limited to what is here (clause 5.5.13)."""
    await api.post("/entities", json=CAR)
    since = "type=Vehicle&timerel=after&timeAt=2020-01-01T00:00:00Z"
    for method, path, split, filtered in (
        ("GET", "/entities?type=Vehicle", True, True),
        ("GET", f"/temporal/entities?{since}", True, True),
        ("DELETE", "/entities?type=Motorhome", False, True),
        ("GET", f"/entities/{CAR['id']}?", False, False),
        ("GET", f"/temporal/entities/{CAR['id']}?", False, False),
        ("GET", "/types?", False, False),
        ("GET", "/attributes?", False, False),
        ("GET", "/subscriptions?", False, False),
        ("DELETE", f"/entities/{CAR['id']}/attrs/none?", False, False),
    ):
        for parameter, known in (("splitEntities=true", split), ("csf=a==1", filtered), ("local=true", True)):
            answer = await api.request(method, f"{path}&{parameter}".replace("?&", "?"))
            refused = answer.status_code == 400 and answer.json()["type"] == f"{ERRORS}InvalidRequest"
            assert refused is not known, (method, path, parameter, answer.text)
    assert (await api.delete("/entities?type=Vehicle&csf=a==")).status_code == 400, "it is held to be right"


async def test_a_pattern_that_takes_for_ever_ends(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json={"id": f"urn:x:{'a' * 1500}", "type": "T"})
    answer = await api.get("/entities", params={"local": "true", "idPattern": r"(a*)*\1(a*)*\2(a*)*\3b$"})
    assert answer.status_code in (200, 400, 403)
