"""Sends what is queued: one task an endpoint, so that one that hangs or is dead never holds up another.

What is sent is made from the change and from what the subscription says and its owner may see now. Notices are taken
off the queue after they were sent, some together: whoever kills this has the last few sent again, with the same ids.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from ucity.cloud.ioc.share.notify.figures import DROPPED
from ucity.cloud.ioc.share.notify.rounds import TOGETHER, Desk, Round
from ucity.cloud.ioc.share.notify.shares import Shares, shares
from ucity.cloud.ioc.share.notify.troubles import Troubles
from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.notices import Endpoint
from ucity.errors import UcityError
from ucity.network.notify import Message, Sender, Senders

log = structlog.get_logger()
_LOOK_EVERY = 0.5
_LINGER = 5.0


@dataclass(eq=False)
class _Line:
    """One endpoint that is being sent to."""

    endpoint: str
    sender: Sender
    news: asyncio.Event = field(default_factory=asyncio.Event)
    troubles: Troubles = field(default_factory=Troubles)


class Delivery:
    """Sends for the shares of endpoints that this worker holds. ``run`` must be running."""

    def __init__(self, url: str, desk: Desk) -> None:
        self._url, self._desk = url, desk
        self._lines: dict[str, tuple[_Line, asyncio.Task[None]]] = {}
        self._look = asyncio.Event()

    def wake(self, endpoints: Iterable[str]) -> None:
        """Something was queued for these."""
        for each in endpoints:
            if each in self._lines:
                self._lines[each][0].news.set()
            else:
                self._look.set()

    async def run(self) -> None:
        """Send until cancelled; whatever is away is waited for."""
        while True:
            try:
                async with shares(self._url) as mine:
                    await self._serve(mine)
            except (*LOST, UcityError) as error:
                log.warning("sending waits", why=type(error).__name__)
            await asyncio.sleep(1)

    async def _serve(self, mine: Shares) -> None:
        try:
            while not mine.lost.is_set():
                self._look.clear()
                for endpoint in await self._desk.notices.waiting(mine.held, datetime.now(UTC)):
                    if endpoint in self._lines:
                        # Another worker may have queued it, which cannot tell us.
                        self._lines[endpoint][0].news.set()
                    else:
                        self._open(endpoint)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY):
                        await self._look.wait()
                await asyncio.sleep(0.02)
        finally:
            await self._close_all()

    async def _close_all(self) -> None:
        tasks = [task for _, task in self._lines.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._lines.clear()

    def _open(self, endpoint: str) -> None:
        line = _Line(endpoint, _Reluctant(self._desk.senders))
        self._lines[endpoint] = line, asyncio.create_task(self._line(line))

    async def _line(self, line: _Line) -> None:
        try:
            await self._drain(line)
        except (*LOST, UcityError) as error:
            log.warning("an endpoint waits", why=type(error).__name__)
            await asyncio.sleep(1)
        except Exception:
            log.exception("sending fails")
            await asyncio.sleep(5)
        finally:
            self._lines.pop(line.endpoint, None)
            await line.sender.close()
            self._look.set()

    async def _drain(self, line: _Line) -> None:
        """Send what waits, in order, until nothing has come for a while or the endpoint fails."""
        state = await self._desk.notices.endpoint(line.endpoint)
        if dropped := await self._desk.notices.cool(state):
            DROPPED.labels("cooldown").inc(dropped)
        while True:
            line.news.clear()
            held, well = await self._pass(line, state)
            if not well:
                return
            state = Endpoint(line.endpoint, None, 0, None)
            pause = _LINGER if held is None else max(0.0, (held - datetime.now(UTC)).total_seconds())
            try:
                async with asyncio.timeout(pause):
                    await line.news.wait()
            except TimeoutError:
                if held is None:
                    return

    async def _pass(self, line: _Line, state: Endpoint) -> tuple[datetime | None, bool]:
        """Send what waits; when the first that must not be sent yet may be, and whether the endpoint is well."""
        after, held = 0, None
        while batch := await self._desk.next(line.endpoint, after):
            work = Round(self._desk, line.sender, state, line.troubles)
            try:
                await work.through(batch)
            finally:
                await self._desk.settle(work.told)
            if work.failure is not None:
                await self._desk.notices.note(work.failure)
                return None, False
            if state.failures and work.told.done:
                state = Endpoint(line.endpoint, None, 0, None)
                await self._desk.notices.note(state)
            held = min(filter(None, (held, work.held)), default=None)
            after = batch[-1][0].seq
            if len(batch) < TOGETHER:
                break
        return held, True


class _Reluctant:
    """A sender that is made when the first message is sent: making it may fail like sending. What waits for a
    subscription that leads elsewhere by now has one of its own."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders
        self._sender: Sender | None = None
        self._uri = ""

    async def send(self, message: Message) -> bool:
        """See ``Sender``."""
        if self._uri != message.uri:
            await self.close()
        if self._sender is None:
            self._sender, self._uri = self._senders.to(message.uri), message.uri
        return await self._sender.send(message)

    async def close(self) -> None:
        """See ``Sender``."""
        if self._sender is not None:
            await self._sender.close()
        self._sender = None
