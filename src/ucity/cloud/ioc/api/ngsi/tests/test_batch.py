"""Many entities in one request."""

from typing import Any

import httpx

from ucity.cloud.ioc.api.ngsi.tests.samples import DEFAULT, ERRORS, NULL, entity, prop
from ucity.cloud.ioc.store import Pool

OPERATIONS = "/entityOperations"


def ids(*numbers: int) -> list[str]:
    return [f"urn:ngsi-ld:Lamp:{number}" for number in numbers]


async def on(api: httpx.AsyncClient) -> dict[int, object]:
    """Number of each lamp to what it says of ``on``."""
    got = (await api.get("/entities?type=Lamp&options=keyValues")).json()
    return {int(each["id"].rpartition(":")[2]): each.get("on") for each in got}


async def test_create_tells_what_was_made_and_what_was_there(api: httpx.AsyncClient) -> None:
    first = await api.post(f"{OPERATIONS}/create", json=[entity(1, on=1), entity(2, on=1)])
    assert (first.status_code, first.json()) == (201, ids(1, 2))
    second = await api.post(f"{OPERATIONS}/create", json=[entity(2, on=2), entity(3, on=2), entity(3, on=3)])
    assert (second.status_code, second.json()["success"]) == (207, ids(3))
    assert [(each["entityId"], each["error"]["type"]) for each in second.json()["errors"]] == [
        (ids(2)[0], f"{ERRORS}AlreadyExists"),
        (ids(3)[0], f"{ERRORS}AlreadyExists"),
    ]
    assert await on(api) == {1: 1, 2: 1, 3: 2}


async def test_upsert_replaces_or_updates(api: httpx.AsyncClient) -> None:
    assert (await api.post(f"{OPERATIONS}/upsert", json=[entity(1, on=1, off=1)])).status_code == 201
    assert (await api.post(f"{OPERATIONS}/upsert", json=[entity(1, on=2)])).status_code == 204
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=keyValues")).json() == entity(1, on=2)
    updated = await api.post(f"{OPERATIONS}/upsert?options=update", json=[entity(1, off=3, on=NULL), entity(2, on=3)])
    assert (updated.status_code, updated.json()) == (201, ids(2))
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=keyValues")).json() == entity(1, off=3)
    assert (await api.post(f"{OPERATIONS}/upsert?options=update,replace", json=[entity(1)])).status_code == 400


async def test_the_same_entity_twice_is_taken_in_order_and_both_are_in_history(
    api: httpx.AsyncClient, pool: Pool
) -> None:
    sent = [entity(1, on=prop(number, observedAt=f"2026-11-24T08:00:0{number}Z")) for number in range(5)]
    answer = await api.post(f"{OPERATIONS}/upsert", json=sent)
    assert (answer.status_code, answer.json()) == (201, ids(1))
    assert await on(api) == {1: 4}
    rows = await pool.fetch("SELECT number FROM observation ORDER BY observed_at")
    assert [row["number"] for row in rows] == [0, 1, 2, 3, 4]


async def test_one_bad_entity_does_not_spoil_the_others(api: httpx.AsyncClient) -> None:
    bad = entity(2, on={"type": "Nonsense"})
    nameless = {"id": "urn:ngsi-ld:Lamp:4", "on": 1}
    answer = await api.post(f"{OPERATIONS}/upsert", json=[entity(1, on=1), bad, entity(3, on=1), nameless])
    assert (answer.status_code, answer.json()["success"]) == (207, ids(1, 3))
    assert [each["entityId"] for each in answer.json()["errors"]] == ids(2, 4)
    assert {each["error"]["type"] for each in answer.json()["errors"]} == {f"{ERRORS}BadRequestData"}
    assert await on(api) == {1: 1, 3: 1}


async def test_what_nobody_foresaw_is_told_of_the_entity_that_it_befell(api: httpx.AsyncClient, pool: Pool) -> None:
    """Clauses 5.6.7.4 and 5.6.10.4: any kind of error or abnormal situation."""
    await pool.execute(f"ALTER TABLE entity ADD CHECK (id <> '{ids(2)[0]}')")
    answer = await api.post(f"{OPERATIONS}/upsert", json=[entity(1, on=1), entity(2, on=1), entity(3, on=1)])
    assert (answer.status_code, answer.json()["success"]) == (207, ids(1, 3))
    (failed,) = answer.json()["errors"]
    assert (failed["entityId"], failed["error"]["type"]) == (ids(2)[0], f"{ERRORS}InternalError")
    assert await on(api) == {1: 1, 3: 1}


async def test_update_with_and_without_overwriting(api: httpx.AsyncClient) -> None:
    await api.post(f"{OPERATIONS}/create", json=[entity(1, on=1)])
    assert (await api.post(f"{OPERATIONS}/update", json=[entity(1, on=2)])).status_code == 204
    quiet = await api.post(f"{OPERATIONS}/update?options=noOverwrite", json=[entity(1, on=3, off=3)])
    assert quiet.status_code == 204
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1?options=keyValues")).json() == entity(1, on=2, off=3)
    absent = await api.post(f"{OPERATIONS}/update", json=[entity(1, on=4), entity(9, on=4)])
    assert (absent.status_code, absent.json()["success"]) == (207, ids(1))
    assert absent.json()["errors"][0]["error"]["type"] == f"{ERRORS}ResourceNotFound"


