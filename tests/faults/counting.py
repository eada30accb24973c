"""A process of its own that runs one rule over a city's change feed, for the fault tests to kill.

The rule counts: it tells a new event, with a new name each time, for every reading that it is given. So an effect that
was stored twice would be there twice, which a rule that computes the same result again would hide.
"""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

from ucity.blueprint import Effects, Event, Given, Rule
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Committer, Feed, connect
from ucity.services import catalogue

STATIONS = catalogue().streams["air_quality/stations"]


def count(given: Given) -> Effects:
    """One event a reading, never the same."""
    events = (
        Event(key=uuid4().hex, kind="counted", at=datetime.now(UTC), subject=f"{row['subject']} {row['observed_at']}")
        for row in given.new.frame.iter_rows(named=True)
    )
    return Effects(events=tuple(events))


async def main(url: str) -> None:
    """Follow the feed of the database at ``url`` until killed."""
    pool = await connect(url)
    committer = Committer(pool, lambda lons, _: [None for _ in lons])
    announcements = Announcements(url)
    feed = Feed(pool, catalogue(), announcements)
    rule = Rule(name="test.counting", on=STATIONS.stream, then=count)
    runner = RuleRunner(STATIONS.service, rule, catalogue(), pool, feed, committer)
    async with asyncio.TaskGroup() as group:
        group.create_task(announcements.run())
        group.create_task(runner.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
