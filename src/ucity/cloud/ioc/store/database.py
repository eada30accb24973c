"""Connections to PostgreSQL, and the translation of its errors into ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from ucity.errors import Unavailable

Connection = asyncpg.pool.PoolConnectionProxy
Pool = asyncpg.Pool

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What asyncpg raises when the server is away, goes away, has no room or only reads, which says nothing about what was
asked."""


async def connect(url: str, *, size: int = 8) -> Pool:
    """A pool of at most ``size`` connections, all in UTC."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=60,
        max_inactive_connection_lifetime=30,
        server_settings={"timezone": "UTC", "application_name": "ucity", "jit": "off"},
        reset=_as_it_is,
    )


async def _as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nothing in place of asyncpg's five statements against what may be left in a session: nobody here leaves anything.

    A transaction that was not ended is rolled back all the same.
    """


@asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """A connection for a few statements. Raises Unavailable when the database is away."""
    try:
        async with pool.acquire(timeout=10) as connection:
            yield connection
    except LOST as error:
        if isinstance(error, ValueError):
            # asyncpg's own DataError: an argument that PostgreSQL has no way to hold.
            raise
        raise Unavailable("The city's database is not answering. Try again in a moment.", retry_after=2) from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection inside one transaction: all of it is stored, or nothing."""
    async with session(pool) as connection, connection.transaction():
        yield connection
