"""Brings a database to the newest revision. Migrations only go forward."""

import asyncio
import sys
from functools import cache
from pathlib import Path
from typing import Final

import asyncpg

from ucity.cloud.ioc.store.database import LOST
from ucity.errors import Unavailable

NEWEST = "head"
AWAY: Final = 75
"""With which the process that upgrades ends while the database is away."""
_REVISIONS = Path(__file__).parent / "migrations" / "versions"


async def migrate(url: str, revision: str = NEWEST) -> None:
    """Upgrade the database at ``url`` (postgresql://...). Several processes may call it at once; one works.

    Raises Unavailable while the database is away.
    """
    if revision == NEWEST and await _is_at(url, newest_revision()):
        return
    # In a process of its own: what it loads is needed once in months, and would stay in memory until then.
    words = (sys.executable, "-P", "-m", "ucity.cloud.ioc.store.upgrade", revision)
    process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE)
    try:
        await process.communicate(url.encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode == AWAY:
        raise Unavailable("The city's database is not answering.")
    if process.returncode:
        raise RuntimeError(f"The database could not be brought to revision {revision}; the reason is told above.")


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
