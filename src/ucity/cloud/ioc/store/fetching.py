"""Rows of the queries that clients ask for, within the time that these are given."""

from typing import Any

import asyncpg

from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.query.patterns import BadPattern
from ucity.errors import Forbidden

SECONDS = 10.0


class TooSlow(Forbidden):
    """The query takes longer than the city gives it."""


async def fetch(pool: Pool, sql: str, *arguments: Any) -> list[asyncpg.Record]:
    """Rows of a query. Raises TooSlow, or BadPattern for an expression that PostgreSQL does not take."""
    try:
        async with session(pool) as connection:
            try:
                return await connection.fetch(sql, *arguments, timeout=SECONDS)
            except TimeoutError:
                raise TooSlow(f"This query takes longer than {SECONDS:g} s. Select less.") from None
    except asyncpg.InvalidRegularExpressionError as error:
        raise BadPattern(f"This is no regular expression: {error}.") from error
