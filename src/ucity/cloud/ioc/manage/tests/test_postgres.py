"""The embedded PostgreSQL as a child process."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from running.greeting import going_away, greeting
from ucity.cloud.ioc.manage.ports import LOOPBACK
from ucity.cloud.ioc.manage.postgres import EmbeddedPostgres, check_postgres, embedded_postgres
from ucity.errors import StartupError


async def test_keeps_each_test_in_a_database_of_its_own(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    await connection.execute("CREATE TABLE kept (number int)")
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await connection.close()


async def test_city_role_cannot_run_programs(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("COPY (SELECT 1) TO PROGRAM 'cat'")
    await connection.close()


async def test_city_role_may_add_trusted_extensions(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    await connection.execute("CREATE EXTENSION btree_gist")
    await connection.execute("CREATE EXTENSION pg_trgm")
    await connection.close()


async def test_asks_for_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url.replace(postgres.password, "wrong"))


async def test_sorts_korean_names(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    found = await connection.fetch("SELECT name FROM unnest('{해운대구,강서구,사하구}'::text[]) AS name ORDER BY name")
    assert [row["name"] for row in found] == ["강서구", "사하구", "해운대구"]
    await connection.close()


def test_refuses_data_of_another_major_version(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("15\n")
    with pytest.raises(StartupError, match="made by PostgreSQL 15"):
        embedded_postgres(tmp_path, secrets=tmp_path, port=1, city=tmp_path)


@pytest.mark.parametrize("question", [b"pg_roles", b"pg_database"])
async def test_a_server_that_goes_away_while_it_is_asked_is_not_ready(
    postgres: EmbeddedPostgres, question: bytes
) -> None:
    """Whoever looks after it asks from time to time, and a kill may come at any moment: it must not end the city."""
    assert await postgres.is_ready()
    async with going_away(postgres.port, question) as port:
        assert not await replace(postgres, port=port).is_ready()


async def test_takes_a_server_of_others_that_is_new_enough(postgres: EmbeddedPostgres) -> None:
    await check_postgres(postgres.url)


async def test_refuses_a_server_of_others_that_is_too_old() -> None:
    # Frontend/backend protocol 3.0: AuthenticationOk, ParameterStatus, BackendKeyData, ReadyForQuery.
    version = b"server_version\x0015.14\x00"
    login = b"R\x00\x00\x00\x08\x00\x00\x00\x00"
    status = b"S" + (4 + len(version)).to_bytes(4, "big") + version
    ready = b"K\x00\x00\x00\x0c" + bytes(8) + b"Z\x00\x00\x00\x05I"
    async with greeting(login + status + ready, asked=True) as port:
        with pytest.raises(StartupError, match=r"needs PostgreSQL 16 or newer.*is version 15"):
            await check_postgres(f"postgresql://ucity@{LOOPBACK}:{port}/ucity?sslmode=disable")
