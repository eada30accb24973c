"""What is expected in place of what is scheduled, as the days that the search goes through.

    live = Live()                                       # nothing is told: the timetable stands
    added = added_runs(timetable, messages)
    told = live_of(timetable, messages, added)          # ucity.cloud.routing.boards
    live = live.renewed(timetable, told, now, added)
    live.day(timetable, day)                            # that day's runs as they are expected

A new ``Live`` is made beside the one that answers, in a thread of its own: ``renewed`` also makes the days that the old
one is asked for, so that no question waits for them. It shares the scheduled days with the old one, and only works on
patterns of trips that something is told of. What was told more than ten minutes before ``now`` is not believed: renew
every minute, also when a feed is silent. Delays go on along a trip as GTFS-Realtime says; cancelled runs are gone;
nobody gets on or off where a stop is skipped; runs that were added are there. What alerts close is left out
(``closures``) for as long as they are told and active.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from ucity.cloud.routing.added import Added, blocks_of_added
from ucity.cloud.routing.adjusting import Run, Told, adjusted, told_of
from ucity.cloud.routing.boards.expected import TOO_OLD
from ucity.cloud.routing.boards.expected import Live as Expected
from ucity.cloud.routing.closures import Closures, closures_of
from ucity.cloud.routing.day import Block, Day, blocks_of, day_of, epoch_of
from ucity.cloud.routing.staying import staying
from ucity.cloud.routing.timetable import Timetable, runs_on
from ucity.cloud.routing.vehicles import following

_DAYS_KEPT = 4


class _Kept:
    """A day of a timetable, once it is made."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable, self.lock = timetable, threading.Lock()
        self.day: Day | None = None


class Days:
    """Days by date, each made once, those forgotten that were not asked for longest. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[date, _Kept] = {}

    def get(self, timetable: Timetable, day: date, make: Callable[[Timetable, date], Day]) -> Day:
        """The day; who asks for it while it is being made waits, and nobody else does."""
        with self._lock:
            kept = self._days.pop(day, None)
            if kept is None or kept.timetable is not timetable:
                kept = _Kept(timetable)
            self._days[day] = kept
            while len(self._days) > _DAYS_KEPT:
                del self._days[next(iter(self._days))]
        with kept.lock:
            if kept.day is None:
                kept.day = make(timetable, day)
            return kept.day

    def known(self) -> list[date]:
        """The days that are there."""
        with self._lock:
            return list(self._days)


@dataclass(frozen=True, eq=False)
class Live:
    """See the module. ``runs``: what is told of runs of the timetable. ``added``: runs that are not in it.
    ``closures``: what alerts close."""

    runs: Mapping[Run, Told] = field(default_factory=dict)
    added: Sequence[Added] = ()
    closures: Closures | None = None
    told: Expected = field(default_factory=Expected)
    scheduled: Days = field(default_factory=Days)
    expected: Days = field(default_factory=Days)

    def renewed(self, timetable: Timetable, told: Expected, now: datetime, added: Sequence[Added] = ()) -> "Live":
        """What is told now in place of what was told before. Takes up to seconds: not for an event loop."""
        fresh = pl.col("told_at") >= now - TOO_OLD
        runs = told_of(timetable, told.calls.filter(fresh), told.cancelled.filter(fresh))
        more = tuple(each for each in added if each.told_at >= now - TOO_OLD)
        live = Live(runs, more, closures_of(timetable, told.alerts, more), told, self.scheduled)
        for day in self.expected.known():
            live.day(timetable, day)
        return live

    def day(self, timetable: Timetable, day: date) -> Day:
        """The runs around a day as they are expected. The first question for a day waits until it is made."""
        return self.expected.get(timetable, day, self._made)

    def planned(self, timetable: Timetable, day: date) -> Day:
        """The runs around a day as the timetable has them."""
        return self.scheduled.get(timetable, day, scheduled)

    def is_told(self, run: Run) -> bool:
        """Whether a real-time feed speaks of this run."""
        return run in self.runs

    def _made(self, timetable: Timetable, day: date) -> Day:
        planned = self.planned(timetable, day)
        blocks = adjusted(timetable, planned.blocks, planned.epoch, self.runs)
        more = blocks_of_added(timetable, enumerate(self.added), planned.epoch)
        if blocks is planned.blocks and not more and not self.closures:
            return planned
        blocks, follows = [*blocks, *more], planned.follows
        if self.closures:
            blocks, ended = self.closures.without(blocks, planned.epoch)
            follows = _after_others(follows, ended)
        return _day(timetable, day, blocks, follows)


def scheduled(timetable: Timetable, day: date) -> Day:
    """The day as the timetable has it."""
    runs = [runs_on(timetable, day + timedelta(days=shift)) for shift in (-1, 0, 1)]
    return _day(timetable, day, blocks_of(timetable, epoch_of(day), runs), following(timetable, runs))


def _after_others(follows: pl.DataFrame, ended: Collection[Run]) -> pl.DataFrame:
    """Which runs follow others than these: nobody stays aboard of what has ended."""
    over = pl.DataFrame(list(ended), schema={"trip": follows.schema["trip"], "clock": pl.Int64}, orient="row")
    return follows.join(over, on=["trip", "clock"], how="anti", maintain_order="left")


def _day(timetable: Timetable, day: date, blocks: Sequence[Block], follows: pl.DataFrame) -> Day:
    return day_of(day, blocks, staying(timetable, blocks, follows), follows, len(timetable.platforms.stop))
