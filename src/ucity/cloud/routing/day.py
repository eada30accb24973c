"""One day's runs as what the search goes through: yesterday's, today's and tomorrow's, on one clock.

Runs that call at the same stops in the same way form a ``Block``. In it they stand in *lanes*: sequences in which each
run is nowhere earlier than the one before (where vehicles overtake each other, there are several). ``Lanes`` are all
blocks' lanes, one after another, as plain arrays; seconds count from ``Day.epoch``, a multiple of a day. ``turned``
makes the same with time and direction turned round, so that one search answers both "leave at" and "arrive by".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from ucity.cloud.routing.timetable import Bytes, Ints, Longs, Patterns, Runs, Timetable

NOT_HERE = 1
"""GTFS pickup and drop-off code: none."""
SEVERAL = -(2**31)
"""In place of a trip, of a run that is several trips one after another."""


class Lanes(NamedTuple):
    """All lanes. Lane l has the rows ``call_first[l]:call_first[l + 1]`` of ``off`` and ``on`` (the platforms where one
    gets off and on), ``board``, ``alight``, ``along`` and ``least`` (seconds from the first call, of the fastest run on
    each hop), and the runs ``run_first[l]:run_first[l
    + 1]``; its run r makes its call c at ``time_first[l] + (r - run_first[l]) * calls + c`` of ``arrives`` and
    ``departs``. At platform p one may get on the lanes ``at_lane``, at their call ``at_call``, in the rows
    ``at_first[p]:at_first[p + 1]``."""

    call_first: Longs
    off: Ints
    on: Ints
    board: Bytes
    alight: Bytes
    along: NDArray[np.float32]
    least: Ints
    run_first: Longs
    time_first: Longs
    arrives: Ints
    departs: Ints
    at_first: Longs
    at_lane: Ints
    at_call: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What is the same of all runs in a block. ``pattern`` is -1 where the timetable has none (for added trips)."""

    pattern: int
    mode: int
    wheelchair: int
    bicycles: int
    stop: Ints
    off: Ints
    on: Ints
    board: Bytes
    alight: Bytes
    along: NDArray[np.float32]


class Parts(NamedTuple):
    """What runs consist of, with those who stay aboard: a row a run, a column a trip. Of their calls, those before
    ``seam`` are the first trip's, the others the last one's; nobody gets on or off in between."""

    trip: Ints
    clock: Longs
    seam: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Runs with the same calls: a row a run, a column a call; ``lanes`` are row numbers, together all of them.

    ``trip`` is a row of the timetable's trips, or -1 - n for the n-th trip that was added to it. ``parts`` of runs that
    are several trips; their ``trip`` is ``SEVERAL``.
    """

    traits: Traits
    trip: Ints
    ordinal: Ints
    """Service day of each run, as ``date.toordinal`` has it."""
    clock: Longs
    """Second of the epoch from which the timetable's times of the run count."""
    arrives: Ints
    departs: Ints
    lanes: tuple[Ints, ...]
    parts: Parts | None = None

    def of_several(self, parts: Parts) -> "Block":
        """The same, of runs that consist of these."""
        return replace(self, trip=np.full_like(self.trip, SEVERAL), parts=parts)


@dataclass(frozen=True, eq=False)
class Day:
    """The runs around one day. ``trip``, ``ordinal`` and ``clock`` (see ``Block``) are of each run, in lanes' order;
    ``mode``, ``wheelchair``, ``bicycles`` and ``pattern`` of each lane; ``pieces`` the block and the rows of each lane.
    ``blocks`` are those of single trips; ``follows``: which runs follow which (``vehicles.following``)."""

    day: date
    epoch: int
    blocks: tuple[Block, ...]
    lanes: Lanes
    trip: Ints
    ordinal: Ints
    clock: Longs
    mode: Bytes
    wheelchair: Bytes
    bicycles: Bytes
    pattern: Ints
    pieces: tuple[tuple[Block, Ints], ...]
    follows: pl.DataFrame

    @cached_property
    def backward(self) -> Lanes:
        """The lanes turned round: lane, run and call n of m are m - 1 - n there, and times are negative."""
        return turned(self.lanes)


