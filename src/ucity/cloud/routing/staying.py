"""Vehicles that go on as another trip, with those who stay aboard.

To the search, whoever stays aboard is on one ride: ``staying`` makes blocks (``day.Block``) of runs that one vehicle
makes one after another, in which one gets on in the first and off in the last. ``apart`` takes such a ride apart again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from ucity.cloud.routing.chains import Ride
from ucity.cloud.routing.day import Block, Day, Parts, Traits, block
from ucity.cloud.routing.timetable import Ints, Timetable
from ucity.cloud.routing.vehicles import ground

MOST_TRIPS = 3
"""Through how many trips one may stay aboard."""
_INACCESSIBLE = 2


def staying(timetable: Timetable, blocks: Sequence[Block], follows: pl.DataFrame) -> list[Block]:
    """Blocks of those who stay aboard where runs in ``blocks`` follow one another (``vehicles``), as expected now.

    Where the next run would leave before its vehicle is there, nothing is known of them.
    """
    return list(_Runs(timetable, blocks).staying(follows)) if follows.height else []


def apart(day: Day, ride: Ride) -> list[Ride]:
    """The rides of single trips that a ride consists of: itself, unless one stays aboard."""
    of, rows = day.pieces[ride.lane]
    if of.parts is None:
        return [ride]
    row = rows[ride.run - day.lanes.run_first[ride.lane]]
    runs = [_run(day, *each) for each in zip(of.parts.trip[row], of.parts.clock[row], strict=True)]
    whole = [Ride(lane, run, 0, calls - 1, stays=True) for lane, run, calls in runs]
    first = replace(whole[0], board=ride.board, stays=False)
    return [first, *whole[1:-1], replace(whole[-1], alight=ride.alight - of.parts.seam)]


def _run(day: Day, trip: int, clock: int) -> tuple[int, int, int]:
    """Lane, run, and how many calls it makes."""
    run = int(np.flatnonzero((day.trip == trip) & (day.clock == clock))[0])
    lane = int(np.searchsorted(day.lanes.run_first, run, side="right")) - 1
    return lane, run, int(day.lanes.call_first[lane + 1] - day.lanes.call_first[lane])


class _Runs:
    """All runs of some blocks, numbered: run n is row ``row[n]`` of block ``whose[n]``."""

    def __init__(self, timetable: Timetable, blocks: Sequence[Block]) -> None:
        sizes = [len(each.trip) for each in blocks]
        self._timetable, self._blocks = timetable, blocks
        self._whose = np.repeat(np.arange(len(blocks), dtype=np.int32), sizes)
        self._row = np.concatenate([np.arange(size, dtype=np.int32) for size in sizes])
        self._begins = np.concatenate([each.departs[:, 0] for each in blocks])
        self._ends = np.concatenate([each.arrives[:, -1] for each in blocks])

    def staying(self, follows: pl.DataFrame) -> Iterator[Block]:
        """See ``staying``."""
        pairs = self._pairs(follows)
        chains = pairs
        for trips in range(2, MOST_TRIPS + 1):
            members, which = np.unique(self._whose[chains], axis=0, return_inverse=True)
            for number, blocks in enumerate(members):
                yield self._together(blocks, chains[which.ravel() == number])
            if trips < MOST_TRIPS:
                chains = _longer(chains, pairs)

    def _pairs(self, follows: pl.DataFrame) -> Ints:
        runs = pl.DataFrame(
            {
                "trip": np.concatenate([each.trip for each in self._blocks]),
                "clock": np.concatenate([each.clock for each in self._blocks]),
                "run": np.arange(len(self._row), dtype=np.int32),
            }
        )
        both = follows.join(runs, on=["trip", "clock"]).join(
            runs.select(pl.all().name.prefix("next_")), on=["next_trip", "next_clock"]
        )
        pairs: Ints = both.select("run", "next_run").to_numpy()
        return pairs[self._ends[pairs[:, 0]] <= self._begins[pairs[:, 1]]]

    def _together(self, members: Ints, chains: Ints) -> Block:
        """One block of runs one after another: ``chains`` are numbers of runs, a row each; ``members`` their blocks."""
        parts = [self._blocks[each] for each in members]
        rows = self._row[chains]
        first, last = parts[0], parts[-1]
        arrives = np.hstack([first.arrives[rows[:, 0]], last.arrives[rows[:, -1]]])
        departs = np.hstack([first.departs[rows[:, 0]], last.departs[rows[:, -1]]])
        seam = first.arrives.shape[1]
        arrives[:, seam] = np.maximum(arrives[:, seam], arrives[:, seam - 1])
        number = np.arange(len(rows), dtype=np.int32)
        made = block(
            _traits(self._timetable, [each.traits for each in parts]),
            number,
            first.ordinal[rows[:, 0]],
            first.clock[rows[:, 0]],
            [arrives, departs],
        )
        columns = list(zip(parts, rows.T, strict=True))
        trip = np.column_stack([each.trip[at] for each, at in columns])
        clock = np.column_stack([each.clock[at] for each, at in columns])
        return made.of_several(Parts(trip[made.trip], clock[made.trip], seam))


def _longer(chains: Ints, pairs: Ints) -> Ints:
    """Each chain with each run that follows its last one."""
    frame = pl.DataFrame({"last": chains[:, -1], "chain": np.arange(len(chains))})
    both = frame.join(pl.DataFrame({"last": pairs[:, 0], "next": pairs[:, 1]}), on="last")
    return np.column_stack([chains[both["chain"].to_numpy()], both["next"].to_numpy()])


def _traits(timetable: Timetable, parts: Sequence[Traits]) -> Traits:
    first, last = parts[0], parts[-1]
    ends = [ground(timetable, each.stop[[0, -1]]) for each in parts]
    between = sum(
        float(np.hypot(after[0][0] - before[0][1], after[1][0] - before[1][1])) for before, after in pairwise(ends)
    )
    metres = between + sum(float(each.along[-1]) for each in parts[:-1])
    return Traits(
        pattern=-1,
        mode=first.mode,
        wheelchair=max(parts, key=lambda each: each.wheelchair == _INACCESSIBLE).wheelchair,
        bicycles=max(parts, key=lambda each: each.bicycles == _INACCESSIBLE).bicycles,
        stop=np.concatenate((first.stop, last.stop)),
        off=np.concatenate((first.off, last.off)),
        on=np.concatenate((first.on, last.on)),
        # On before the end of the first trip and off after the beginning of the last: between them, it is for each trip
        # alone to say who gets on and off.
        board=np.concatenate((first.board[:-1], np.zeros(1 + len(last.board), np.uint8))),
        alight=np.concatenate((np.zeros(1 + len(first.alight), np.uint8), last.alight[1:])),
        along=np.concatenate((first.along, last.along + np.float32(metres))),
    )
