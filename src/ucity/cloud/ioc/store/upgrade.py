"""Runs the migrations that a database lacks. Apart from ``migrate``, because it takes much memory to load."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ucity.cloud.ioc.store.database import LOST
from ucity.errors import Unavailable

_LOCK = 0x7563_6974_7901


def _configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_configuration(connection), revision)


async def upgrade(url: str, revision: str) -> None:
    """See ``migrate``."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as guard:
            await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            async with engine.connect() as connection:
                await connection.run_sync(_upgrade, revision)
                await connection.commit()
    except OSError as error:
        raise Unavailable("The city's database is not answering.") from error
    except DBAPIError as error:
        if not isinstance(error.orig and error.orig.__cause__, LOST):
            raise
        raise Unavailable("The city's database is not answering.") from error
    finally:
        await engine.dispose()
