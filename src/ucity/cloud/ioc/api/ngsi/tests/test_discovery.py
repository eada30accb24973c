"""What there is, told: types, attributes, the broker itself; and JSON-LD contexts that the city keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.tests.conftest import CATALOGUE, STRANGER, WRITER, Clients, authenticated
from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, DEFAULT, ERRORS, LINK, prop
from ucity.cloud.ioc.api.ngsi.tests.test_fetch import web_server
from ucity.cloud.ioc.policy import Access
from ucity.cloud.ioc.store import Committer, Pool
from ucity.cloud.ioc.store.contexts import StoredContexts

THINGS: list[dict[str, Any]] = [
    {"id": "urn:x:1", "type": "Lamp", "on": prop(True), "scope": "/a", "expiresAt": "2099-01-01T00:00:00Z"},
    {"id": "urn:x:2", "type": ["Lamp", "Device"], "on": [prop(1), prop(2, datasetId="urn:d:1")]},
    {"id": "urn:x:3", "type": "Device", "on": {"type": "Relationship", "object": "urn:x:1"}, "power": prop(5)},
]


@pytest.fixture
async def things(api: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await api.post("/entityOperations/create", json=THINGS)).status_code == 201
    return api


async def test_types_and_their_attributes(things: httpx.AsyncClient) -> None:
    answer = await things.get("/types")
    assert answer.json()["typeList"] == ["Device", "Lamp"] and answer.json()["type"] == "EntityTypeList"
    assert LINK.format(CORE) in answer.headers["link"]
    assert (await things.get("/types/?details=true")).json() == [
        {"id": f"{DEFAULT}Device", "type": "EntityType", "typeName": "Device", "attributeNames": ["on", "power"]},
        {"id": f"{DEFAULT}Lamp", "type": "EntityType", "typeName": "Lamp", "attributeNames": ["on"]},
    ]
    on = {"id": f"{DEFAULT}on", "type": "Attribute", "attributeName": "on"}
    assert (await things.get("/types/Lamp")).json() == {
        "id": f"{DEFAULT}Lamp",
        "type": "EntityTypeInfo",
        "typeName": "Lamp",
        "entityCount": 2,
        "attributeDetails": [{**on, "attributeTypes": ["Property"]}],
    }
    assert (await things.get(f"/types/{DEFAULT}Lamp")).json()["entityCount"] == 2
    missing = await things.get("/types/Nothing")
    assert (missing.status_code, missing.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    assert (await things.get("/types/1x")).status_code == 400


async def test_attributes(things: httpx.AsyncClient) -> None:
    assert (await things.get("/attributes")).json()["attributeList"] == ["on", "power"]
    on = {"id": f"{DEFAULT}on", "type": "Attribute", "attributeName": "on", "typeNames": ["Device", "Lamp"]}
    power = {"id": f"{DEFAULT}power", "type": "Attribute", "attributeName": "power", "typeNames": ["Device"]}
    assert (await things.get("/attributes?details=true")).json() == [on, power]
    assert (await things.get("/attributes/on")).json() == {
        **on,
        "attributeCount": 4,
        "attributeTypes": ["Property", "Relationship"],
    }
    assert (await things.get("/attributes/off")).status_code == 404


async def test_what_a_visitor_may_not_see_is_not_told_of(things: httpx.AsyncClient, visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/types")).json()["typeList"] == []
    station = {"id": "urn:ngsi-ld:Station:a", "type": "Station", "pm25": prop(3), "keeper": prop("Kim")}
    assert (await things.post("/entities", json=station)).status_code == 201
    assert (await visitor.get("/types?details=true")).json()[0]["attributeNames"] == ["pm25"]
    assert (await visitor.get("/attributes")).json()["attributeList"] == ["pm25"]
    for path in ("/attributes/keeper", "/attributes/on", "/types/Lamp"):
        assert (await visitor.get(path)).status_code == 404, path
    assert (await things.get("/attributes/keeper")).status_code == 200


async def test_who_the_broker_is(api: httpx.AsyncClient, clients: Clients) -> None:
    own = (await api.get("/info/sourceIdentity")).json()
    assert own["type"] == "ContextSourceIdentity" and own["contextSourceUptime"].startswith("PT")
    again = (await api.get("/info/sourceIdentity", headers={"Accept": "application/ld+json"})).json()
    assert (again["id"], again["contextSourceAlias"]) == (own["id"], own["contextSourceAlias"])
    other = (await clients(STRANGER).get("/info/sourceIdentity")).json()
    assert other["contextSourceAlias"] != own["contextSourceAlias"], "each tenant has its own"


async def test_a_context_that_the_city_hosts_can_be_used_and_fetched(
    api: httpx.AsyncClient, visitor: httpx.AsyncClient, clients: Clients
) -> None:
    made = await api.post("/jsonldContexts", json={"@context": {"Leuchte": f"{DEFAULT}Lamp"}, "more": 1})
    path = made.headers["location"].removeprefix("/")
    assert made.status_code == 201
    assert (await visitor.get(path)).json() == {"@context": {"Leuchte": f"{DEFAULT}Lamp"}}
    assert (await visitor.get(path, headers={"Accept": "application/ld+json"})).headers[
        "content-type"
    ] == "application/ld+json"
    url = f"http://city/{path}"
    assert (await api.get("/jsonldContexts")).json() == [url]
    [details] = (await api.get("/jsonldContexts?details=true&kind=Hosted")).json()
    assert (details["URL"], details["kind"], details["localId"]) == (url, "Hosted", path.rpartition("/")[2])
    assert (await api.get(f"{path}?details=true")).json() == details
    for where in ("/jsonldContexts", "/jsonldContexts?details=true", f"{path}?details=true"):
        for media in ("application/json", "application/ld+json"):
            assert (await api.get(where, headers={"Accept": media})).headers["content-type"] == media, where
    await api.post("/entities", json={"id": "urn:x:1", "type": "Lamp"})
    answer = await api.get("/entities?type=Leuchte&options=keyValues", headers={"Link": LINK.format(url)})
    assert answer.json() == [{"id": "urn:x:1", "type": "Leuchte"}]
    for other in (clients(STRANGER), visitor):
        assert (await other.get("/jsonldContexts")).json() == []
    assert (await clients(STRANGER).delete(path)).status_code == 404
    assert (await visitor.delete(path)).status_code == 401
    assert (await api.delete(f"{path}?reload=true")).status_code == 400
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404
    assert (await api.delete(path)).status_code == 404
    gone = await api.get("/entities?type=Leuchte", headers={"Link": LINK.format(url)})
    assert (gone.status_code, gone.json()["type"]) == (504, f"{ERRORS}LdContextNotAvailable")


async def test_bodies_that_are_no_context(api: httpx.AsyncClient, visitor: httpx.AsyncClient) -> None:
    bodies: list[Any] = [
        {},
        [],
        {"@context": 5},
        {"@context": None},
        {"@context": {"a": {"@id": 5}}},
        {"@context": ["x"]},
    ]
    for body in bodies:
        refused = await api.post("/jsonldContexts", json=body)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), body
    assert (await visitor.post("/jsonldContexts", json={"@context": {}})).status_code == 401
    assert (await api.get("/jsonldContexts?kind=Odd")).status_code == 400


async def test_copies_are_kept_for_all_processes_and_fetched_anew(pool: Pool, committer: Committer) -> None:
    bodies = ['{"@context": {"p": "http://a.example/1"}}']
    services = NgsiServices(pool=pool, committer=committer, access=Access(CATALOGUE, open=True))

    def client() -> httpx.AsyncClient:
        transport = httpx.ASGITransport(authenticated(ngsi_ld(services), WRITER))
        return httpx.AsyncClient(transport=transport, base_url="http://city/")

    async with (
        web_server(lambda _: (200, "Cache-Control: max-age=7200\r\n", bodies[-1])) as (url, asked),
        client() as first,
        client() as second,
    ):
        headers = {"Link": LINK.format(f"{url}/c")}
        sent = {"id": "urn:x:1", "type": "T", "p": prop(1)}
        assert (await first.post("/entities", json=sent, headers=headers)).status_code == 201
        assert (await second.get("/entities/urn:x:1", headers=headers)).json() == sent
        assert asked == ["/c"]
        [copy] = (await second.get("/jsonldContexts?details=true&kind=Cached")).json()
        kept = datetime.fromisoformat(copy["expiresAt"]) - datetime.fromisoformat(copy["createdAt"])
        assert (copy["URL"], kept) == (f"{url}/c", timedelta(hours=2))
        refused = await second.get(f"/jsonldContexts/{copy['localId']}")
        assert (refused.status_code, refused.json()["type"]) == (422, f"{ERRORS}OperationNotSupported")
        bodies.append('{"@context": 5}')
        assert (await second.delete(f"/jsonldContexts/{copy['localId']}?reload=true")).status_code == 504
        bodies.append('{"@context": {"p": "http://a.example/2"}}')
        assert (await second.delete(f"/jsonldContexts/{copy['localId']}?reload=true")).status_code == 204
        assert "p" not in (await second.get("/entities/urn:x:1", headers=headers)).json()
        assert (await second.delete(f"/jsonldContexts/{url}/c")).status_code == 204
        assert (await second.get("/jsonldContexts")).json() == []


async def test_copies_are_the_city_s_own_affair(api: httpx.AsyncClient, clients: Clients, pool: Pool) -> None:
    """Their addresses tell what others named, so that keys of other tenants neither see nor delete them."""
    now = datetime.now(UTC)
    url = "http://a.example/c?key=secret"
    await StoredContexts(pool).cache(url, {"@context": {}}, now, now + timedelta(hours=1))
    [id_] = [each["localId"] for each in (await api.get("/jsonldContexts?details=true&kind=Cached")).json()]
    stranger = clients(STRANGER)
    assert (await stranger.get("/jsonldContexts?kind=Cached")).json() == []
    for path in (f"/jsonldContexts/{id_}", f"/jsonldContexts/{quote(url, safe='')}"):
        assert (await stranger.get(f"{path}?details=true")).status_code == 404
        assert (await stranger.delete(path)).status_code == 404
        assert (await stranger.delete(f"{path}?reload=true")).status_code == 404
        assert (await api.get(f"{path}?details=true")).json()["URL"] == url


async def test_a_kept_context_is_where_the_api_says(services: NgsiServices) -> None:
    mounted = Starlette(routes=[Mount("/ngsi-ld/v1", authenticated(ngsi_ld(services), WRITER))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mounted), base_url="http://city:8000") as client:
        made = await client.post("/ngsi-ld/v1/jsonldContexts", json={"@context": {"Leuchte": f"{DEFAULT}Lamp"}})
        [url] = (await client.get("/ngsi-ld/v1/jsonldContexts")).json()
        assert url == f"http://city:8000{made.headers['location']}"
        assert (await client.get(url)).json() == {"@context": {"Leuchte": f"{DEFAULT}Lamp"}}
        [details] = (await client.get("/ngsi-ld/v1/jsonldContexts?details=true")).json()
        assert details["URL"] == url
