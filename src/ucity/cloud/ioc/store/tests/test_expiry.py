"""What is stored for a time only is gone after it, and nothing else is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ucity.cloud.ioc.policy.names import EXPIRES_AT
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool
from ucity.cloud.ioc.store.expiry import expire

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def prop(value: Any, minutes: int | None = None) -> dict[str, Any]:
    ends = {} if minutes is None else {"expiresAt": (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {"type": "Property", "value": value, **ends}


def made(id_: str, **attrs: Any) -> Edit:
    named = {EXPIRES_AT if name == "expires" else f"http://a.example/{name}": each for name, each in attrs.items()}
    doc = Document(id=id_, types=["http://a.example/T"], attrs=named)
    return Edit(tenant="", id=id_, apply=lambda _: doc)


async def attributes(pool: Pool) -> dict[str, list[str]]:
    rows = await pool.fetch(
        "SELECT id, ARRAY(SELECT jsonb_object_keys(attrs)) AS names FROM entity WHERE deleted_at IS NULL"
    )
    return {row["id"]: sorted(name.removeprefix("http://a.example/") for name in row["names"]) for row in rows}


async def test_entities_and_attributes_end_when_they_are_due(pool: Pool) -> None:
    committer = Committer(pool, lambda lons, _: [None] * len(lons))
    ends = {"type": "Property", "value": "2026-11-24T08:10:00Z"}
    gps = {**prop(2, 5), "datasetId": "urn:d:1"}
    await committer.commit(
        Batch(
            edits=(
                made("urn:t:1", a=prop(1), expires=ends),
                made("urn:t:2", a=prop(1, 5), b=prop(2, 20), c=[prop(1), gps]),
                made("urn:t:3", a=prop(1)),
            )
        )
    )
    everything = {"urn:t:1": ["a", EXPIRES_AT], "urn:t:2": ["a", "b", "c"], "urn:t:3": ["a"]}
    assert await expire(pool, committer, NOW) == 0
    assert await attributes(pool) == everything
    assert await expire(pool, committer, NOW + timedelta(minutes=6)) == 1
    assert await attributes(pool) == {**everything, "urn:t:2": ["b", "c"]}
    assert await expire(pool, committer, NOW + timedelta(minutes=30)) == 2
    assert await attributes(pool) == {"urn:t:2": ["c"], "urn:t:3": ["a"]}
    assert await expire(pool, committer, NOW + timedelta(days=900)) == 0


async def test_so_do_attributes_of_attributes(pool: Pool) -> None:
    """Clause 4.22: an entity, a Property or a Relationship, whatever it is of."""
    committer = Committer(pool, lambda lons, _: [None] * len(lons))
    inner, gps = "http://a.example/inner", {"datasetId": "urn:d:1"}
    deep = {**prop(1), inner: [{**prop(2), inner: prop(3, 5)}, {**prop(4, 10), **gps}]}
    await committer.commit(Batch(edits=(made("urn:t:1", a=deep), made("urn:t:2", a=prop(1)))))
    left = []
    for minutes in (0, 6, 11):
        await expire(pool, committer, NOW + timedelta(minutes=minutes))
        (kept,) = await pool.fetch("SELECT attrs->'http://a.example/a' AS a FROM entity WHERE id = 'urn:t:1'")
        left.append(msgspec.json.decode(kept["a"]))
    assert left == [
        deep,
        {**prop(1), inner: [prop(2), {**prop(4, 10), **gps}]},
        {**prop(1), inner: prop(2)},
    ]
    assert await pool.fetchval("SELECT count(*) FROM entity WHERE expires_at IS NOT NULL") == 0
