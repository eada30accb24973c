"""Monthly partitions of the history, made when the first reading of a month arrives."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ucity.cloud.ioc.store.database import Connection, Pool, session

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 1, tzinfo=UTC)
"""Months with a partition of their own; times before and after have one each."""
_LOCK = 0x7563_6974_7902


def month_of(time: datetime) -> datetime:
    """The first instant of a time's month, in UTC."""
    return datetime(time.year, time.month, 1, tzinfo=UTC)


def month_after(month: datetime) -> datetime:
    """The first instant of the month that follows."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


async def _create(connection: Connection, month: datetime) -> None:
    name = f"observation_{month:%Y_%m}"
    if await connection.fetchval("SELECT to_regclass($1)", name):
        return
    bounds = f"FROM ('{month.isoformat()}') TO ('{month_after(month).isoformat()}')"
    # Made first and attached then: attaching does not wait for those who read or write other months.
    await connection.execute(f"CREATE TABLE {name} (LIKE observation INCLUDING ALL)")
    await connection.execute(f"ALTER TABLE observation ATTACH PARTITION {name} FOR VALUES {bounds}")


class Partitions:
    """Remembers which months exist, so that a commit asks the database only about new ones."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: set[datetime] = set()

    async def ensure(self, months: Iterable[datetime]) -> None:
        """Make the partitions of these months (first instants, UTC) where they are missing."""
        missing = sorted({month for month in months if FIRST <= month <= LAST} - self._known)
        if not missing:
            return
        async with session(self._pool) as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            for month in missing:
                await _create(connection, month)
        self._known.update(missing)
