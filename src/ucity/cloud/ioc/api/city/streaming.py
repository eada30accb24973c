"""Answers that are made while they are sent. A reader that has stopped reading does not hold up the city."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ucity.errors import TooSlow

PATIENCE = 30.0
"""Seconds for one piece to be taken."""


class Streamed(Response):
    """Sends ``pieces`` as they come; ends them when the reader is gone or takes nothing for ``patience`` seconds.

    ``watch``: for an answer that never ends by itself; entered before the first piece and left after the last. Any of
    its events ends the answer.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        media_type: str,
        *,
        headers: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
        watch: AbstractContextManager[Iterable[asyncio.Event]] | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._pieces, self._patience, self._watch = pieces, patience, watch or nullcontext(())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with aclosing(self._pieces) as pieces:
            with self._watch as ends:
                await self._serve(pieces, ends, receive, send)

    async def _serve(
        self, pieces: AsyncGenerator[bytes], ends: Iterable[asyncio.Event], receive: Receive, send: Send
    ) -> None:
        # The first piece comes before the status, so that an error in it can still be told.
        first = await anext(pieces, b"")
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(first, pieces, send))
        tasks = [sending, *map(asyncio.ensure_future, (_gone(receive), *(each.wait() for each in ends)))]
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
