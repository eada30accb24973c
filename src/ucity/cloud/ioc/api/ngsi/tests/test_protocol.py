"""HTTP as NGSI-LD wants it: media types, lengths, methods, contexts, tenants."""

import json
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.tests.conftest import CATALOGUE, STRANGER, WRITER, Clients, authenticated
from ucity.cloud.ioc.api.ngsi.tests.samples import CORE, ERRORS, LINK, entity, prop
from ucity.cloud.ioc.policy import ANYONE, Access

JSON = {"Content-Type": "application/json"}
LD = {"Content-Type": "application/ld+json"}
LAMP = "/entities/urn:ngsi-ld:Lamp:1"


async def test_only_the_media_types_of_the_specification(api: httpx.AsyncClient) -> None:
    body = b'{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}'
    for kind in ("text/plain", "application/xml", "application/merge-patch+json", "", "application/geo+json"):
        refused = await api.post("/entities", content=body, headers={"Content-Type": kind})
        assert (refused.status_code, refused.content) == (415, b""), kind
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        assert (await api.post("/entities", content=body, headers={"Content-Type": kind})).status_code in (201, 409)
    merge = {"Content-Type": "application/merge-patch+json"}
    assert (await api.patch(LAMP, content=b'{"on": 1}', headers=merge)).status_code == 204


async def test_what_the_client_takes(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=entity())
    for accept, expected in (
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/json;q=0.5, application/ld+json", "application/ld+json"),
        ("application/json;q=0, */*;q=0.1", "application/ld+json"),
        ("text/html, application/ld+json;q=0.2, */*;q=0.1", "application/ld+json"),
    ):
        answer = await api.get(LAMP, headers={"Accept": accept})
        assert answer.headers["content-type"] == expected, accept
    for accept in ("text/html", "application/json;q=0", "application/json;q=x"):
        for path in (LAMP, "/entities?type=Lamp"):
            refused = await api.get(path, headers={"Accept": accept})
            assert refused.status_code == 406, accept
            offered = ["application/json", "application/ld+json", "application/geo+json"]
            assert refused.json()["available"] == offered


async def test_geojson_is_for_those_who_read_entities(api: httpx.AsyncClient) -> None:
    """Clause 6.3.4."""
    geo = {"Accept": "application/geo+json"}
    refused = await api.post("/entities", json=entity(), headers=geo)
    assert (refused.status_code, refused.json()["available"]) == (406, ["application/json", "application/ld+json"])
    assert (await api.get(LAMP)).status_code == 404
    for path in ("/types", "/temporal/entities?type=Lamp&timerel=before&timeAt=2026-11-24T08:00:00Z", "/subscriptions"):
        assert (await api.get(path, headers=geo)).status_code == 406, path
    assert (await api.post("/entities", json=entity(), headers={"Accept": f"{geo['Accept']}, */*"})).status_code == 201
    both = {"Accept": "application/geo+json;q=0.5, application/json"}
    assert (await api.post("/entities", json=entity(2), headers=both)).status_code == 201
    assert (await api.get(LAMP, headers=geo)).status_code == 200
    query = {"type": "Query", "entities": [{"type": "Lamp"}]}
    assert (await api.post("/entityOperations/query", json=query, headers=geo)).status_code == 200


async def test_a_body_has_a_length_and_a_limit(api: httpx.AsyncClient) -> None:
    async def chunks() -> object:
        yield b'{"id": "urn:x:1", "type": "T"}'

    refused = await api.post("/entities", content=chunks(), headers=JSON)  # type: ignore[arg-type]  # an async generator
    assert (refused.status_code, refused.content) == (411, b"")
    large = await api.post("/entities", json=entity(p=prop("x" * 1_000_000)))
    assert large.status_code == 413
    lying = await api.post("/entities", content=b" " * 1_000_001, headers={**JSON, "Content-Length": "5"})
    assert lying.status_code == 413
    assert (await api.post("/entities", content=b"{}", headers={**JSON, "Content-Length": "x"})).status_code == 400


async def test_what_is_no_json_is_an_invalid_request(api: httpx.AsyncClient) -> None:
    for body in (
        b"",
        b"{",
        b"{'a': 1}",
        b"\xff",
        b'"\xff"',
        b'"\\ud800"',
        b"NaN",
        b"1e999",
        b"1" * 5000,
        b"[" * 100_000,
    ):
        for path in ("/entities", "/entityOperations/upsert", f"{LAMP}/attrs"):
            refused = await api.post(path, content=body, headers=JSON)
            assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}InvalidRequest"), body[:20]


