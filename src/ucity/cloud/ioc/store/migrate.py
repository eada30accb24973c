"""Brings a database to the newest revision. Migrations only go forward."""

from functools import cache
from pathlib import Path

import asyncpg

from ucity.cloud.ioc.store.database import LOST
from ucity.errors import Unavailable

NEWEST = "head"
_REVISIONS = Path(__file__).parent / "migrations" / "versions"


async def migrate(url: str, revision: str = NEWEST) -> None:
    """Upgrade the database at ``url`` (postgresql://...). Several processes may call it at once; one works.

    Raises Unavailable while the database is away.
    """
    if revision == NEWEST and await _is_at(url, newest_revision()):
        return
    # Loaded now and not before: of a city's processes, one finds something to do, once.
    from ucity.cloud.ioc.store.upgrade import upgrade  # noqa: PLC0415

    await upgrade(url, revision)


@cache
def newest_revision() -> str:
    """The last one of ``migrations/versions``, whose files begin with the number of theirs."""
    return max(file.name.partition("_")[0] for file in _REVISIONS.glob("[0-9]*_*.py"))


async def _is_at(url: str, revision: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return bool(await connection.fetchval("SELECT version_num FROM alembic_version") == revision)
        finally:
            await connection.close(timeout=5)
    except asyncpg.UndefinedTableError:
        return False
    except LOST as error:
        raise Unavailable("The city's database is not answering.") from error
