"""What alerts take out of the search: where, and while, they tell of ``NO_SERVICE``.

    closures = closures_of(timetable, told.alerts, added)
    blocks, ended = closures.without(blocks, epoch)

An alert about a stop leaves it out: nobody gets on or off there while the alert is active, and vehicles go on. One
about lines or trips, without a stop, ends their runs: from the first call on that falls into an active period they do
not run, so that a run which would begin in it is none. An alert without periods is active for as long as it is told.
One that names nothing closes nothing: it is not valid. Source: GTFS Realtime reference, Alert and EntitySelector.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ucity.cloud.routing.added import Added
from ucity.cloud.routing.adjusting import Run, with_skipped
from ucity.cloud.routing.boards.expected import ToldAlert
from ucity.cloud.routing.boards.selecting import Selected, selected
from ucity.cloud.routing.day import Block
from ucity.cloud.routing.timetable import Ints, Timetable, start_of

NO_SERVICE = "NO_SERVICE"
_LONG_AGO, _NEVER = -(2**62), 2**62
Bools = NDArray[np.bool_]
_Key = tuple[str, int]


class _Trips:
    """The trips that ``Block.trip`` means: rows of the timetable, and -1 - n for the n-th that was added."""

    def __init__(self, timetable: Timetable, added: Sequence[Added]) -> None:
        self._timetable = timetable
        # At the end and turned round, so that negative numbers count from there.
        routes = [-1 if each.route is None else each.route for each in reversed(added)]
        self.route: Ints = np.concatenate([timetable.trips["route"].to_numpy(), np.array(routes, np.int32)])
        directions = timetable.trips["direction"].fill_null(-1).to_numpy()
        self.direction: Ints = np.concatenate([directions, np.full(len(added), -1)]).astype(np.int32)
        self._added = [each.key for each in added]

    def numbers(self, key: str) -> list[int]:
        """Of a trip, and of one that was added in its place."""
        row = self._timetable.trip_rows.get(key)
        return [*([] if row is None else [row]), *(-1 - n for n, each in enumerate(self._added) if each == key)]

    def begins(self, of: Block) -> list[int | None]:
        """Seconds of its service day at which each run begins by the timetable; None of one that was added."""
        return [
            None if trip < 0 else self._begins(trip, clock, date.fromordinal(day))
            for trip, clock, day in zip(of.trip.tolist(), of.clock.tolist(), of.ordinal.tolist(), strict=True)
        ]

    def _begins(self, trip: int, clock: int, day: date) -> int:
        table = self._timetable
        zone = table.feeds[table.trips["feed"][trip]].zone
        return int(table.departs[table.first_call[trip]]) + clock - start_of(zone, day)


@dataclass(frozen=True, slots=True, eq=False)
class _Closure:
    """``periods``: seconds of the epoch, from the first to before the second. ``trips``: numbers; None: any."""

    what: Selected
    trips: Sequence[int] | None
    periods: tuple[tuple[int, int], ...]

    def runs(self, trips: _Trips, of: Block) -> Bools:
        """Of each run, whether all that is named is so, but for the stop."""
        what, found = self.what, np.ones(len(of.trip), bool)
        if self.trips is not None:
            found &= np.isin(of.trip, self.trips)
        if what.routes is not None:
            found &= np.isin(trips.route[of.trip], sorted(what.routes))
        if what.direction is not None:
            found &= trips.direction[of.trip] == what.direction
        if what.ordinal is not None:
            found &= of.ordinal == what.ordinal
        if what.start is not None:
            found &= [begins == what.start for begins in trips.begins(of)]
        return found

    def is_active(self, of: Block, epoch: int) -> Bools:
        """Of each call, whether it falls into a period."""
        arrives, departs = of.arrives.astype(np.int64) + epoch, of.departs.astype(np.int64) + epoch
        within = np.zeros(arrives.shape, bool)
        for start, end in self.periods:
            within |= (departs >= start) & (arrives < end)
        return within


class Closed(NamedTuple):
    """Of a block, a row a run and a column a call: ``skipped``, nobody gets on or off there, but the vehicle goes
    on; ``off``, the run has ended before."""

    skipped: Bools
    off: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Closures:
    """``at``: by a stop, else by a trip, else by a route that each is about: most runs are touched by none."""

    trips: _Trips
    at: Mapping[_Key, Sequence[_Closure]]

    def without(self, blocks: Sequence[Block], epoch: int) -> tuple[list[Block], frozenset[Run]]:
        """The blocks without what is closed, and the runs that end before their last call. Times in blocks count from
        ``epoch``."""
        left, ended = list[Block](), set[Run]()
        for each in blocks:
            closed = self.closed(each, epoch)
            left += _without(each, closed, ended) if closed else [each]
        return left, frozenset(ended)

    def closed(self, of: Block, epoch: int) -> Closed | None:
        """Which calls of a block are closed; None where none is."""
        skipped, off = np.zeros(of.arrives.shape, bool), np.zeros(of.arrives.shape, bool)
        for each in self._about(of):
            closed = each.runs(self.trips, of)[:, None] & each.is_active(of, epoch)
            if each.what.stops is None:
                off |= closed
            else:
                skipped |= closed & np.isin(of.traits.stop, sorted(each.what.stops))
        if not (off | skipped).any():
            return None
        off = np.logical_or.accumulate(off, axis=1)
        off[:, 0] |= off[:, 1]  # there would be nowhere to go from the first call
        return Closed(skipped, off)

    def _about(self, of: Block) -> list[_Closure]:
        named = (("stop", of.traits.stop), ("route", np.unique(self.trips.route[of.trip])), ("trip", of.trip))
        keys = {(kind, number) for kind, numbers in named for number in numbers.tolist()} & self.at.keys()
        return list({id(each): each for key in keys for each in self.at[key]}.values())


def _without(of: Block, closed: Closed, ended: set[Run]) -> Iterator[Block]:
    ended.update(Run(int(of.trip[row]), int(of.clock[row])) for row in np.flatnonzero(closed.off[:, -1]))
    kept = np.flatnonzero(~closed.off[:, 0])
    for pattern, rows in _alike((closed.off | closed.skipped)[kept]):
        yield with_skipped(of, pattern, kept[rows], (of.arrives, of.departs))


def closures_of(timetable: Timetable, alerts: Iterable[ToldAlert], added: Sequence[Added]) -> Closures | None:
    """What these alerts close; None where that is nothing. ``added``: the runs that are not in the timetable."""
    trips, at = _Trips(timetable, added), defaultdict[_Key, list[_Closure]](list)
    for told in alerts:
        if told.alert.effect == NO_SERVICE:
            periods = tuple(map(_seconds, told.alert.periods)) or ((_LONG_AGO, _NEVER),)
            for named in told.alert.informed:
                if what := selected(timetable, told.feed, named):
                    closure = _Closure(what, trips.numbers(what.trip) if what.trip else None, periods)
                    for key in _keys(closure):
                        at[key].append(closure)
    return Closures(trips, dict(at)) if at else None


def _keys(closure: _Closure) -> list[_Key]:
    what = closure.what
    if what.stops is not None:
        return [("stop", row) for row in what.stops]
    if closure.trips is not None:
        return [("trip", number) for number in closure.trips]
    return [("route", row) for row in what.routes or ()]


def _seconds(period: tuple[datetime | None, datetime | None]) -> tuple[int, int]:
    start, end = period
    return int(start.timestamp()) if start else _LONG_AGO, int(end.timestamp()) if end else _NEVER


def _alike(rows: Bools) -> Iterator[tuple[Bools, NDArray[np.int64]]]:
    """Rows that are the same, with their numbers."""
    patterns, which = np.unique(rows, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(which.ravel() == number)
