"""A process of its own that runs one rule over a city's change feed, for the fault tests to kill.

The rule counts: for every reading that it is given it draws a lot, and tells it by an event, a reading of a stream of
its own and a row of records. So an effect that was stored twice would be there twice, or with another lot, which a rule
that computes the same result again would hide. Of the table of records each writing is counted, too: a row that takes
another's place leaves no other trace.

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

import polars as pl

from ucity.blueprint import Effects, Event, Given, Key, KeyKind, Kind, Measure, Records, Rule, Stream
from ucity.blueprint.frames import rows, shaped
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Change, Committer, Feed, Pool, connect, transaction
from ucity.cloud.ioc.store.records import make_tables
from ucity.cloud.ioc.store.rush import Rush
from ucity.services import catalogue

STATIONS = catalogue().streams["air_quality/stations"]
STANDS_BACK = 0.5  # seconds
KIND = ContextVar("KIND", default="followed")
TITLE = {"ko": "시험", "en": "Test"}
LOT = Measure(key="lot", title=TITLE, kind=Kind.TEXT)
COUNTS = Stream(name="counts", entity_type="Counted", title=TITLE, measures=(LOT,), derived=True)
COUNTED = Records(
    name="test_counted",
    title=TITLE,
    key=(Key(name="station"), Key(name="observed_at", kind=KeyKind.TIME)),
    measures=(LOT,),
)
WRITINGS = """
CREATE TABLE IF NOT EXISTS records.test_writings (lot text NOT NULL);
CREATE OR REPLACE FUNCTION records.test_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO records.test_writings VALUES (new.lot); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER test_written AFTER INSERT OR UPDATE ON records.test_counted
FOR EACH ROW EXECUTE FUNCTION records.test_written();
"""


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
    """One event, one reading and one row a reading, with a lot that is never the same."""
    kind = KIND.get()
    drawn = given.new.frame.select(
        "subject", "observed_at", lot=pl.Series([uuid4().hex for _ in range(len(given.new))], dtype=pl.String)
    )
    events = (
        Event(key=row["lot"], kind=kind, at=datetime.now(UTC), subject=f"{row['subject']} {row['observed_at']}")
        for row in drawn.iter_rows(named=True)
    )
    return Effects(
        readings=(shaped(given.new.service, COUNTS, drawn),),
        events=tuple(events),
        records=(rows(COUNTED, drawn.rename({"subject": "station"})),),
    )


async def make_counted(pool: Pool) -> None:
    """The table of records, each writing of which is written down."""
    await make_tables(pool, (COUNTED,))
    async with transaction(pool) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
        await connection.execute(WRITINGS)


async def main(url: str) -> None:
    """Follow the feed of the database at ``url`` until killed."""
    pool = await connect(url)
    await make_counted(pool)
    committer = Committer(pool, lambda lons, _: [None for _ in lons])
    committer.rush = Rush(STANDS_BACK)
    announcements = Announcements(url)
    feed = Feed(pool, catalogue(), announcements)
    rule = Rule(name="test.counting", on=STATIONS.stream, then=count, writes=(COUNTS,), records=(COUNTED,))
    runner = Hurried(STATIONS.service, rule, catalogue(), pool, feed, committer, UTC)
    async with asyncio.TaskGroup() as group:
        group.create_task(announcements.run())
        group.create_task(runner.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
