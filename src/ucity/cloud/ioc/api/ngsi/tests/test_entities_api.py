"""One entity: create, retrieve in every representation, replace, delete, and what is refused."""

from typing import Any
from urllib.parse import quote

import httpx

from ucity.cloud.ioc.api.ngsi.tests.samples import (
    CAR,
    CAR_CONCISE,
    CAR_SIMPLE,
    CORE,
    DEFAULT,
    ERRORS,
    LINK,
    NULL,
    entity,
    prop,
)

CAR_PATH = "/entities/urn:ngsi-ld:Vehicle:1"


async def test_create_and_retrieve_in_every_form(api: httpx.AsyncClient) -> None:
    created = await api.post("/entities", json=CAR)
    assert (created.status_code, created.headers["location"]) == (201, CAR_PATH)
    for parameters, expected in (
        ({}, CAR),
        ({"format": "normalized"}, CAR),
        ({"options": "concise"}, CAR_CONCISE),
        ({"format": "concise", "options": "keyValues"}, CAR_CONCISE),
        ({"options": "keyValues"}, CAR_SIMPLE),
        ({"format": "simplified"}, CAR_SIMPLE),
    ):
        got = await api.get(CAR_PATH, params=parameters)
        assert (got.status_code, got.json()) == (200, expected), parameters
        assert got.headers["link"] == LINK.format(CORE)


async def test_the_concise_form_says_the_same_as_the_normalized(api: httpx.AsyncClient) -> None:
    assert (await api.post("/entities", json=CAR_CONCISE)).status_code == 201
    assert (await api.get(CAR_PATH)).json() == CAR


