"""Migrations: they may be called by several at once, and say plainly when the database is away."""

import asyncio

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
