"""A migrated database, a pool on it, and settings of a process that works on it, for tests of whatever reads or writes
the store."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from running.servers import Nats, fresh_database
from ucity.cloud.ioc.manage.postgres import DATABASE, EmbeddedPostgres
from ucity.cloud.ioc.store import Pool, connect, migrate
from ucity.settings import Settings, load_settings


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


@pytest.fixture
def process_settings(migrated_database: str, nats: Nats, tmp_path: Path) -> Settings:
    """Of one of a city's own processes, with a database and a bus of this test's own."""
    options = nats.server.options
    return load_settings(
        data=tmp_path,
        postgres_url=migrated_database,
        nats_url=nats.url,
        nats_callout_url=options.callout_url,
        nats_system_url=options.system_url,
        nats_issuer_seed=options.secrets.issuer_seed,
    )