async def test_a_parameter_that_an_operation_does_not_know_is_an_invalid_request(api: httpx.AsyncClient) -> None:
    """Clause 6.3.20, whatever the method."""
    history = "/temporal/entities/urn:ngsi-ld:Lamp:1"
    for method, path in (("GET", LAMP), ("DELETE", LAMP), ("DELETE", history), ("DELETE", f"{history}/attrs/on")):
        refused = await api.request(method, f"{path}?unheard=1")
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}InvalidRequest"), (method, path)


async def test_methods_and_addresses_that_are_not_there(api: httpx.AsyncClient) -> None:
    for method, path, allowed in (
        ("PUT", "/entities", "DELETE, GET, HEAD, POST"),
        ("POST", LAMP, "DELETE, GET, HEAD, PATCH, PUT"),
        ("GET", f"{LAMP}/attrs", "PATCH, POST"),
        ("GET", f"{LAMP}/attrs/on", "DELETE, PATCH, PUT"),
        ("GET", "/entityOperations/upsert", "POST"),
    ):
        refused = await api.request(method, path)
        assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    unknown = await api.get("/nothing")
    assert (unknown.status_code, unknown.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    await api.post("/entities", json=entity())
    head = await api.head(LAMP)
    assert (head.status_code, head.content) == (200, b"") and int(head.headers["content-length"]) > 0


async def test_letters_that_nobody_encoded(api: httpx.AsyncClient, services: NgsiServices) -> None:
    """What clients are not to send, and many do: UTF-8 as it is, in the path and in the query."""
    app = authenticated(ngsi_ld(services), WRITER)
    assert (await api.post("/entities", json={**entity(place=prop("부산")), "id": "urn:도시:1"})).status_code == 201

    async def asked(path: bytes, query: bytes = b"") -> tuple[int, Any]:
        scope = {"type": "http", "method": "GET", "path": path.decode(errors="replace"), "raw_path": path}
        sent: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request"}

        await app({**scope, "query_string": query, "headers": []}, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    status, found = await asked("/entities/urn:도시:1".encode())
    assert (status, found["id"]) == (200, "urn:도시:1")
    for place, number in (("부산", 1), ("서울", 0)):
        status, found = await asked(b"/entities", f'type=Lamp&q=place=="{place}"'.encode())
        assert (status, len(found)) == (200, number)
    assert (await asked(b"/entities/urn:x:\xff"))[0] in (400, 404), "no UTF-8"


async def test_success_without_a_body_says_nothing_of_a_context(api: httpx.AsyncClient) -> None:
    created = await api.post("/entities/", json=entity())
    assert created.headers["location"] == LAMP and "link" not in created.headers
    changed = await api.patch(f"{LAMP}/attrs/", json={"on": 1})
    assert changed.status_code == 204 and not {"content-length", "link"} & changed.headers.keys()


async def test_the_context_is_in_one_place_only(api: httpx.AsyncClient) -> None:
    link = {"Link": LINK.format("http://a.example/c")}
    inside = {**entity(), "@context": CORE}
    for body, headers in (
        (inside, JSON),
        (entity(), LD),
        (inside, {**LD, **link}),
        ({**entity(), "@context": None}, LD),
    ):
        refused = await api.post("/entities", json=body, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    for wrong in (
        LINK.format("/relative"),
        LINK.format("http://a.example:99999/c"),
        LINK.format("http://[bad/c"),
        f"{LINK.format('http://a.example/1')}, {LINK.format('http://a.example/2')}",
    ):
        assert (await api.get(LAMP, headers={"Link": wrong})).status_code == 400
    await api.post("/entities", json=entity())
    for other in (
        '<http://a.example>; rel="next"',
        "nonsense",
        "<",
        LINK.format(CORE),
        LINK.format(CORE).replace('"', ""),
    ):
        assert (await api.get(LAMP, headers={"Link": other})).status_code == 200, other


@pytest.mark.parametrize("status", [504, 503])
async def test_a_context_that_cannot_be_had(services: NgsiServices, status: int) -> None:
    app = ngsi_ld(replace(services, context_status=status))
    url = "http://127.0.0.1:9/context"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(authenticated(app, WRITER)), base_url="http://city"
    ) as api:
        for answer in (
            await api.get(LAMP, headers={"Link": LINK.format(url)}),
            await api.post("/entities", json={**entity(), "@context": [url]}, headers=LD),
        ):
            assert (answer.status_code, answer.json()["type"]) == (status, f"{ERRORS}LdContextNotAvailable")
            assert answer.json()["status"] == status


async def test_tenants_are_kept_apart(clients: Clients) -> None:
    ours, theirs = clients(WRITER), clients(STRANGER)
    await ours.post("/entities", json=entity(on=1))
    assert (await theirs.post("/entities", json=entity(on=2))).status_code == 201
    for api, value in ((ours, 1), (theirs, 2)):
        assert (await api.get(f"{LAMP}?options=keyValues")).json()["on"] == value
        assert len((await api.get("/entities?type=Lamp")).json()) == 1
    assert (await theirs.delete(LAMP)).status_code == 204
    assert (await ours.get(LAMP)).status_code == 200
    named = await theirs.get("/entities?local=true", headers={"NGSILD-Tenant": "elsewhere"})
    assert (named.status_code, named.headers["ngsild-tenant"]) == (200, "elsewhere")
    for api, tenant in ((ours, "elsewhere"), (ours, "unknown"), (theirs, "unknown")):
        for refused in (
            await api.get(LAMP, headers={"NGSILD-Tenant": tenant}),
            await api.post("/entities", json=entity(), headers={"NGSILD-Tenant": tenant}),
        ):
            assert (refused.status_code, refused.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
    for tenant in ("elsewhere", "unknown"):
        assert (await clients(ANYONE).get(LAMP, headers={"NGSILD-Tenant": tenant})).status_code == 401


async def test_a_number_that_no_double_can_hold_is_refused_and_spoils_no_query(api: httpx.AsyncClient) -> None:
    digits = "9" * 400
    for value in (digits, f"-{digits}", f'[1, {{"a": {digits}}}]'):
        body = f'{{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "level": {{"type": "Property", "value": {value}}}}}'
        refused = await api.post("/entities", content=body, headers=JSON)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), value
    assert (await api.post("/entities", json=entity(level=prop(digits)))).status_code == 201
    for question in ("q=level>1", f'q=level=="{digits}"'):
        answer = await api.get(f"/entities?type=Lamp&{question}")
        assert answer.status_code == 200, question


async def test_what_is_about_a_snapshot_is_not_done_to_what_is(api: httpx.AsyncClient) -> None:
    await api.post("/entities", json=entity())
    snapshot = {"NGSILD-Snapshot": "urn:ngsi-ld:Snapshot:1"}
    for method, path in (("GET", LAMP), ("DELETE", LAMP), ("GET", "/entities?type=Lamp"), ("GET", "/subscriptions")):
        refused = await api.request(method, path, headers=snapshot)
        assert (refused.status_code, refused.json()["type"]) == (404, f"{ERRORS}ResourceNotFound"), path
    assert (await api.get(LAMP)).status_code == 200


async def test_without_keys_what_is_created_makes_its_tenant(services: NgsiServices) -> None:
    """Clause 5.5.10."""
    history = {"id": "urn:x:h", "type": "Lamp", "on": [prop(1, observedAt="2026-11-24T08:00:00Z")]}
    mail = {"endpoint": {"uri": "http://127.0.0.1:1/"}}
    told = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": mail}
    app = ngsi_ld(replace(services, access=Access(CATALOGUE, open=True), private_receivers=True))
    transport = httpx.ASGITransport(authenticated(app, ANYONE))
    async with httpx.AsyncClient(transport=transport, base_url="http://city/") as api:
        for tenant, path, body in (
            ("entity", "/entities", entity(on=1)),
            ("batch", "/entityOperations/create", [entity(on=1)]),
            ("history", "/temporal/entities", history),
            ("subscription", "/subscriptions", told),
        ):
            named = {"NGSILD-Tenant": tenant}
            for method, where, sent in (
                ("GET", "/entities?type=Lamp", None),
                ("GET", LAMP, None),
                ("GET", "/subscriptions", None),
                ("DELETE", LAMP, None),
                ("PATCH", f"{LAMP}/attrs", {"on": prop(2)}),
                ("POST", "/entityOperations/upsert", [entity()]),
            ):
                refused = await api.request(method, where, json=sent, headers=named)
                assert (refused.status_code, refused.json()["type"]) == (404, f"{ERRORS}NonexistentTenant"), where
            made = await api.post(path, json=body, headers=named)
            assert (made.status_code, made.headers["ngsild-tenant"]) == (201, tenant)
            assert (await api.get("/entities?type=Lamp", headers=named)).status_code == 200
        assert (await api.get("/entities?type=Lamp")).json() == [], "each tenant has its own"
        long = await api.post("/entities", json=entity(), headers={"NGSILD-Tenant": "a" * 300})
        assert (long.status_code, long.json()["type"]) == (400, f"{ERRORS}BadRequestData")


async def test_a_key_is_of_its_own_tenant_in_an_open_city_too(services: NgsiServices) -> None:
    app = ngsi_ld(replace(services, access=Access(CATALOGUE, open=True)))
    transport = httpx.ASGITransport(authenticated(app, WRITER))
    async with httpx.AsyncClient(transport=transport, base_url="http://city/") as api:
        refused = await api.post("/entities", json=entity(), headers={"NGSILD-Tenant": "elsewhere"})
        assert (refused.status_code, refused.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
