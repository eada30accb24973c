"""Files that are sent in as a request's body, piece by piece, by senders that may be slow but not silent."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from ucity.errors import BadInput, TooSlow

SILENCE = 60.0
"""Seconds without a byte after which a sender is given up."""


async def pieces(request: Request, *, silence: float = SILENCE) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises TooSlow, and BadInput when the sender breaks off."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(silence):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise TooSlow(f"Nothing of the file has arrived for {silence:g} s.") from error
        except ClientDisconnect as error:
            raise BadInput("The sender has broken off.") from error
        if piece is None:
            return
        if piece:
            yield piece
