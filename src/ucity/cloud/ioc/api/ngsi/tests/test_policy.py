"""Who may see and write what, through NGSI-LD as everywhere else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import polars as pl

from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.api.ngsi.tests.conftest import INDEX, READER, STATIONS, Clients
from ucity.cloud.ioc.api.ngsi.tests.samples import CAR, DEFAULT, ERRORS, entity, prop
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import type_iri
from ucity.cloud.ioc.store import Batch, Committer, Pool, aggregation, evolution
from ucity.cloud.ioc.store.entities import Finder
from ucity.cloud.ioc.store.evolution import Interval, Wanted
from ucity.cloud.ioc.store.query.terms import Selection
from ucity.cloud.ioc.store.search import Page, count, search

STATION = "/entities/urn:ngsi-ld:Station:a"
NOW = datetime.now(UTC).replace(microsecond=0)


def at(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


async def measured(committer: Committer) -> None:
    """A station as its readings and the rule's index leave it."""
    station = {"subject": ["a"], "observed_at": [NOW], "lon": [129.07], "lat": [35.18], "name": ["Centre"]}
    await committer.commit(
        Batch(
            readings=(
                shaped("environment/test", STATIONS, pl.DataFrame({**station, "pm25": [12.0], "state": ["ok"]})),
                shaped("environment/test", INDEX, pl.DataFrame({**station, "cai": [50.0]})),
            )
        )
    )


async def test_a_visitor_sees_open_types_and_of_these_what_is_declared(
    api: httpx.AsyncClient, visitor: httpx.AsyncClient, committer: Committer
) -> None:
    await measured(committer)
    await api.post(f"{STATION}/attrs", json={"keeper": "Kim", "scope": "/a", "type": "Secret"})
    await api.post("/entities", json={"id": "urn:ngsi-ld:Meter:1", "type": "Meter", "power": prop(100)})
    await api.post("/entities", json=CAR)
    seen = (await visitor.get(STATION)).json()
    assert seen.keys() == {"id", "type", "name", "pm25", "state", "cai", "location"}
    assert seen["pm25"] == prop(12, unitCode="GQ", observedAt=at(NOW))
    assert (await api.get(STATION)).json()["keeper"] == prop("Kim")
    for path in ("/entities/urn:ngsi-ld:Meter:1", "/entities/urn:ngsi-ld:Vehicle:1"):
        assert ((await visitor.get(path)).status_code, (await api.get(path)).status_code) == (404, 200)
    listed = await visitor.get("/entities?local=true&count=true")
    assert ([each["id"] for each in listed.json()], listed.headers["ngsild-results-count"]) == (
        ["urn:ngsi-ld:Station:a"],
        "1",
    )
    for parameters in ("type=Meter,Vehicle,Secret", "attrs=power", "attrs=keeper"):
        expected = ["urn:ngsi-ld:Station:a"] if "Secret" in parameters else []
        assert [each["id"] for each in (await visitor.get(f"/entities?{parameters}")).json()] == expected, parameters
    assert (await visitor.get(f"{STATION}?attrs=keeper")).status_code == 404


async def test_nobody_writes_without_a_key_that_may(visitor: httpx.AsyncClient, clients: Clients, pool: Pool) -> None:
    reader = clients(READER)
    lamp, body = "/entities/urn:ngsi-ld:Lamp:1", {"p": prop(1)}
    for method, path, sent in (
        ("POST", "/entities", entity()),
        ("PUT", lamp, entity()),
        ("PATCH", lamp, body),
        ("DELETE", lamp, None),
        ("POST", f"{lamp}/attrs", body),
        ("PATCH", f"{lamp}/attrs", body),
        ("PATCH", f"{lamp}/attrs/p", prop(1)),
        ("PUT", f"{lamp}/attrs/p", prop(1)),
        ("DELETE", f"{lamp}/attrs/p", None),
        *(("POST", f"/entityOperations/{name}", [entity()]) for name in ("create", "upsert", "update", "merge")),
        ("POST", "/entityOperations/delete", ["urn:ngsi-ld:Lamp:1"]),
    ):
        for client, status in ((visitor, 401), (reader, 403)):
            assert (await client.request(method, path, json=sent)).status_code == status, (method, path)
    assert await pool.fetchval("SELECT count(*) FROM entity") == 0


async def test_what_a_rule_computes_is_written_by_nobody(api: httpx.AsyncClient, committer: Committer) -> None:
    await measured(committer)
    before = (await api.get(STATION)).json()
    for answer in (
        await api.patch(f"{STATION}/attrs", json={"cai": prop(1)}),
        await api.patch(f"{STATION}/attrs/cai", json={"value": 1}),
        await api.delete(f"{STATION}/attrs/cai"),
        await api.patch(STATION, json={"cai": "urn:ngsi-ld:null"}),
        await api.put(STATION, json={"type": "Station", "cai": prop(1)}),
        await api.post("/entities", json={"id": "urn:ngsi-ld:Station:b", "type": "Station", "cai": prop(1)}),
    ):
        assert answer.status_code == 403, answer.text
    assert (await api.get(STATION)).json() == before
    assert (await api.put(STATION, json={"type": "Station", "name": "Harbour"})).status_code == 204
    after = (await api.get(STATION)).json()
    assert after.keys() == {"id", "type", "name", "cai"} and after["cai"] == before["cai"]


