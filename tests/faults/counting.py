"""A process of its own that runs one rule over a city's change feed, for the fault tests to kill.

The rule counts: it tells a new event, with a new name each time, for every reading that it is given. So an effect that
was stored twice would be there twice, which a rule that computes the same result again would hide.

By turns it is told that there is much to take in, so that it stands back and catches up, as a city's rules do under
load. The kind of an event tells which of both it was.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from uuid import uuid4

from ucity.blueprint import Effects, Event, Given, Rule
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Change, Committer, Feed, connect
from ucity.cloud.ioc.store.rush import Rush
from ucity.services import catalogue

STATIONS = catalogue().streams["air_quality/stations"]
STANDS_BACK = 0.5  # seconds
KIND = ContextVar("KIND", default="followed")


@dataclass(frozen=True)
class Hurried(RuleRunner):
    """A runner with much to take in after every second of its runs."""

    much: Iterator[bool] = field(default_factory=lambda: cycle((True, False)))

    async def take(self, place: int, changes: list[Change]) -> None:
        """As always, and then there is much to take in, or no longer."""
        await super().take(place, changes)
        self.committer.rush.tell("load", much=next(self.much))

    async def catch_up(self, place: int) -> None:
        """As always, and told in the events."""
        token = KIND.set("caught up")
        try:
            await super().catch_up(place)
        finally:
            KIND.reset(token)


def count(given: Given) -> Effects:
    """One event a reading, never the same."""
    kind = KIND.get()
    events = (
        Event(key=uuid4().hex, kind=kind, at=datetime.now(UTC), subject=f"{row['subject']} {row['observed_at']}")
        for row in given.new.frame.iter_rows(named=True)
    )
    return Effects(events=tuple(events))


async def main(url: str) -> None:
    """Follow the feed of the database at ``url`` until killed."""
    pool = await connect(url)
    committer = Committer(pool, lambda lons, _: [None for _ in lons])
    committer.rush = Rush(STANDS_BACK)
    announcements = Announcements(url)
    feed = Feed(pool, catalogue(), announcements)
    rule = Rule(name="test.counting", on=STATIONS.stream, then=count)
    runner = Hurried(STATIONS.service, rule, catalogue(), pool, feed, committer)
    async with asyncio.TaskGroup() as group:
        group.create_task(announcements.run())
        group.create_task(runner.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
