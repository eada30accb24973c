"""Plain SQL over and over from several clients at once, as a measure for what the NGSI-LD API does with it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg

from bench.asking import Asked
from bench.figures import percentile
from ucity.cloud.ioc.store import Pool

Connection = asyncpg.pool.PoolConnectionProxy
Reference = Callable[[Connection, int], Awaitable[object]]
"""Does on a connection what the request of this number asks for."""


async def repeated(pool: Pool, reference: Reference, *, clients: int, seconds: float) -> Asked:
    """Do it for so long; clients take turns with the connections of the pool."""
    waits: list[float] = []
    began = time.perf_counter()

    async def client(first: int) -> None:
        number = first
        while time.perf_counter() < began + seconds:
            asked = time.perf_counter()
            async with pool.acquire() as connection:
                await reference(connection, number)
            waits.append(time.perf_counter() - asked)
            number += clients

    await asyncio.gather(*(client(number) for number in range(clients)))
    return Asked(len(waits) / (time.perf_counter() - began), percentile(waits, 0.5), percentile(waits, 0.99))
