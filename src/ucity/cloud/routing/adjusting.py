"""Scheduled runs moved to their expected times: only blocks of which something is told are made anew."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.cloud.routing.day import Block, block
from ucity.cloud.routing.timetable import Longs, Timetable, start_of


class Run(NamedTuple):
    """A run: the row of its trip, and the second of the epoch from which its times count."""

    trip: int
    clock: int


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is told of a run: when it makes its calls (seconds of the epoch), which of them it skips; or that it is off.

    Times never fall along the run, whatever a feed says.
    """

    arrives: Longs
    departs: Longs
    skipped: NDArray[np.bool_]
    is_off: bool = False


_OFF = Told(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_), is_off=True)


def told_of(timetable: Timetable, calls: pl.DataFrame, cancelled: pl.DataFrame) -> dict[Run, Told]:
    """What is told of each run. ``calls`` and ``cancelled`` as in ``boards.expected.Live``."""
    clocks = _Clocks(timetable)
    found = {}
    ordered = calls.sort("trip", "day", "shift", "call")
    columns = ordered.select(
        pl.col("arrives_expected").fill_null(-1), pl.col("departs_expected").fill_null(-1), "is_skipped"
    )
    arrives, departs, skipped = (column.to_numpy() for column in columns)
    begins = np.flatnonzero(ordered["call"].to_numpy() == 0)
    heads = ordered.select("trip", "day", "shift")[begins].rows()
    for (trip, day, shift), first in zip(heads, begins.tolist(), strict=True):
        run = Run(trip, clocks.of(trip, day, shift))
        rows = slice(first, first + int(timetable.first_call[trip + 1] - timetable.first_call[trip]))
        found[run] = _told(timetable, run, (arrives[rows], departs[rows]), skipped[rows])
    for trip, day, shift in cancelled.select("trip", "day", "shift").iter_rows():
        found[Run(trip, clocks.of(trip, day, shift))] = _OFF
    return found


class _Clocks:
    def __init__(self, timetable: Timetable) -> None:
        self._feeds = timetable.trips["feed"].to_numpy()
        self._zones = [feed.zone for feed in timetable.feeds]
        self._starts: dict[tuple[int, date], int] = {}

    def of(self, trip: int, day: date, shift: int) -> int:
        feed = int(self._feeds[trip])
        if (feed, day) not in self._starts:
            self._starts[feed, day] = start_of(self._zones[feed], day)
        return self._starts[feed, day] + shift


def _told(timetable: Timetable, run: Run, expected: tuple[Longs, Longs], skipped: NDArray[np.bool_]) -> Told:
    """Planned times where nothing is told (-1)."""
    rows = slice(timetable.first_call[run.trip], timetable.first_call[run.trip + 1])
    planned = (timetable.arrives[rows] + run.clock, timetable.departs[rows] + run.clock)
    times = [np.where(told >= 0, told, plan) for told, plan in zip(expected, planned, strict=True)]
    line = np.column_stack(times).ravel()
    known = np.flatnonzero(expected[1] >= 0)
    first = 2 * int(known[0]) if len(known) else 0
    line[first:] = np.maximum.accumulate(line[first:])
    line = np.minimum.accumulate(line[::-1])[::-1]
    return Told(line[0::2].copy(), line[1::2].copy(), skipped)


def adjusted(timetable: Timetable, blocks: Sequence[Block], epoch: int, runs: Mapping[Run, Told]) -> Sequence[Block]:
    """The blocks with these runs where they are expected; times in blocks count from ``epoch``."""
    if not runs:
        return blocks
    by_pattern = defaultdict[int, dict[Run, Told]](dict)
    for run, told in runs.items():
        by_pattern[int(timetable.pattern[run.trip])][run] = told
    made = list[Block]()
    for each in blocks:
        told_here = by_pattern.get(each.traits.pattern)
        made += _moved(each, told_here, epoch) if told_here else [each]
    return made


def _moved(of: Block, runs: Mapping[Run, Told], epoch: int) -> Iterator[Block]:
    keys = [Run(trip, clock) for trip, clock in zip(of.trip.tolist(), of.clock.tolist(), strict=True)]
    told = [runs.get(key) for key in keys]
    if not any(told):
        yield of
        return
    arrives, departs = of.arrives.copy(), of.departs.copy()
    groups = defaultdict[bytes, list[int]](list)
    for row, each in enumerate(told):
        if each is None:
            groups[b""].append(row)
        elif not each.is_off:
            arrives[row], departs[row] = each.arrives - epoch, each.departs - epoch
            groups[each.skipped.tobytes() if each.skipped.any() else b""].append(row)
    for skipped, rows in groups.items():
        yield with_skipped(of, np.frombuffer(skipped, np.bool_), np.array(rows), (arrives, departs))


def with_skipped(
    of: Block, skipped: NDArray[np.bool_], rows: NDArray[np.int64], times: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> Block:
    """Some rows of a block, with these arrivals and departures, without the calls that are skipped; none where it is
    empty."""
    traits = of.traits
    if len(skipped):
        served = (~skipped).astype(np.uint8)
        traits = replace(traits, board=traits.board * served, alight=traits.alight * served)
    return block(traits, of.trip[rows], of.ordinal[rows], of.clock[rows], [each[rows] for each in times])
