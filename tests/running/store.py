"""A migrated database and a pool on it, for tests of whatever reads or writes the store."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from running.servers import fresh_database
from ucity.cloud.ioc.manage.postgres import DATABASE, EmbeddedPostgres
from ucity.cloud.ioc.store import Pool, connect, migrate


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """Name of a database at the newest revision, which nobody is connected to, to make copies of."""
    # A thread of its own, because the test that asks may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate(postgres.url)).result()
    return DATABASE


@pytest.fixture
async def migrated_database(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    """The URL of a database of this test's own, at the newest revision."""
    async with fresh_database(postgres, migrated_template) as url:
        yield url


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    """Connections to ``migrated_database``."""
    pool = await connect(migrated_database)
    yield pool
    await pool.close()