async def test_the_concise_form_is_as_concise_as_it_can_be(api: httpx.AsyncClient) -> None:
    """Clause 4.5.2.3 and table 6.3.7-1: a value stands alone unless it would be read as an attribute."""
    alone = {
        "address": {"street": "x", "at": {"type": "Point"}},
        "lines": [{"a": 1}, {"type": "Bus", "b": 2}],
        "odd": [{"type": "Property", "value": 1}, 5],
        "nothing": {},
        "none": [],
    }
    wrapped: dict[str, Any] = {
        "typed": {"value": {"type": "Bus"}},
        "named": {"value": {"@type": "Bus"}},
        "held": {"value": {"object": 5}},
        "several": {"value": [{"type": "Property", "value": 1}]},
        "beside": {"value": {"a": 1}, "unitCode": "C62"},
    }
    sent = {**{name: prop(value) for name, value in alone.items()}, **{n: prop(**each) for n, each in wrapped.items()}}
    await api.post("/entities", json=entity(**sent))
    got = (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=concise")).json()
    assert got == entity(**alone, **wrapped)
    assert (await api.put("/entities/urn:ngsi-ld:Lamp:1", json=got)).status_code == 204
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json() == entity(**sent)


async def test_times_of_creation_and_change_are_shown_when_asked_for(api: httpx.AsyncClient) -> None:
    sent = entity(on=prop(True, createdAt="1999-01-01T00:00:00Z"), createdAt="1999-01-01T00:00:00Z")
    await api.post("/entities", json=sent)
    plain = (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json()
    assert plain == entity(on=prop(True))
    first = (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=sysAttrs")).json()
    assert first["createdAt"] > "2026", "a client cannot set them"
    stamps = {each[name] for each in (first, first["on"]) for name in ("createdAt", "modifiedAt")}
    assert len(stamps) == 1, "what one request writes has one time"
    await api.patch("/entities/urn:ngsi-ld:Lamp:1/attrs", json={"on": prop(False)})
    second = (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=sysAttrs")).json()
    for before, after in ((first, second), (first["on"], second["on"])):
        assert after["createdAt"] == before["createdAt"] and after["modifiedAt"] > before["modifiedAt"]
    assert second["modifiedAt"] == second["on"]["modifiedAt"]


async def test_attributes_of_attributes_have_times_of_their_own(api: httpx.AsyncClient) -> None:
    """Clauses 4.5.2.2 and 4.8."""
    lamp = "/entities/urn:ngsi-ld:Lamp:1"
    several = [prop(1), prop(2, datasetId="urn:d:1")]
    await api.post("/entities", json=entity(on=prop(True, by=prop("Kim", since=prop(1)), power=several)))
    assert "createdAt" not in str((await api.get(lamp)).json())
    first = (await api.get(f"{lamp}?options=sysAttrs")).json()["on"]
    made = {"createdAt": first["createdAt"], "modifiedAt": first["createdAt"]}
    assert first["by"] == prop("Kim", since=prop(1, **made), **made)
    assert first["power"] == [{**each, **made} for each in several]
    concise = (await api.get(f"{lamp}?options=sysAttrs,concise")).json()["on"]
    assert concise["by"]["since"] == {"value": 1, **made}
    for change in (
        api.patch(f"{lamp}/attrs", json={"on": prop(False, by=prop("Lee", since=prop(1)), power=several)}),
        api.patch(lamp, json={"on": {"by": {"value": "Kim"}}}),
        api.patch(f"{lamp}/attrs/on", json={"by": prop("Lee", since=prop(1))}),
    ):
        before = (await api.get(f"{lamp}?options=sysAttrs")).json()["on"]
        assert (await change).status_code == 204
        after = (await api.get(f"{lamp}?options=sysAttrs")).json()["on"]
        assert (after["by"]["since"], after["power"]) == (first["by"]["since"], first["power"]), "they did not change"
        assert after["by"]["createdAt"] == made["createdAt"]
        assert after["by"]["modifiedAt"] == after["modifiedAt"] > before["by"]["modifiedAt"]
    found = await api.get("/entities", params={"type": "Lamp", "q": f"on.by.createdAt=={made['createdAt']}"})
    assert len(found.json()) == 1


async def test_json_ld_carries_its_context_in_the_body(api: httpx.AsyncClient) -> None:
    context = {"Lamp": "http://a.example/Lamp", "on": "http://a.example/on", "a": "http://a.example/"}
    sent = {**entity(on=prop(True)), "@context": [context, CORE]}
    created = await api.post("/entities", json=sent, headers={"Content-Type": "application/ld+json"})
    assert created.status_code == 201
    got = await api.get("/entities/urn:ngsi-ld:Lamp:1", headers={"Accept": "application/ld+json"})
    assert got.headers["content-type"] == "application/ld+json" and "link" not in got.headers
    assert got.json() == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "http://a.example/Lamp",
        "http://a.example/on": prop(True),
        "@context": CORE,
    }


SELECTED: list[tuple[dict[str, str], set[str]]] = [
    ({"attrs": "street,none"}, {"id", "type", "street"}),
    ({"pick": "id,speed|tread"}, {"id", "speed", "tread"}),
    ({"pick": "scope"}, {"scope"}),
    (
        {"omit": "type,scope,papers,passes,route,tread"},
        CAR.keys() - {"type", "scope", "papers", "passes", "route", "tread"},
    ),
    ({"pick": "id,speed,street", "omit": "street"}, {"id", "speed"}),
    ({"attrs": f"{DEFAULT}street"}, {"id", "type", "street"}),
]


async def test_only_the_members_that_are_asked_for(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=CAR)
    for parameters, expected in SELECTED:
        assert (await api.get(CAR_PATH, params=parameters)).json().keys() == expected, parameters


async def test_instances_by_their_dataset(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=CAR)
    gps = (await api.get(CAR_PATH, params={"datasetId": "urn:ngsi-ld:Dataset:gps"})).json()
    assert gps["speed"] == CAR["speed"][1] and "street" not in gps
    default = (await api.get(CAR_PATH, params={"datasetId": "@none"})).json()
    assert default["speed"] == CAR["speed"][0] and default["street"] == CAR["street"]


NOT_RETRIEVED = [
    ("/entities/urn:ngsi-ld:Vehicle:2", "ResourceNotFound"),
    (f"{CAR_PATH}?attrs=none", "ResourceNotFound"),
    (f"{CAR_PATH}?type=Lamp", "ResourceNotFound"),
    ("/entities/nothing", "BadRequestData"),
    (f"{CAR_PATH}?attrs=id", "BadRequestData"),
    (f"{CAR_PATH}?attrs=", "BadRequestData"),
    (f"{CAR_PATH}?pick=isParked{{speed}}", "BadRequestData"),
    (f"{CAR_PATH}?options=nonsense", "BadRequestData"),
    (f"{CAR_PATH}?format=nonsense", "BadRequestData"),
    (f"{CAR_PATH}?options=concise,keyValues", "BadRequestData"),
    (f"{CAR_PATH}?datasetId=gps", "BadRequestData"),
    (f"{CAR_PATH}?nonsense=1", "InvalidRequest"),
    (f"{CAR_PATH}?entityMap=1", "BadRequestData"),
]


async def test_what_cannot_be_retrieved(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=CAR)
    for path, kind in NOT_RETRIEVED:
        got = await api.get(path)
        status = {"ResourceNotFound": 404}.get(kind, 400)
        assert (got.status_code, got.json()["type"]) == (status, ERRORS + kind), path
        assert got.headers["content-type"] == "application/json"
        assert got.json().keys() >= {"type", "title", "detail", "status"}


async def test_an_id_may_be_any_uri(api: httpx.AsyncClient) -> None:
    sent = {**entity(), "id": "http://a.example/lamps/1?x=y&z#f"}
    created = await api.post("/entities", json=sent)
    assert created.status_code == 201
    assert (await api.get(created.headers["location"])).json() == sent
    assert (await api.patch(f"{created.headers['location']}/attrs", json={"on": prop(True)})).status_code == 204
    assert (await api.delete(f"{created.headers['location']}/attrs/on")).status_code == 204


async def test_ids_and_names_may_hold_what_addresses_hold(api: httpx.AsyncClient) -> None:
    name = "http://a.example/attrs/on"
    sent = {**entity(**{name: prop(True)}), "id": "http://a.example/attrs/1"}
    created = await api.post("/entities", json=sent)
    own = created.headers["location"]
    assert (await api.get(own)).json() == sent
    attribute = f"{own}/attrs/{quote(name, safe='')}"
    assert (await api.put(attribute, json=prop(False))).status_code == 204
    assert (await api.get(f"/temporal{own}?attrs={quote(name)}")).json()[name]
    assert (await api.delete(f"/temporal{attribute}")).status_code == 204
    assert (await api.delete(attribute)).status_code == 204
    assert (await api.delete(own)).status_code == 204
    twice = {**entity(), "id": "http://a.example/%2F/x"}
    created = await api.post("/entities", json=twice)
    assert (await api.get(created.headers["location"])).json() == twice, "what looks encoded is left as it is"


async def test_a_second_entity_of_the_same_id_is_refused(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=entity(on=prop(True)))
    again = await api.post("/entities", json=entity(on=prop(False)))
    assert (again.status_code, again.json()["type"]) == (409, f"{ERRORS}AlreadyExists")
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json()["on"] == prop(True)


async def test_replace_leaves_nothing_of_the_old_but_its_creation(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=CAR)
    before = (await api.get(f"{CAR_PATH}?options=sysAttrs")).json()
    assert (await api.put(CAR_PATH, json={"type": "Wreck", "speed": prop(0)})).status_code == 204
    after = (await api.get(f"{CAR_PATH}?options=sysAttrs")).json()
    assert after.keys() == {"id", "type", "speed", "createdAt", "modifiedAt"}
    assert (after["type"], after["createdAt"]) == ("Wreck", before["createdAt"])
    assert (await api.put("/entities/urn:x:2", json=entity())).status_code == 400, "another id than in the address"
    assert (await api.put("/entities/urn:x:2", json={"type": "T"})).status_code == 404


async def test_what_was_deleted_is_gone_and_can_be_made_anew(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=entity(on=prop(True)))
    path = "/entities/urn:ngsi-ld:Lamp:1"
    first = (await api.get(f"{path}?options=sysAttrs")).json()
    assert (await api.delete(f"{path}?type=Vehicle")).status_code == 404
    assert (await api.delete(path)).status_code == 204
    assert [(await api.get(path)).status_code, (await api.delete(path)).status_code] == [404, 404]
    assert (await api.post("/entities", json=entity(off=prop(True)))).status_code == 201
    second = (await api.get(f"{path}?options=sysAttrs")).json()
    assert "on" not in second and second["createdAt"] > first["createdAt"]


def kind_of(kind: str, holder: str, *values: Any) -> list[Any]:
    """Attributes of a kind with each of these values."""
    return [{"type": kind, holder: value} for value in values]


NO_ENTITIES: list[Any] = [
    *([], 5, "x", {}, {"id": "urn:x:1"}, {"type": "T"}, {"id": "x", "type": "T"}, {"id": 5, "type": "T"}),
    *({"id": "urn:x:1", "type": each} for each in ("", "A B", "1a", "a-b", [], [""], 5, None, "type", "x" * 3000)),
    {**entity(), "@context": CORE},
    entity(on=prop(1), **{f"{DEFAULT}on": prop(1)}),
]
NO_NAMES = [
    "a b",
    "1a",
    "a-b",
    "value",
    "object",
    "datasetId",
    "@x",
    "a<b",
    "",
    "https://uri.etsi.org/ngsi-ld/hasValue",
]
NO_SCOPES: list[Any] = ["", "/", "a b", "/1", [], 5, None, "//a", "x" * 600]
NO_TIMES: list[Any] = [
    *(
        "2026-11-24",
        "2026-11-24T08:00:00",
        "2026-11-24T08:00:00+09:00",
        "2026-02-30T08:00:00Z",
        "tomorrow",
        "",
        5,
        None,
    ),
]
NO_ATTRIBUTES: list[Any] = [
    *(None, NULL, {"type": "Property"}, {"type": "Nonsense", "value": 1}, {"value": 1, "object": "urn:x:1"}),
    *kind_of("Property", "value", None, NULL, {"a": NULL}, "a\x00b", {"a\x00b": 1}, {"@context": CORE}),
    *(prop(1, object="urn:x:1"), prop(1, datasetId="x"), prop(1, objectType="T"), prop(1, **{"@context": CORE})),
    *(prop(1, **{name: each}) for name in ("unitCode", "valueType") for each in (5, "", None)),
    *(prop(1, observedAt=time) for time in NO_TIMES),
    *kind_of("Relationship", "object", "x", "", 5, [], ["x"], {}, None, NULL),
    *({"type": "Relationship", "object": "urn:x:1", "objectType": each} for each in (5, "", [], [5], [""])),
    {"type": "Relationship", "object": "urn:x:1", "unitCode": "CEL"},
    *kind_of("LanguageProperty", "languageMap", {}, "x", {"ko": 5}, {"not a tag": "x"}, None, {"@none": NULL}),
    *kind_of("VocabProperty", "vocab", "", [], 5, [5], None),
    *kind_of("JsonProperty", "json", "x", 5, None),
    *kind_of("ListProperty", "valueList", "x", 5, None, [None], [NULL]),
    *kind_of("ListRelationship", "objectList", "x", [5], ["x"], [{"object": "x"}], [{}], [NULL]),
    *([prop(1), prop(2)], [prop(1, datasetId="urn:x:1"), prop(2, datasetId="urn:x:1")]),
]


async def test_what_is_no_entity_is_refused(api: httpx.AsyncClient) -> None:
    for sent in (
        *NO_ENTITIES,
        *(entity(**{name: prop(1)}) for name in NO_NAMES),
        *(entity(scope=scope) for scope in NO_SCOPES),
        *(entity(expiresAt=time) for time in NO_TIMES),
        *(entity(p=attribute) for attribute in NO_ATTRIBUTES),
        *(entity(location=each) for each in (prop(1), "x", {"type": "GeoProperty", "value": 1})),
    ):
        refused = await api.post("/entities", json=sent)
        assert (refused.status_code, refused.json().get("type")) == (400, f"{ERRORS}BadRequestData"), sent
    assert (await api.get("/entities?local=true")).json() == []


GEOMETRIES: list[tuple[str, Any, bool]] = [
    ("Point", [129, 35.1], True),
    ("Point", [129, 35.1, 12], True),
    ("Point", [129, 35.1, 10**400], False),
    ("Point", [129], False),
    ("Point", [35.1, 129], False),
    ("Point", ["129", 35], False),
    ("Point", [True, 35], False),
    ("Point", None, False),
    ("LineString", [[129, 35], [130, 36]], True),
    ("LineString", [[129, 35, 5], [130, 36]], True),
    ("LineString", [[129, 35]], False),
    ("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 0]]], True),
    ("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]], False),
    ("Polygon", [], False),
    ("MultiPoint", [[0, 0]], True),
    ("MultiLineString", [[[0, 0], [1, 1]]], True),
    ("MultiPolygon", [[[[0, 0, 1], [1, 0], [1, 1], [0, 0, 1]]]], True),
    ("GeometryCollection", [], False),
    ("Circle", [0, 0], False),
]


async def test_geometries(api: httpx.AsyncClient) -> None:
    for number, (kind, coordinates, good) in enumerate(GEOMETRIES):
        value = {"type": kind, "coordinates": coordinates}
        sent = await api.post("/entities", json=entity(number, location={"type": "GeoProperty", "value": value}))
        assert sent.status_code == (201 if good else 400), value
        if good:
            got = await api.get(f"/entities/urn:ngsi-ld:Lamp:{number}?options=keyValues")
            assert got.json()["location"] == value


async def test_a_geometry_may_be_sent_as_text(api: httpx.AsyncClient) -> None:
    sent = entity(location={"type": "GeoProperty", "value": '{"type": "Point", "coordinates": [129, 35]}'})
    await api.post("/entities", json=sent)
    got = (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json()
    assert got["location"]["value"] == {"type": "Point", "coordinates": [129, 35]}
    far = entity(
        2, location={"type": "GeoProperty", "value": f'{{"type": "Point", "coordinates": [1, 2, 1{"0" * 400}]}}'}
    )
    assert (await api.post("/entities", json=far)).status_code == 400


async def test_a_comma_in_a_time_is_read_and_a_point_is_given(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=entity(p=prop(1, observedAt="2026-11-24T08:00:00,25Z")))
    got = (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json()
    assert got["p"]["observedAt"] == "2026-11-24T08:00:00.25Z"


async def test_depth_is_bounded(api: httpx.AsyncClient) -> None:
    value: Any = 1
    for _ in range(40):
        value = [value]
    attribute: Any = prop(1)
    for _ in range(12):
        attribute = prop(1, inner=attribute)
    for sent in (entity(p=prop(value)), entity(p=attribute), entity(p={"type": "JsonProperty", "json": value})):
        assert (await api.post("/entities", json=sent)).status_code == 400
    deep = b'{"a":' * 100_000
    refused = await api.post("/entities", content=deep, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
