"""How a process of the city hears at once what others have committed: PostgreSQL's NOTIFY, all by one connection.

announcements = Announcements(url)
hear_credentials(announcements, authenticator.forget, missed=authenticator.forget_all)
await announcements.run()
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import asyncpg

CREDENTIALS = "ucity_credentials"
"""The channel on which changed credentials are announced."""
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What asyncpg raises when the database is away or goes away; the third where that happens while it logs in."""
_AGAIN_S = 0.5


class _Ear(NamedTuple):
    channel: str
    heard: Callable[[str], None]
    missed: Callable[[], None]


class Announcements:
    """What a process hears of. ``url``: of the database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ears: list[_Ear] = []

    def hear(self, channel: str, heard: Callable[[str], None], *, missed: Callable[[], None]) -> None:
        """Have ``heard`` called with each announcement in a channel; before ``run``.

        ``missed`` is called whenever listening begins, at first too: announcements before that were not heard.
        """
        self._ears.append(_Ear(channel, heard, missed))

    async def run(self) -> None:
        """Listen until cancelled; again when the database comes back."""
        named = {"application_name": "ucity announcements"}
        while True:
            try:
                connection = await asyncpg.connect(self._url, server_settings=named)
                try:
                    await self._listen(connection)
                finally:
                    await connection.close(timeout=1)
            except _AWAY:
                await asyncio.sleep(_AGAIN_S)

    async def _listen(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        gone = asyncio.Event()
        connection.add_termination_listener(lambda *_: gone.set())
        for ear in self._ears:
            await connection.add_listener(ear.channel, lambda *said, ear=ear: ear.heard(str(said[-1])))
        for ear in self._ears:
            ear.missed()
        await gone.wait()


class Announcement(NamedTuple):
    """A credential that has changed. ``kind``: key or device. ``name``: the key's id or the device's name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def hear_credentials(
    announcements: Announcements, heard: Callable[[Announcement], None], *, missed: Callable[[], None]
) -> None:
    """Have ``heard`` called for every credential that changes; see ``Announcements.hear``."""
    announcements.hear(CREDENTIALS, lambda said: heard(_parsed(said)), missed=missed)


def _parsed(said: str) -> Announcement:
    kind, _, name = said.partition(":")
    return Announcement(kind, name)
