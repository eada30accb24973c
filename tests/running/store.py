"""A migrated database and a pool on it, for tests of whatever reads or writes the store."""

from collections.abc import AsyncIterator

import pytest

from ucity.cloud.ioc.store import Pool, connect, migrate


@pytest.fixture
async def migrated_database(empty_database: str) -> str:
    """The URL of a database of this test's own, at the newest revision."""
    await migrate(empty_database)
    return empty_database


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    """Connections to ``migrated_database``."""
    pool = await connect(migrated_database)
    yield pool
    await pool.close()