async def test_an_update_sets_scopes_and_removes_as_appending_does(api: httpx.AsyncClient) -> None:
    """Clause 5.6.9, which refers to 5.6.3."""
    await api.post("/entities", json=entity(1, on=prop(1), power=prop(2)))
    update = entity(1, scope="/Busan", power=NULL)
    assert (await api.post(f"{OPERATIONS}/update", json=[update])).status_code == 204
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json() == entity(1, on=prop(1), scope="/Busan")
    more = entity(1, scope=["/Busan", "/Fleet"], on=prop(9))
    assert (await api.post(f"{OPERATIONS}/update?options=noOverwrite", json=[more])).status_code == 204
    assert (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json() == entity(1, on=prop(1), scope=["/Busan", "/Fleet"])


async def test_merge_and_delete(api: httpx.AsyncClient) -> None:
    await api.post(f"{OPERATIONS}/create", json=[entity(1, on=prop({"a": 1, "b": 1})), entity(2)])
    assert (await api.post(f"{OPERATIONS}/merge", json=[entity(1, on=prop({"b": NULL, "c": 2}))])).status_code == 204
    assert await on(api) == {1: {"a": 1, "c": 2}, 2: None}
    answer = await api.post(f"{OPERATIONS}/delete", json=ids(1, 9, 1))
    assert (answer.status_code, answer.json()["success"]) == (207, ids(1))
    assert [each["entityId"] for each in answer.json()["errors"]] == ids(9, 1)
    assert (await api.post(f"{OPERATIONS}/delete", json=ids(2))).status_code == 204
    assert await on(api) == {}


async def test_each_entity_may_bring_its_own_context(api: httpx.AsyncClient) -> None:
    sent = [
        {**entity(1, on=1), "@context": {"on": "http://a.example/on"}},
        {**entity(2, on=1), "@context": []},
    ]
    headers = {"Content-Type": "application/ld+json"}
    answer = await api.post(f"{OPERATIONS}/create", json=sent, headers=headers)
    assert (answer.status_code, answer.json()) == (201, ids(1, 2))
    assert "http://a.example/on" in (await api.get("/entities/urn:ngsi-ld:Lamp:1")).json()


async def test_a_context_in_the_wrong_place_is_a_mistake_of_the_whole_request(api: httpx.AsyncClient) -> None:
    """Clause 6.3.5."""
    inside = {**entity(1), "@context": []}
    for sent, kind in (([entity(2), inside], "application/json"), ([inside, entity(2)], "application/ld+json")):
        for operation in ("create", "upsert", "update", "merge"):
            refused = await api.post(f"{OPERATIONS}/{operation}", json=sent, headers={"Content-Type": kind})
            assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), operation
            assert "@context" in refused.json()["detail"]
    assert await on(api) == {}


NO_BATCHES: list[Any] = [[], {}, "x", [None], [5], [{}], [entity(1), {"id": "x"}], [[]]]


async def test_what_is_no_batch_is_refused_as_a_whole(api: httpx.AsyncClient) -> None:
    for operation in ("create", "upsert", "update", "merge", "delete"):
        for sent in NO_BATCHES:
            refused = await api.post(f"{OPERATIONS}/{operation}", json=sent)
            assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), (operation, sent)
    assert (await api.post(f"{OPERATIONS}/create", json=[entity(n) for n in range(1001)])).status_code == 413
    assert await on(api) == {}


async def test_a_thousand_at_once(api: httpx.AsyncClient, pool: Pool) -> None:
    sent = [entity(number, on=prop(number, unitCode="C62")) for number in range(1000)]
    answer = await api.post(f"{OPERATIONS}/upsert", json=sent)
    assert (answer.status_code, len(answer.json())) == (201, 1000)
    assert await pool.fetchval("SELECT count(*) FROM entity WHERE attrs ? $1", f"{DEFAULT}on") == 1000
    assert (await api.post(f"{OPERATIONS}/upsert", json=sent)).status_code == 204


async def test_purging_what_a_query_selects(api: httpx.AsyncClient) -> None:
    lamps = [entity(number, on=prop(number), power=prop(number)) for number in range(4)]
    await api.post("/entityOperations/create", json=lamps)
    assert (await api.delete("/entities?type=Lamp&q=on<1&geometryProperty=at")).status_code == 204
    assert (await api.delete("/entities?type=Lamp&q=on<2&drop=power")).status_code == 204
    assert (await api.delete("/entities?type=Lamp&id=urn:ngsi-ld:Lamp:2&keep=power")).status_code == 204
    left = (await api.get("/entities?type=Lamp&options=keyValues")).json()
    assert [sorted(each.keys() - {"id", "type"}) for each in left] == [["on"], ["power"], ["on", "power"]]
    for query in ("", "id=urn:ngsi-ld:Lamp:1", "type=Lamp&drop=on&keep=on", "type=Lamp&q=a{b}", "type=Lamp&q=="):
        assert (await api.delete(f"/entities?{query}")).status_code == 400, query
    assert (await api.delete("/entities?local=true")).status_code == 204
    assert (await api.get("/entities?local=true")).json() == []
