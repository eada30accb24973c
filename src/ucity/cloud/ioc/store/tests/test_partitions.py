"""The months of the history."""

import asyncio
from datetime import UTC, datetime

from ucity.cloud.ioc.store import connect
from ucity.cloud.ioc.store.partitions import Partitions


async def test_many_can_read_the_history_of_many_years_at_once(migrated_database: str) -> None:
    pool = await connect(migrated_database, size=24)
    months = Partitions(pool)
    for year in range(1970, 2027):
        await months.ensure(datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13))
    all_read = asyncio.Barrier(24)

    async def read() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetch("SELECT * FROM observation WHERE entity = 1 AND attr = 1")
            await all_read.wait()

    async with asyncio.timeout(60):
        await asyncio.gather(*(read() for _ in range(24)))
    await pool.close()
