"""Migrations: they may be called by several at once, and say plainly when the database is away."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest

from ucity.cloud.ioc.manage.ports import free_port
from ucity.cloud.ioc.store import migrate
from ucity.cloud.ioc.store.migrate import NEWEST, newest_revision
from ucity.errors import Unavailable


async def test_several_processes_may_migrate_at_once(empty_database: str) -> None:
    await asyncio.gather(*(migrate(empty_database) for _ in range(4)))
    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == newest_revision()
    assert await connection.fetchval("SELECT count(*) FROM entity") == 0
    await connection.close()


@pytest.mark.parametrize("revision", [NEWEST, "0001"])
async def test_a_database_that_is_away_is_said_to_be(revision: str) -> None:
    with pytest.raises(Unavailable):
        await migrate(f"postgresql://ucity:secret@127.0.0.1:{free_port()}/ucity", revision)


async def test_an_upgrade_that_fails_is_not_taken_for_done(empty_database: str) -> None:
    with pytest.raises(RuntimeError, match="could not be brought to revision 9999"):
        await migrate(empty_database, "9999")


@pytest.mark.parametrize("is_known", [False, True])
async def test_names_that_are_terms_of_the_core_context_are_renamed(empty_database: str, *, is_known: bool) -> None:
    await migrate(empty_database, "0010")
    connection = await asyncpg.connect(empty_database)
    core = "https://uri.etsi.org/ngsi-ld/"
    names = [f"{core}default-context/status", *([f"{core}status"] if is_known else [])]
    await connection.executemany("INSERT INTO attribute (name) VALUES ($1)", [(name,) for name in names])
    await connection.execute(
        "INSERT INTO entity (tenant, id, types, attrs, created_at, modified_at)"
        " VALUES ('', 'urn:x:1', '{T}', jsonb_build_object($1::text, 1, 'other', 2), now(), now())",
        names[0],
    )
    await connection.execute(
        "INSERT INTO observation (entity, attr, observed_at, recorded_at, text)"
        " SELECT 1, id, '1960-01-01Z', now(), 'a' FROM attribute WHERE name = $1",
        names[0],
    )
    await migrate(empty_database)
    told = "SELECT a.name FROM observation AS o JOIN attribute AS a ON a.id = o.attr"
    assert await connection.fetchval(told) == f"{core}status"
    kept = "SELECT array_agg(name ORDER BY name) FROM entity, jsonb_object_keys(attrs) AS name"
    assert await connection.fetchval(kept) == [f"{core}status", "other"]
    await connection.close()


async def test_ends_inside_attributes_that_were_stored_before_are_found(empty_database: str) -> None:
    await migrate(empty_database, "0018")
    connection = await asyncpg.connect(empty_database)
    inner = {"type": "Property", "value": {"a:b": {"expiresAt": "of no meaning"}}, "expiresAt": "2030-01-01T00:00:00Z"}
    deep = {
        "type": "Property",
        "value": 1,
        "a:inner": [{"type": "Property", "value": 2}, {"value": 3, "a:deep": inner}],
    }
    outermost = {**deep, "expiresAt": "2029-01-01T00:00:00Z"}
    documents = {
        "deep": {"a:x": [deep]},
        "outermost": {"a:x": deep, "a:y": outermost},
        "none": {"a:x": {"value": "expiresAt"}},
    }
    for name, attrs in documents.items():
        await connection.execute(
            "INSERT INTO entity (tenant, id, types, attrs, created_at, modified_at, expires_at)"
            " VALUES ('', $1, '{T}', $2, '2026-01-01Z', '2026-01-01Z', $3)",
            name,
            json.dumps(attrs),
            datetime(2029, 1, 1, tzinfo=UTC) if name == "outermost" else None,
        )
    await migrate(empty_database)
    rows = await connection.fetch("SELECT id, extract(year FROM expires_at)::int AS ends, modified_at FROM entity")
    assert {row["id"]: row["ends"] for row in rows} == {"deep": 2030, "outermost": 2029, "none": None}
    assert {row["modified_at"] for row in rows} == {datetime(2026, 1, 1, tzinfo=UTC)}
    await connection.close()