def epoch_of(day: date) -> int:
    """Second of the epoch from which a day's seconds count."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def blocks_of(timetable: Timetable, epoch: int, runs: Sequence[Runs]) -> list[Block]:
    """The runs of some service days in blocks, one a pattern."""
    trip = np.concatenate([each.trip for each in runs])
    clock = np.concatenate([each.clock for each in runs])
    ordinal = np.concatenate([np.full(len(each.trip), each.day.toordinal(), np.int32) for each in runs])
    patterns = timetable.pattern[trip]
    order = np.argsort(patterns, kind="stable")
    numbers, begins = np.unique(patterns[order], return_index=True)
    blocks = []
    for pattern, rows in zip(numbers.tolist(), np.split(order, begins[1:]), strict=False):
        traits = traits_of(timetable.patterns, pattern)
        calls = timetable.first_call[trip[rows]][:, None] + np.arange(len(traits.stop))
        start = (clock[rows] - epoch)[:, None]
        times = [(column[calls] + start).astype(np.int32) for column in (timetable.arrives, timetable.departs)]
        blocks.append(block(traits, trip[rows], ordinal[rows], clock[rows], times))
    return blocks


def traits_of(patterns: Patterns, pattern: int) -> Traits:
    """Of the runs of a pattern."""
    calls = slice(patterns.first[pattern], patterns.first[pattern + 1])
    return Traits(
        pattern=pattern,
        mode=int(patterns.mode[pattern]),
        wheelchair=int(patterns.wheelchair[pattern]),
        bicycles=int(patterns.bicycles[pattern]),
        stop=patterns.stop[calls],
        off=patterns.off[calls],
        on=patterns.on[calls],
        board=(patterns.pickup[calls] != NOT_HERE).astype(np.uint8),
        alight=(patterns.drop_off[calls] != NOT_HERE).astype(np.uint8),
        along=patterns.along[calls],
    )


def block(traits: Traits, trip: Ints, ordinal: Ints, clock: Longs, times: Sequence[Ints]) -> Block:
    """The runs in the order of their departures, in lanes; ``times`` are arrivals and departures."""
    order = np.lexsort((trip, times[0][:, -1], times[1][:, 0]))
    arrives, departs = times[0][order], times[1][order]
    lane = _lanes(arrives, departs)
    lanes = tuple(np.flatnonzero(lane == number).astype(np.int32) for number in range(int(lane.max(initial=-1)) + 1))
    return Block(traits, trip[order], ordinal[order], clock[order], arrives, departs, lanes)


@njit(cache=True, nogil=True)
def _lanes(arrives, departs):  # type: ignore[no-untyped-def]  # compiled for the arrays that it is given
    """The lane of each row: the first one whose last row is nowhere later."""
    runs, calls = arrives.shape
    lane = np.zeros(runs, np.int32)
    last = np.zeros(runs, np.int32)
    lanes = 0
    for run in range(runs):
        chosen = lanes
        for candidate in range(lanes):
            behind = True
            for call in range(calls):
                before = last[candidate]
                if arrives[before, call] > arrives[run, call] or departs[before, call] > departs[run, call]:
                    behind = False
                    break
            if behind:
                chosen = candidate
                break
        lane[run] = chosen
        last[chosen] = run
        lanes = max(lanes, chosen + 1)
    return lane


def day_of(day: date, blocks: Sequence[Block], several: Sequence[Block], follows: pl.DataFrame, platforms: int) -> Day:
    """The blocks of a day, one after another; ``several`` are those of runs that are several trips."""
    pieces = [(each, rows) for each in (*blocks, *several) for rows in each.lanes]
    traits = [each.traits for each, _ in pieces]
    runs = [len(rows) for _, rows in pieces]
    lengths = [len(trait.stop) for trait in traits]
    return Day(
        day=day,
        epoch=epoch_of(day),
        blocks=tuple(blocks),
        lanes=_laid_out(pieces, runs, lengths, platforms),
        trip=_joined((each.trip[rows] for each, rows in pieces), np.int32),
        ordinal=_joined((each.ordinal[rows] for each, rows in pieces), np.int32),
        clock=_joined((each.clock[rows] for each, rows in pieces), np.int64),
        mode=np.array([trait.mode for trait in traits], np.uint8),
        wheelchair=np.array([trait.wheelchair for trait in traits], np.uint8),
        bicycles=np.array([trait.bicycles for trait in traits], np.uint8),
        pattern=np.array([trait.pattern for trait in traits], np.int32),
        pieces=tuple(pieces),
        follows=follows,
    )


def _laid_out(pieces: list[tuple[Block, Ints]], runs: list[int], lengths: list[int], platforms: int) -> Lanes:
    traits = [each.traits for each, _ in pieces]
    call_first = _sums(lengths)
    on = _joined((trait.on for trait in traits), np.int32)
    board = _joined((trait.board for trait in traits), np.uint8)
    return Lanes(
        call_first=call_first,
        off=_joined((trait.off for trait in traits), np.int32),
        on=on,
        board=board,
        alight=_joined((trait.alight for trait in traits), np.uint8),
        along=_joined((trait.along for trait in traits), np.float32),
        least=_joined((_least(each, rows) for each, rows in pieces), np.int32),
        run_first=_sums(runs),
        time_first=_sums([run * length for run, length in zip(runs, lengths, strict=True)]),
        arrives=_joined((each.arrives[rows].ravel() for each, rows in pieces), np.int32),
        departs=_joined((each.departs[rows].ravel() for each, rows in pieces), np.int32),
        **_calls_at(call_first, on, board, platforms),
    )


def _least(of: Block, rows: Ints) -> Ints:
    hops = (of.arrives[rows, 1:] - of.departs[rows, :-1]).min(axis=0)
    return np.concatenate(([0], np.cumsum(np.maximum(hops, 0)))).astype(np.int32)


def _joined(arrays: Iterable[NDArray[np.generic]], kind: type) -> NDArray:  # type: ignore[type-arg]  # of that kind
    return np.concatenate([np.zeros(0, kind), *arrays]).astype(kind, copy=False)


def _sums(counts: Sequence[int]) -> Longs:
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64)


def _calls_at(call_first: Longs, on: Ints, board: Bytes, platforms: int) -> dict[str, NDArray]:  # type: ignore[type-arg]
    """Only calls at which one may get on: the search asks which lanes a platform leads to."""
    order = np.argsort(on, kind="stable")
    order = order[board[order] > 0]
    lane = np.repeat(np.arange(len(call_first) - 1), np.diff(call_first))
    call = np.arange(len(on)) - call_first[lane]
    return {
        "at_first": np.searchsorted(on[order], np.arange(platforms + 1)).astype(np.int64),
        "at_lane": lane[order].astype(np.int32),
        "at_call": call[order].astype(np.int32),
    }


def turned(lanes: Lanes) -> Lanes:
    """The lanes with direction and time turned round."""
    platforms = len(lanes.at_first) - 1
    call_first = (lanes.call_first[-1] - lanes.call_first[::-1]).copy()
    lengths = np.diff(lanes.call_first)
    last = np.repeat(lanes.call_first[1:] - 1, lengths)
    on, board = lanes.off[::-1].copy(), lanes.alight[::-1].copy()
    return Lanes(
        call_first=call_first,
        off=lanes.on[::-1].copy(),
        on=on,
        board=board,
        alight=lanes.board[::-1].copy(),
        along=(lanes.along[last] - lanes.along)[::-1].copy(),
        least=(lanes.least[last] - lanes.least)[::-1].copy(),
        run_first=(lanes.run_first[-1] - lanes.run_first[::-1]).copy(),
        time_first=(lanes.time_first[-1] - lanes.time_first[::-1]).copy(),
        arrives=-lanes.departs[::-1],
        departs=-lanes.arrives[::-1],
        **_calls_at(call_first, on, board, platforms),
    )
