"""How every process of the city hears at once that a credential has changed: PostgreSQL's NOTIFY."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import asyncpg

CHANNEL = "ucity_credentials"
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What asyncpg raises when the database is away or goes away; the third where that happens while it logs in."""


class Announcement(NamedTuple):
    """``kind``: key or device. ``name``: the key's id or the device's name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


async def listen(url: str, heard: Callable[[Announcement], None], *, missed: Callable[[], None]) -> None:
    """Call ``heard`` for every change, until cancelled. Reconnects when the database comes back.

    ``missed`` is called whenever listening begins: changes before that were not heard.
    """
    while True:
        try:
            connection = await asyncpg.connect(url, server_settings={"application_name": "ucity credentials"})
            try:
                await _heed(connection, heard, missed)
            finally:
                await connection.close(timeout=1)
        except _AWAY:
            await asyncio.sleep(0.5)


async def _heed(
    connection: "asyncpg.Connection[asyncpg.Record]",
    heard: Callable[[Announcement], None],
    missed: Callable[[], None],
) -> None:
    gone = asyncio.Event()
    connection.add_termination_listener(lambda *_: gone.set())
    await connection.add_listener(CHANNEL, lambda *said: heard(_parsed(said[-1])))
    missed()
    await gone.wait()


def _parsed(payload: object) -> Announcement:
    kind, _, name = str(payload).partition(":")
    return Announcement(kind, name)
