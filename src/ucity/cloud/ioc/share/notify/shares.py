"""Which endpoints this worker sends to: those of the shares whose locks it holds.

The locks belong to one connection, so that PostgreSQL frees them the moment the process is gone, however it ended.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.subscriptions import SHARES

_LOCK = 0x7563_79
_EVERY = 1.0


class Shares:
    """``held`` are the numbers of the shares that are this worker's now; ``lost`` is set when they no longer are."""

    def __init__(self) -> None:
        self.held: set[int] = set()
        self.lost = asyncio.Event()

    async def hold(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Take whatever share is free, again and again, until cancelled or the connection is lost."""
        while not self.lost.is_set():
            for share in set(range(SHARES)) - self.held:
                if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCK, share):
                    self.held.add(share)
            await connection.fetchval("SELECT 1")
            await asyncio.sleep(_EVERY)


@asynccontextmanager
async def shares(url: str) -> AsyncIterator[Shares]:
    """The shares of this worker, for as long as the context lasts. Raises what asyncpg does when there is no database;
    inside, ``lost`` tells that its connection is."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "ucity endpoints"}, timeout=10)
    found = Shares()
    connection.add_termination_listener(lambda *_: found.lost.set())
    holding = asyncio.create_task(_holding(found, connection))
    try:
        yield found
    finally:
        found.held.clear()
        found.lost.set()
        holding.cancel()
        await asyncio.wait({holding})
        await connection.close(timeout=1)


async def _holding(found: Shares, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await found.hold(connection)
    except LOST:
        found.held.clear()
        found.lost.set()
