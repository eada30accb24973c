"""The earliest arrival with up to so many rides: a search in rounds, one a ride, over the lanes of a day.

The method is RAPTOR (Delling, Pape, Wagner, Werneck: Round-Based Public Transit Routing, 2012). Round k finds when each
platform can be reached with k rides: it goes once along each lane that calls where round k - 1 can get on sooner,
always in the earliest run that can be caught, and then to where one can get on from where one got off. Compiled; holds
no lock of the interpreter, so that several searches run at once.
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
    """How to change: from where one gets off, platform p, the rows ``first[p]:first[p + 1]``, shortest first. ``to``:
    where one gets on, ``seconds`` later, after so many ``metres`` on foot."""

    first: Longs
    to: Ints
    seconds: Ints
    metres: Ints


class Rules(NamedTuple):
    """What may be used: ``lane`` and ``platform`` hold 1 where it may; one walks at most ``walk`` metres between rides;
    nothing later than ``limit``."""

    lane: Bytes
    platform: Bytes
    walk: np.int32
    limit: np.int32


class Reach(NamedTuple):
    """Where a search goes: the lanes, the ways between them, and what of them may be used."""

    lanes: Lanes
    walks: Walks
    rules: Rules


class Found(NamedTuple):
    """Of each round (row) and platform (column): ``time`` when one gets off there, or can get on there, ``FAR`` when no
    sooner than before. Where one gets on, ``walked`` is where one has got off. Where one gets off, ``lane``, ``run``,
    ``board`` and ``alight`` (calls) are of the ride. ``goal`` is when the goal is reached in each round, ``last`` from
    where."""

    time: Ints
    walked: Ints
    lane: Ints
    run: Ints
    board: Ints
    alight: Ints
    goal: Ints
    last: Ints


class _Work(NamedTuple):
    """What a search works on. ``marked``: where one can get on sooner than before. ``target[0]``: nothing later is of
    use."""

    reach: Reach
    found: Found
    best: Ints
    marked: Bytes
    goal: Ints
    target: Ints
    is_pruned: bool


@njit(cache=True, nogil=True)
def earliest(reach, starts, goal, rounds, is_pruned):  # type: ignore[no-untyped-def]  # compiled
    """``starts``: second at which one can get on at each platform without a ride before, ``goal``: seconds from where
    one gets off to the goal; both ``FAR`` where not. ``is_pruned``: leave out what cannot reach the goal sooner; else
    every platform is sought."""
    platforms = len(goal)
    found = _nothing(rounds, platforms)
    best = starts.copy()
    marked = np.zeros(platforms, np.uint8)
    target = np.full(1, reach.rules.limit, np.int32)
    work = _Work(reach, found, best, marked, goal, target, is_pruned)
    for platform in range(platforms):
        if starts[platform] < FAR:
            found.time[0, platform] = starts[platform]
            marked[platform] = reach.rules.platform[platform]
    for rides in range(1, rounds + 1):
        queue, begin = queued(reach.lanes, reach.rules, marked)
        marked[:] = 0
        for lane in queue:
            _ride(work, lane, begin[lane], rides)
        _change(work, rides)
        if not marked.any():
            break
    return found


@njit(cache=True, nogil=True)
def _nothing(rounds, platforms):  # type: ignore[no-untyped-def]
    shape = (rounds + 1, platforms)
    return Found(
        np.full(shape, FAR, np.int32),
        np.full(shape, NOWHERE, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.full(rounds + 1, FAR, np.int32),
        np.full(rounds + 1, NOWHERE, np.int32),
    )


@njit(cache=True, nogil=True)
def queued(lanes, rules, marked):  # type: ignore[no-untyped-def]
    """The lanes that one can get on at a marked platform, and the first such call of each."""
    begin = np.full(len(lanes.run_first) - 1, FAR, np.int32)
    for on in np.flatnonzero(marked):
        for row in range(lanes.at_first[on], lanes.at_first[on + 1]):
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
def caught_near(lanes, lane, call, ready, run):  # type: ignore[no-untyped-def]
    """The same of all runs, looked for step by step from one that leaves about then."""
    calls = lanes.call_first[lane + 1] - lanes.call_first[lane]
    first, after = lanes.run_first[lane], lanes.run_first[lane + 1]
    base = lanes.time_first[lane] + call
    while run > first and lanes.departs[base + (run - 1 - first) * calls] >= ready:
        run -= 1
    while run < after and lanes.departs[base + (run - first) * calls] < ready:
        run += 1
    return run


@njit(cache=True, nogil=True)
def _ride(work, lane, begin, rides):  # type: ignore[no-untyped-def]
    lanes, rules, found = work.reach.lanes, work.reach.rules, work.found
    first, runs, after = lanes.call_first[lane], lanes.run_first[lane], lanes.run_first[lane + 1]
    calls = lanes.call_first[lane + 1] - first
    run, boarded = after, 0
    for call in range(begin, calls):
        off, on = lanes.off[first + call], lanes.on[first + call]
        if not rules.platform[on]:
            continue
        if run < after and lanes.alight[first + call]:
            time = lanes.arrives[lanes.time_first[lane] + (run - runs) * calls + call]
            if time < work.best[off] and time <= work.target[0]:
                found.time[rides, off] = work.best[off] = time
                found.lane[rides, off], found.run[rides, off] = lane, run
                found.board[rides, off], found.alight[rides, off] = boarded, call
                _arrive(work, rides, off, time)
        time = found.time[rides - 1, on]
        if time < FAR and lanes.board[first + call]:
            earlier = caught(lanes, lane, call, time, run)
            if earlier < run:
                run, boarded = earlier, call


@njit(cache=True, nogil=True)
def _arrive(work, rides, off, time):  # type: ignore[no-untyped-def]
    if work.goal[off] == FAR:
        return
    there = time + work.goal[off]
    if there <= work.target[0] and there < work.found.goal[: rides + 1].min():
        work.found.goal[rides], work.found.last[rides] = there, off
        if work.is_pruned:
            work.target[0] = there


@njit(cache=True, nogil=True)
def _change(work, rides):  # type: ignore[no-untyped-def]
    walks, rules, found = work.reach.walks, work.reach.rules, work.found
    for off in np.flatnonzero(found.time[rides] < FAR):
        left = found.time[rides, off]
        for row in range(walks.first[off], walks.first[off + 1]):
            on, time = walks.to[row], left + walks.seconds[row]
            if time > work.target[0]:
                break
            if time < work.best[on] and walks.metres[row] <= rules.walk and rules.platform[on]:
                found.time[rides, on] = work.best[on] = time
                found.walked[rides, on] = off
                work.marked[on] = 1


@njit(cache=True, nogil=True)
def rest(reach, ends, rounds):  # type: ignore[no-untyped-def]
    """Seconds that it takes at least from each platform to the goal, however well vehicles meet; ``FAR``: there is no
    way. ``reach`` is the other direction's, and ``ends`` are seconds from each platform to the goal without a ride.
    """
    least, before = ends.copy(), ends.copy()
    for _ in range(rounds):
        for lane in range(len(reach.lanes.run_first) - 1):
            if reach.rules.lane[lane]:
                _ride_at_best(reach.lanes, lane, before, least)
        _change_at_best(reach.walks, reach.rules, before, least)
        if (least == before).all():
            break
        before[:] = least
    return least


@njit(cache=True, nogil=True)
def _ride_at_best(lanes, lane, before, least):  # type: ignore[no-untyped-def]
    aboard = np.int64(2 * FAR)
    for call in range(lanes.call_first[lane], lanes.call_first[lane + 1]):
        off, on = lanes.off[call], lanes.on[call]
        if lanes.alight[call] and aboard + lanes.least[call] < least[off]:
            least[off] = aboard + lanes.least[call]
        if lanes.board[call] and before[on] < FAR:
            aboard = min(aboard, np.int64(before[on]) - lanes.least[call])


@njit(cache=True, nogil=True)
def _change_at_best(walks, rules, before, least):  # type: ignore[no-untyped-def]
    for off in np.flatnonzero(least < before):
        for row in range(walks.first[off], walks.first[off + 1]):
            if walks.metres[row] <= rules.walk:
                on = walks.to[row]
                least[on] = min(least[on], least[off] + walks.seconds[row])


@njit(cache=True, nogil=True)
def rest_aboard(reach, least):  # type: ignore[no-untyped-def]
    """Seconds that it takes at least from each call of each lane to the goal, once aboard. ``least``: of ``rest``."""
    lanes, rules = reach.lanes, reach.rules
    found = np.full(len(lanes.off), FAR, np.int32)
    for lane in range(len(lanes.run_first) - 1):
        ahead = np.int64(FAR)
        for call in range(lanes.call_first[lane + 1] - 1, lanes.call_first[lane] - 1, -1):
            if call + 1 < lanes.call_first[lane + 1]:
                ahead = min(np.int64(FAR), ahead + lanes.least[call + 1] - lanes.least[call])
            off = lanes.off[call]
            if lanes.alight[call] and rules.platform[off]:
                ahead = min(ahead, np.int64(least[off]))
            found[call] = ahead
    return found
