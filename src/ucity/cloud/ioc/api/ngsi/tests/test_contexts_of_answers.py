"""The context of an answer: what its Link header names says what its names mean."""

from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.tests.conftest import READER, STRANGER, WRITER, Clients, authenticated
from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, DEFAULT, LINK, prop
from ucity.cloud.ioc.policy import Principal
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store.contexts import PASSING_BYTES

TERMS = {"Leuchte": "https://example.org/Lamp", "an": "https://example.org/on"}
LAMP = {"id": "urn:x:1", "type": TERMS["Leuchte"], TERMS["an"]: prop(True, observedAt="2026-11-24T08:00:00Z")}
SINCE = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}
LD = {"Content-Type": "application/ld+json"}


async def hosted(api: httpx.AsyncClient) -> str:
    made = await api.post("/jsonldContexts", json={"@context": TERMS})
    return f"http://city{made.headers['location']}"


async def asked(api: httpx.AsyncClient, context: Any, where: str = "", **headers: str) -> httpx.Response:
    """Lamps, asked for in a body with this context."""
    temporal = {"temporalQ": SINCE} if where else {}
    body = {"type": "Query", "entities": [{"type": "Leuchte"}], "@context": context, **temporal}
    answer = await api.post(f"{where}/entityOperations/query", json=body, headers={**LD, **headers})
    assert answer.status_code == 200, answer.text
    return answer


async def linked(api: httpx.AsyncClient, answer: httpx.Response) -> Any:
    """The context that the Link header of an answer names."""
    return (await api.get(answer.headers["link"].partition(">")[0].lstrip("<"))).json()["@context"]


@pytest.mark.parametrize("where", ["", "/temporal"])
async def test_a_context_with_an_address_is_named_by_it(api: httpx.AsyncClient, where: str) -> None:
    await api.post("/entities", json=LAMP)
    url = await hosted(api)
    for context in (url, [url], [url, CORE], [CORE, url]):
        answer = await asked(api, context, where)
        assert answer.headers["link"] == LINK.format(url), context
        assert [each.keys() for each in answer.json()] == [{"id", "type", "an"}]
    assert (await api.get("/jsonldContexts")).json() == [url], "none was made for an answer"


@pytest.mark.parametrize("where", ["", "/temporal"])
async def test_a_context_without_an_address_gets_one_once(api: httpx.AsyncClient, where: str) -> None:
    await api.post("/entities", json=LAMP)
    links = set()
    for context in (TERMS, [TERMS, CORE], [TERMS]):
        answer = await asked(api, context, where)
        assert await linked(api, answer) == TERMS
        assert [each.keys() for each in answer.json()] == [{"id", "type", "an"}]
        links.add(answer.headers["link"])
    assert len(links) == 1
    [details] = (await api.get("/jsonldContexts?details=true")).json()
    assert details["kind"] == "ImplicitlyCreated" and details["expiresAt"] > details["createdAt"]


async def test_geojson_has_the_context_where_it_is_asked_for(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=LAMP)
    geo = {"Accept": "application/geo+json"}
    inside = await asked(api, TERMS, **geo)
    assert inside.json()["@context"] == [TERMS, CORE] and "link" not in inside.headers
    beside = await asked(api, TERMS, **geo, Prefer="body=json")
    assert await linked(api, beside) == TERMS and "@context" not in beside.json()


async def test_who_may_not_have_one_kept_gets_names_that_the_core_explains(
    api: httpx.AsyncClient, visitor: httpx.AsyncClient
) -> None:
    await api.post("/entities", json={"id": "urn:x:2", "type": "Station", "pm25": prop(5)})
    answer = await asked(visitor, {"Leuchte": f"{DEFAULT}Station", "staub": f"{DEFAULT}pm25"})
    assert answer.headers["link"] == LINK.format(CORE)
    assert [each.keys() for each in answer.json()] == [{"id", "type", "pm25"}]
    assert answer.json()[0]["type"] == "Station"
    assert (await api.get("/jsonldContexts")).json() == []


async def test_contexts_of_askers_are_listed_to_those_who_may_read_all_or_write(
    api: httpx.AsyncClient, visitor: httpx.AsyncClient, clients: Clients
) -> None:
    url = (await asked(api, TERMS)).headers["link"].partition(">")[0].lstrip("<")
    sender = Principal("key", "sender", "", frozenset({Permission.WRITE}))
    for who in (api, clients(READER), clients(sender)):
        assert (await who.get("/jsonldContexts?kind=ImplicitlyCreated")).json() == [url]
    for who in (visitor, clients(STRANGER)):
        assert (await who.get("/jsonldContexts")).json() == []
        assert (await who.get("/jsonldContexts?kind=ImplicitlyCreated&details=true")).json() == []
    assert (await visitor.get(url)).json() == {"@context": TERMS}, "whoever is given an answer can read it"


async def test_a_context_that_is_too_large_to_keep_leaves_the_names_of_the_core(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=LAMP)
    answer = await asked(api, {**TERMS, "long": f"https://example.org/{'x' * PASSING_BYTES}"})
    assert answer.headers["link"] == LINK.format(CORE)
    assert [each["type"] for each in answer.json()] == [TERMS["Leuchte"]]
    assert (await api.get("/jsonldContexts")).json() == []


async def test_a_database_that_only_reads_answers_with_the_names_of_the_core(
    api: httpx.AsyncClient, services: NgsiServices, migrated_database: str
) -> None:
    await api.post("/entities", json=LAMP)
    only_reads = {"default_transaction_read_only": "on"}
    async with asyncpg.create_pool(migrated_database, min_size=1, max_size=2, server_settings=only_reads) as pool:
        app = authenticated(ngsi_ld(replace(services, pool=pool)), WRITER)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city/") as client:
            answer = await asked(client, TERMS)
    assert answer.headers["link"] == LINK.format(CORE)
    assert [each["type"] for each in answer.json()] == [TERMS["Leuchte"]]
