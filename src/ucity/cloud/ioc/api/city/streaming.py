"""Answers that are made while they are sent. A reader that has stopped reading does not hold up the city."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ucity.errors import TooSlow

PATIENCE = 30.0
"""Seconds for one piece to be taken."""


class Streamed(Response):
    """Sends ``pieces`` as they come; ends them when the reader is gone or takes nothing for ``patience`` seconds.

    ``until``: ends them too, for an answer that never ends by itself.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        media_type: str,
        *,
        headers: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
        until: asyncio.Event | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._pieces, self._patience, self._until = pieces, patience, until or asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with aclosing(self._pieces) as pieces:
            # The first piece comes before the status, so that an error in it can still be told.
            first = await anext(pieces, b"")
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            sending = asyncio.ensure_future(self._send(first, pieces, send))
            tasks = (sending, asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(self._until.wait()))
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    await sending
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, first: bytes, pieces: AsyncGenerator[bytes], send: Send) -> None:
        await self._give(send, first)
        async for piece in pieces:
            await self._give(send, piece)

    async def _give(self, send: Send, piece: bytes) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError as error:
            raise TooSlow("The answer is not being read.") from error


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
