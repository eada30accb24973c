"""The earliest arrival with up to so many rides: a search in rounds, one a ride, over the lanes of a day.

The method is RAPTOR (Delling, Pape, Wagner, Werneck: Round-Based Public Transit Routing, 2012). Round k finds when each
stop can be reached with k rides: it goes once along each lane that calls at a stop which round k - 1 reached sooner,
always in the earliest run that can be caught, and then on foot from where one got off. Compiled; holds no lock of the
interpreter, so that several searches run at once.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ucity.cloud.routing.day import Lanes
from ucity.cloud.routing.timetable import Bytes, Ints, Longs

FAR = np.int32(2**30)
"""Later than any time, in seconds."""
NOWHERE = np.int32(-1)


class Walks(NamedTuple):
    """Ways on foot between stops: from s the rows ``first[s]:first[s + 1]``, shortest first."""

    first: Longs
    to: Ints
    seconds: Ints
    metres: Ints


class Rules(NamedTuple):
    """What may be used: ``lane`` and ``stop`` hold 1 where it may; ``change`` is how many seconds it takes at each stop
    to get on after a ride; a walk between stops takes at most ``walk`` seconds; nothing later than ``limit``."""

    lane: Bytes
    stop: Bytes
    change: Ints
    walk: np.int32
    limit: np.int32


class Reach(NamedTuple):
    """Where a search goes: the lanes, the ways on foot, and what of them may be used."""

    lanes: Lanes
    walks: Walks
    rules: Rules


class Found(NamedTuple):
    """Of each round (row) and stop (column): ``time`` when it is reached, ``FAR`` when no sooner than before;
    ``walked`` the stop that one walks from, or -1; and of the ride that ends there ``rode`` its time and its lane, run
    and calls. ``goal`` is when the goal is reached in each round, ``last`` from which stop."""

    time: Ints
    walked: Ints
    rode: Ints
    lane: Ints
    run: Ints
    board: Ints
    alight: Ints
    goal: Ints
    last: Ints


class _Work(NamedTuple):
    """What a search works on. ``target[0]``: nothing later is of use."""

    reach: Reach
    found: Found
    best: Ints
    marked: Bytes
    goal: Ints
    target: Ints
    is_pruned: bool


@njit(cache=True, nogil=True)
def earliest(reach, starts, goal, rounds, is_pruned):  # type: ignore[no-untyped-def]  # compiled
    """``starts``: second at which each stop is reached without a ride, ``goal``: seconds from each stop to the goal;
    both ``FAR`` where not. ``is_pruned``: leave out what cannot reach the goal sooner; else every stop is sought."""
    stops = len(goal)
    found = _nothing(rounds, stops)
    # Not the starts: who may not walk any farther has to ride on from a stop, also where walking there was as quick.
    best = np.full(stops, FAR, np.int32)
    marked = np.zeros(stops, np.uint8)
    target = np.full(1, reach.rules.limit, np.int32)
    work = _Work(reach, found, best, marked, goal, target, is_pruned)
    for stop in range(stops):
        if starts[stop] < FAR:
            found.time[0, stop] = starts[stop]
            marked[stop] = reach.rules.stop[stop]
    for rides in range(1, rounds + 1):
        queue, begin = queued(reach.lanes, reach.rules, marked)
        marked[:] = 0
        for lane in queue:
            _ride(work, lane, begin[lane], rides)
        _walk(work, rides)
        if not marked.any():
            break
    return found


@njit(cache=True, nogil=True)
def _nothing(rounds, stops):  # type: ignore[no-untyped-def]
    shape = (rounds + 1, stops)
    return Found(
        np.full(shape, FAR, np.int32),
        np.full(shape, NOWHERE, np.int32),
        np.full(shape, FAR, np.int32),
        np.full(shape, NOWHERE, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.full(rounds + 1, FAR, np.int32),
        np.full(rounds + 1, NOWHERE, np.int32),
    )


@njit(cache=True, nogil=True)
def queued(lanes, rules, marked):  # type: ignore[no-untyped-def]
    """The lanes that call at a marked stop, and the first such call of each."""
    begin = np.full(len(lanes.run_first) - 1, FAR, np.int32)
    for stop in np.flatnonzero(marked):
        for row in range(lanes.at_first[stop], lanes.at_first[stop + 1]):
            lane = lanes.at_lane[row]
            if rules.lane[lane]:
                begin[lane] = min(begin[lane], lanes.at_call[row])
    return np.flatnonzero(begin < FAR), begin


@njit(cache=True, nogil=True)
def caught(lanes, lane, call, ready, before):  # type: ignore[no-untyped-def]
    """The first run of a lane that leaves its call at ``ready`` or later; ``before`` when that is none before it."""
    calls = lanes.call_first[lane + 1] - lanes.call_first[lane]
    first = lanes.run_first[lane]
    base = lanes.time_first[lane] + call
    low, high = first, before
    while low < high:
        middle = (low + high) // 2
        if lanes.departs[base + (middle - first) * calls] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _ride(work, lane, begin, rides):  # type: ignore[no-untyped-def]
    lanes, rules, found = work.reach.lanes, work.reach.rules, work.found
    first, runs, after = lanes.call_first[lane], lanes.run_first[lane], lanes.run_first[lane + 1]
    calls = lanes.call_first[lane + 1] - first
    run, boarded = after, 0
    for call in range(begin, calls):
        stop = lanes.stop[first + call]
        if not rules.stop[stop]:
            continue
        if run < after and lanes.alight[first + call]:
            time = lanes.arrives[lanes.time_first[lane] + (run - runs) * calls + call]
            if time < work.best[stop] and time <= work.target[0]:
                found.time[rides, stop] = found.rode[rides, stop] = work.best[stop] = time
                found.walked[rides, stop] = NOWHERE
                found.lane[rides, stop], found.run[rides, stop] = lane, run
                found.board[rides, stop], found.alight[rides, stop] = boarded, call
                work.marked[stop] = 1
                _arrive(work, rides, stop, time)
        time = found.time[rides - 1, stop]
        if time < FAR and lanes.board[first + call]:
            ready = time + (rules.change[stop] if rides > 1 else 0)
            earlier = caught(lanes, lane, call, ready, run)
            if earlier < run:
                run, boarded = earlier, call


@njit(cache=True, nogil=True)
def _arrive(work, rides, stop, time):  # type: ignore[no-untyped-def]
    if work.goal[stop] == FAR:
        return
    there = time + work.goal[stop]
    if there <= work.target[0] and there < work.found.goal[: rides + 1].min():
        work.found.goal[rides], work.found.last[rides] = there, stop
        if work.is_pruned:
            work.target[0] = there


@njit(cache=True, nogil=True)
def _walk(work, rides):  # type: ignore[no-untyped-def]
    walks, rules, found = work.reach.walks, work.reach.rules, work.found
    for stop in np.flatnonzero(work.marked):
        left = found.rode[rides, stop]
        for row in range(walks.first[stop], walks.first[stop + 1]):
            time = left + walks.seconds[row]
            if walks.seconds[row] > rules.walk or time > work.target[0]:
                break
            to = walks.to[row]
            if time < work.best[to] and rules.stop[to]:
                found.time[rides, to] = work.best[to] = time
                found.walked[rides, to] = stop
                work.marked[to] = 1


@njit(cache=True, nogil=True)
def rest(reach, ends, rounds):  # type: ignore[no-untyped-def]
    """Seconds that it takes at least from each stop to the goal, however well vehicles meet; ``FAR``: there is no way.

    ``reach`` is the other direction's, and ``ends`` are seconds from each stop to the goal without a ride.
    """
    least, before = ends.copy(), ends.copy()
    for _ in range(rounds):
        for lane in range(len(reach.lanes.run_first) - 1):
            if reach.rules.lane[lane]:
                _ride_at_best(reach.lanes, lane, before, least)
        _walk_at_best(reach.walks, reach.rules, before, least)
        if (least == before).all():
            break
        before[:] = least
    return least


@njit(cache=True, nogil=True)
def _ride_at_best(lanes, lane, before, least):  # type: ignore[no-untyped-def]
    aboard = np.int64(2 * FAR)
    for call in range(lanes.call_first[lane], lanes.call_first[lane + 1]):
        stop = lanes.stop[call]
        if lanes.alight[call] and aboard + lanes.least[call] < least[stop]:
            least[stop] = aboard + lanes.least[call]
        if lanes.board[call] and before[stop] < FAR:
            aboard = min(aboard, np.int64(before[stop]) - lanes.least[call])


@njit(cache=True, nogil=True)
def _walk_at_best(walks, rules, before, least):  # type: ignore[no-untyped-def]
    ridden = least.copy()
    for stop in np.flatnonzero(ridden < before):
        for row in range(walks.first[stop], walks.first[stop + 1]):
            if walks.seconds[row] > rules.walk:
                break
            least[walks.to[row]] = min(least[walks.to[row]], ridden[stop] + walks.seconds[row])


@njit(cache=True, nogil=True)
def rest_aboard(reach, least):  # type: ignore[no-untyped-def]
    """Seconds that it takes at least from each call of each lane to the goal, once aboard. ``least``: of ``rest``."""
    lanes, rules = reach.lanes, reach.rules
    found = np.full(len(lanes.stop), FAR, np.int32)
    for lane in range(len(lanes.run_first) - 1):
        ahead = np.int64(FAR)
        for call in range(lanes.call_first[lane + 1] - 1, lanes.call_first[lane] - 1, -1):
            if call + 1 < lanes.call_first[lane + 1]:
                ahead = min(np.int64(FAR), ahead + lanes.least[call + 1] - lanes.least[call])
            stop = lanes.stop[call]
            if lanes.alight[call] and rules.stop[stop]:
                ahead = min(ahead, np.int64(least[stop]))
            found[call] = ahead
    return found