async def test_what_is_measured_has_to_be_as_it_is_declared(api: httpx.AsyncClient) -> None:
    future = NOW + timedelta(hours=1)
    good: list[dict[str, Any]] = [
        {"pm25": prop(12)},
        {"pm25": prop(0, unitCode="GQ", observedAt=at(NOW))},
        {"state": prop("ok")},
        {"anything": prop("else")},
    ]
    bad: list[dict[str, Any]] = [
        *({"pm25": prop(value)} for value in (-1, 1001, "12", True, [12], {"a": 1})),
        {"pm25": prop(12, unitCode="CEL")},
        {"pm25": prop(12, observedAt=at(future))},
        {"pm25": {"type": "Relationship", "object": "urn:x:1"}},
        {"pm25": prop(12, datasetId="urn:x:1")},
        {"pm25": [prop(12), prop(12, datasetId="urn:x:1")]},
        *({"state": prop(value)} for value in ("lost", 5)),
        *({"name": each} for each in (prop(5), prop("x" * 300), [prop("a"), prop("b", datasetId="urn:x:1")])),
        {"location": [CAR["location"], {**CAR["location"], "datasetId": "urn:x:1"}]},
    ]
    for number, attributes in enumerate(good):
        sent = {"id": f"urn:ngsi-ld:Station:{number}", "type": "Station", **attributes}
        assert (await api.post("/entities", json=sent)).status_code == 201, attributes
    for attributes in bad:
        refused = await api.post("/entities", json={"id": "urn:ngsi-ld:Station:bad", "type": "Station", **attributes})
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), attributes
    assert (await api.post("/entities", json=entity(pm25=prop("free")))).status_code == 201, "another type"
    stolen = await api.post("/entities", json={"id": "urn:ngsi-ld:Station:x", "type": "Lamp"})
    assert stolen.status_code == 400, "an id that readings of a station may come for"
    late = await api.patch("/entities/urn:ngsi-ld:Lamp:1/attrs", json={"type": "Station"})
    assert late.status_code == 400, "nor by becoming one of a declared type"


async def test_readings_go_on_from_what_was_written(api: httpx.AsyncClient, committer: Committer) -> None:
    written = {"type": "Property", "value": 99, "observedAt": "2020-01-01T00:00:00Z"}
    await api.post(
        "/entities", json={"id": "urn:ngsi-ld:Station:a", "type": "Station", "pm25": written, "keeper": "Kim"}
    )
    await measured(committer)
    got = (await api.get(f"{STATION}?options=keyValues")).json()
    assert (got["pm25"], got["keeper"], got["cai"]) == (12, "Kim", 50)


async def test_every_read_stays_within_its_predicate(api: httpx.AsyncClient, pool: Pool) -> None:
    await api.post("/entities", json={"id": "urn:x:1", "type": ["A", "B"], "a": 1, "b": 2})
    a, b, ab = (f"{DEFAULT}{name}" for name in ("a", "b", "ab"))
    lately, soon = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(minutes=1)
    for predicate, seen in (
        (Predicate("test", "", None), {a, b}),
        (Predicate("test", "", None, until=soon), {a, b}),
        (Predicate("test", "", None, until=lately), None),
        (Predicate("test", "elsewhere", None), None),
        (Predicate("test", "", {}), None),
        (Predicate("test", "", {type_iri("C"): None}), None),
        (Predicate("test", "", {type_iri("A"): None}), {a, b}),
        (Predicate("test", "", {type_iri("A"): frozenset({a, ab})}), {a}),
        (Predicate("test", "", {type_iri("A"): frozenset({a}), type_iri("B"): frozenset({b})}), {a, b}),
        (Predicate("test", "", {type_iri("A"): frozenset()}), set()),
    ):
        doc = await Finder(pool).find(predicate, "urn:x:1")
        assert (doc and doc.attrs.keys()) == seen, predicate
        everything = Selection()
        assert [each.attrs.keys() for each in (await search(pool, predicate, everything, Page(9))).documents] == (
            [] if seen is None else [seen]
        )
        assert await count(pool, predicate, everything) == (seen is not None)
        with_b = Selection(attributes=frozenset({b}))
        assert await count(pool, predicate, with_b) == (seen is not None and b in seen), predicate


async def test_of_a_history_nobody_learns_what_may_only_be_read_of_another_type(
    api: httpx.AsyncClient, pool: Pool
) -> None:
    a, b = (f"{DEFAULT}{name}" for name in ("a", "b"))
    for kind in ("A", "B"):
        sent = {
            "id": f"urn:x:{kind}",
            "type": kind,
            "b": [prop(n, observedAt=f"2026-11-0{n}T00:00:00Z") for n in (1, 2)],
        }
        assert (await api.post("/temporal/entities", json=sent)).status_code == 201
    open_types = Predicate("test", "", {type_iri("A"): frozenset({a}), type_iri("B"): frozenset({b})})
    for names in (frozenset({b}), None):
        wanted = Wanted(interval=Interval(), attributes=names)
        found = await evolution.subjects(pool, open_types, Selection(), wanted, Page(9))
        assert [each.id for each in found] == ["urn:x:B"]
        assert await evolution.count(pool, open_types, Selection(), wanted) == 1
        private = await evolution.subject(pool, open_types, "urn:x:A")
        assert private is not None
        assert await evolution.instances(pool, open_types, [private], wanted, most=1) == ([], False)
        assert await aggregation.span(pool, open_types, [private], wanted) is None
        some, has_more = await evolution.instances(pool, open_types, [private, *found], wanted)
        assert ([each.attribute["value"] for each in some], has_more) == ([1, 2], False)
