"""Journeys that people are on: looked at whenever something may have changed, until they end.

Nothing of them is kept but while a connection is open. What is told is what is new; a follower that is slow hears
of the newest state next.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from ucity.blueprint import Position
from ucity.cloud.routing.client import Routing
from ucity.cloud.routing.wire import Check, Checked, Followed
from ucity.errors import Conflict, NotFound, UcityError

log = structlog.get_logger()
AT_A_TIME = 4
"""Looks at the same time, so that followers leave room for those who ask for a way."""
LOOK_EVERY = 30.0
"""Seconds between two looks when nothing has changed: time passes, and a connection becomes hopeless."""
HEARTBEAT = 15.0
PAUSE = 2.0
"""Seconds between two looks at the same journey, however often things change."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Follower:
    """``patience``: seconds of delay at the end that do not break the journey."""

    journey: Followed
    patience: float
    here: Position | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Following:
    """All followers of this process; ``run`` must be running."""

    def __init__(self, routing: Routing, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self._routing, self._clock = routing, clock
        self._events: dict[int, asyncio.Event] = {}
        self._looks = asyncio.Semaphore(AT_A_TIME)

    async def run(self) -> None:
        """Wake the followers at each change, until cancelled."""
        while True:
            try:
                async for _ in self._routing.changes():
                    for event in self._events.values():
                        event.set()
            except UcityError as error:
                log.warning("followers wait", why=error.detail)
            await asyncio.sleep(1)

    async def watch(self, follower: Follower) -> AsyncGenerator[Checked | None]:
        """How the journey stands, at once and then whenever that has changed; None as a sign of life. Ends with the
        journey. The first look may raise what ``Routing.check`` raises."""
        now = await self._look(follower, None)
        event = self._events[id(follower)] = follower.news
        told = None
        try:
            while True:
                if _shown(now) != told:
                    told = _shown(now)
                    yield now
                if now.is_over:
                    return
                async for _ in _beats(event):
                    yield None
                event.clear()
                now = await self._again(follower, now)
        finally:
            del self._events[id(follower)]

    async def _again(self, follower: Follower, before: Checked) -> Checked:
        try:
            return await self._look(follower, before)
        except (Conflict, NotFound):
            raise
        except UcityError as error:
            log.info("a followed journey could not be looked at", why=error.detail)
            return before

    async def _look(self, follower: Follower, before: Checked | None) -> Checked:
        told = (before.broken.reason, before.broken.leg) if before and before.broken else None
        asked = Check(
            journey=follower.journey, now=self._clock(), patience=follower.patience, here=follower.here, told=told
        )
        async with self._looks:
            return await self._routing.check(asked)


async def _beats(event: asyncio.Event) -> AsyncGenerator[None]:
    """Until it is time to look again; now and then a beat."""
    await asyncio.sleep(PAUSE)
    left = LOOK_EVERY
    while left > 0:
        try:
            async with asyncio.timeout(min(left, HEARTBEAT)):
                await event.wait()
                return
        except TimeoutError:
            left -= HEARTBEAT
            yield


def _shown(now: Checked) -> tuple[object, ...]:
    """What a follower would see: a new one is worth telling."""
    broken = (now.broken.reason, now.broken.leg) if now.broken else None
    minutes = tuple((round(leg.departs.timestamp(), -1), round(leg.arrives.timestamp(), -1)) for leg in now.legs)
    alerts = tuple((each.leg, each.disturbance.key) for each in now.alerts)
    return broken, now.is_over, minutes, alerts
