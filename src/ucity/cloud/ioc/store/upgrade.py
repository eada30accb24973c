"""Runs the migrations that a database lacks: ``python -m ucity.cloud.ioc.store.upgrade REVISION``, which ``migrate``
calls. The database's URL comes by standard input, where no other account can see it."""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.migrate import AWAY

_LOCK = 0x7563_6974_7901


def _configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_configuration(connection), revision)


async def upgrade(url: str, revision: str) -> bool:
    """Whether the database was there to upgrade. One process works, others at the same time wait for it."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as guard:
            await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            async with engine.connect() as connection:
                await connection.run_sync(_upgrade, revision)
                await connection.commit()
    except OSError:
        return False
    except DBAPIError as error:
        if not isinstance(error.orig and error.orig.__cause__, LOST):
            raise
        return False
    else:
        return True
    finally:
        await engine.dispose()


if __name__ == "__main__":
    sys.exit(None if asyncio.run(upgrade(sys.stdin.read(), sys.argv[1])) else AWAY)
