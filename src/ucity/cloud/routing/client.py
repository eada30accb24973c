"""The way asked for from another process: questions to whichever router is free, over the bus.

A router may be killed while it works. Its question is asked again, of the next one or of itself once it is back, until
the asker's patience ends; what comes then is Unavailable, with when to try again.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec
import nats.errors
from nats.aio.client import Client

from ucity.cloud.routing.refusals import NO_BUS, NO_ROUTER
from ucity.cloud.routing.wire import (
    CHANGED,
    CHECK,
    JOURNEYS,
    STATE,
    Check,
    Checked,
    Journeys,
    JourneysFound,
    Question,
    Refusal,
    Reply,
    RouterState,
    encode,
)
from ucity.errors import BadInput, Conflict, NotFound, TooManyRequests, UcityError, Unavailable, Unprocessable

PATIENCE = 8.0
"""Seconds for which an answer is waited for altogether."""
_ASK_AGAIN_AFTER = 2.0
"""Seconds after which a question is asked again: an answer seldom takes longer, and a killed router is back by then."""
_PAUSE = 0.2
_MOST_ROUTERS = 16
_LATER = {"Unavailable": Unavailable, "TooManyRequests": TooManyRequests}
_KINDS = {each.__name__: each for each in (BadInput, Conflict, NotFound, Unprocessable)}
_GONE = (nats.errors.Error, OSError)

Wanted = TypeVar("Wanted")


class Routing:
    """Asks routers; ``patience`` in seconds."""

    def __init__(self, bus: Client, *, patience: float = PATIENCE) -> None:
        self._bus, self._patience = bus, patience

    async def journeys(self, asked: Journeys) -> JourneysFound:
        """The ways there. Raises Conflict while the city has no timetable, Unavailable while no router answers,
        TooManyRequests while they have too much to do."""
        return await self.ask(JOURNEYS, asked, JourneysFound)

    async def check(self, asked: Check) -> Checked:
        """Whether a followed journey still holds. Raises as ``journeys`` does."""
        return await self.ask(CHECK, asked, Checked)

    async def states(self, *, within: float = 0.5) -> list[RouterState]:
        """How each router stands that tells of it within so many seconds."""
        found: list[RouterState] = []
        try:
            inbox = self._bus.new_inbox()
            heard = await self._bus.subscribe(inbox)
            await self._bus.publish(STATE, b"", reply=inbox)
            async with asyncio.timeout(within):
                async for message in heard.messages:
                    if message.data:  # without: the bus says that nobody listens
                        found.append(_state(message.data))
                    if not message.data or len(found) == _MOST_ROUTERS:
                        break
        except (TimeoutError, *_GONE):
            pass
        return found

    async def changes(self) -> AsyncIterator[None]:
        """Without end: once whenever journeys may have become other ones. Raises Unavailable when the bus is gone."""
        try:
            heard = await self._bus.subscribe(CHANGED, pending_msgs_limit=16)
            async for _ in heard.messages:
                yield
        except _GONE as error:
            raise Unavailable(NO_BUS) from error

    async def ask(self, subject: str, asked: Any, wanted: type[Wanted]) -> Wanted:
        """The answer of whichever router is free. Raises what the question raises there, Conflict while the city has no
        timetable, Unavailable while no router answers, TooManyRequests while they have too much to do."""
        ends = time.monotonic() + self._patience
        question = Question(
            id=secrets.token_hex(8), until=time.time() + self._patience, asked=msgspec.Raw(encode(asked))
        )
        message = encode(question)
        while (left := ends - time.monotonic()) > 0:
            try:
                answer = await self._bus.request(subject, message, timeout=min(left, _ASK_AGAIN_AFTER))
            except (nats.errors.NoRespondersError, *_GONE):
                await asyncio.sleep(min(_PAUSE, max(left, 0)))
                continue
            return _taken(_reply(answer.data), wanted)
        raise Unavailable(NO_ROUTER, retry_after=2)


_reply = msgspec.msgpack.Decoder(Reply).decode
_state = msgspec.msgpack.Decoder(RouterState).decode


def _taken(reply: Reply, wanted: type[Wanted]) -> Wanted:
    if reply.refused is not None:
        raise _error(reply.refused)
    return msgspec.msgpack.decode(reply.told, type=wanted)


def _error(refused: Refusal) -> UcityError:
    if later := _LATER.get(refused.kind):
        return later(refused.texts, retry_after=refused.retry_after)
    return _KINDS.get(refused.kind, UcityError)(refused.texts)
