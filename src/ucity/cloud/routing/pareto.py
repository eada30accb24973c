"""All sensible ways: none is beaten by another in departure, arrival, rides, walking and carbon together.

The method is McRAPTOR (as in ``earliest``), with a bag of labels at each platform in place of one time. Departures
within a window are searched together: when one leaves is a criterion like the others. Walking and carbon are compared
in steps (``Window``), so that ways which hardly differ do not multiply. A label that can no longer reach the goal in
time with the rides that are left is dropped; ``latest`` says how late that is, and is from an ``earliest`` search back
(Delling, Dibbelt, Pajor: Fast and Exact Public Transit Routing with Restricted Pareto Sets, 2019).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ucity.cloud.routing.earliest import Reach, caught, caught_near, queued
from ucity.cloud.routing.timetable import Bytes, Ints, Longs

# Columns of a label.
STOP, ARRIVES, LEAVES, WALK, GRAMS, RIDES, BEFORE, LANE, RUN, BOARD, ALIGHT, NEXT, WALK_STEP, GRAMS_STEP = range(14)
COLUMNS = 14
ON_FOOT = -1
"""In ``LANE``: a change, with or without a walk."""
AT_GOAL = -3
"""In ``LANE``: the way to the destination; ``RUN`` is its number among the ends."""
_GONE = -9
MOST_LABELS = 400_000
"""More are not made: the answer is then incomplete, but it comes."""
_MOST_ABOARD = 512
"""Ways to be on one lane at once; those beyond are the last found."""


class Ends(NamedTuple):
    """Ways between the origin (or the destination) and stops: several may lead to one stop."""

    stop: Ints
    seconds: Ints
    walk: Ints
    """Metres on foot."""
    grams: Ints


class Window(NamedTuple):
    """When one may leave, at least and at most (seconds), for how long one may be under way, and which metres on foot
    and grams of carbon make a difference."""

    start: np.int32
    end: np.int32
    longest: np.int32
    walk_step: np.int32
    grams_step: np.int32


class Task(NamedTuple):
    """What is sought; ``starts`` are where one gets on, ``ends`` where one gets off. ``carbon``: grams a metre on each
    lane. ``latest[k, p]``: the second at which one has to be at platform p to reach the goal in time with k more rides.
    ``rest``: seconds that it takes at least from each platform, ``aboard``: from each call of each lane."""

    reach: Reach
    starts: Ends
    ends: Ends
    carbon: NDArray[np.float32]
    window: Window
    latest: Ints
    rest: Ints
    aboard: Ints


class _Bags(NamedTuple):
    """Labels, and the first of each platform's; the last bag is the goal's. ``size[0]`` labels are there. In a bag, the
    labels of later rounds stand before those of earlier ones.

    ``front`` holds the best of the goal's labels once more, side by side, since each way to be aboard is compared with
    them at each call: ``size[1]`` rows of when one arrives, leaves, and the steps of walking and carbon.
    """

    labels: NDArray[np.int32]
    first: Ints
    front: NDArray[np.int32]
    size: Longs


class _Aboard(NamedTuple):
    """Ways to be aboard a lane's runs: run, leaves, walk, grams less those of the lane up to boarding, label, call, and
    the steps of walk and grams."""

    lane: int
    rides: int
    rows: NDArray[np.int32]
    size: Longs


class _Work(NamedTuple):
    """The task, the rows of its starts and ends by platform, and where one can get on with new labels."""

    task: Task
    access: tuple[Longs, Longs]
    egress: tuple[Longs, Longs]
    marked: Bytes


@njit(cache=True, nogil=True)
def pareto(task):  # type: ignore[no-untyped-def]  # compiled for the arrays that it is given
    """Labels, one a row, and the first of those (chained by ``NEXT``) that reach the goal."""
    rounds, platforms = task.latest.shape[0] - 1, task.latest.shape[1]
    labels, first = np.empty((4096, COLUMNS), np.int32), np.full(platforms + 1, -1, np.int32)
    bags = _Bags(labels, first, np.empty((64, 4), np.int32), np.zeros(2, np.int64))
    marked = np.zeros(platforms, np.uint8)
    work = _Work(task, _by_platform(task.starts, platforms), _by_platform(task.ends, platforms), marked)
    for on in task.starts.stop:
        marked[on] = task.reach.rules.platform[on]
    rows = np.empty((_MOST_ABOARD, 8), np.int32)
    for rides in range(1, rounds + 1):
        fresh = bags.size[0]
        queue, begin = queued(task.reach.lanes, task.reach.rules, marked)
        marked[:] = 0
        for lane in queue:
            bags = _along(work, _Aboard(lane, rides, rows, np.zeros(1, np.int64)), bags, begin[lane])
        bags = _change(work, bags, rides, fresh)
        if not marked.any():
            break
    return bags.labels, bags.first[platforms]


@njit(cache=True, nogil=True)
def _by_platform(ends, platforms):  # type: ignore[no-untyped-def]
    """(first, rows): the rows of ``ends`` at platform p are ``rows[first[p]:first[p + 1]]``."""
    first = np.zeros(platforms + 1, np.int64)
    for platform in ends.stop:
        first[platform + 1] += 1
    return np.cumsum(first), np.argsort(ends.stop, kind="mergesort")


@njit(cache=True, nogil=True)
def _along(work, aboard, bags, begin):  # type: ignore[no-untyped-def]
    """Go along a lane: get off and on at each call."""
    lanes, rules = work.task.reach.lanes, work.task.reach.rules
    first = lanes.call_first[aboard.lane]
    for call in range(begin, lanes.call_first[aboard.lane + 1] - first):
        if not rules.platform[lanes.on[first + call]]:
            continue
        if aboard.size[0]:
            bags = _alight(work, aboard, bags, call)
        if lanes.board[first + call]:
            if aboard.rides == 1:
                _set_out(work, aboard, call)
            else:
                _get_on(work, aboard, bags, call)
    return bags


@njit(cache=True, nogil=True)
def _set_out(work, aboard, call):  # type: ignore[no-untyped-def]
    """Get on as the first ride: into each run that can be caught by leaving within the window."""
    lanes, starts, window, lane = work.task.reach.lanes, work.task.starts, work.task.window, aboard.lane
    on = lanes.on[lanes.call_first[lane] + call]
    calls = lanes.call_first[lane + 1] - lanes.call_first[lane]
    first, after = lanes.run_first[lane], lanes.run_first[lane + 1]
    grams = work.task.carbon[lane] * lanes.along[lanes.call_first[lane] + call]
    for row in range(work.access[0][on], work.access[0][on + 1]):
        number = work.access[1][row]
        run = caught(lanes, lane, call, window.start + starts.seconds[number], after)
        while run < after:
            leaves = lanes.departs[lanes.time_first[lane] + (run - first) * calls + call] - starts.seconds[number]
            if leaves > window.end:
                break
            _board(aboard, (run, leaves, starts.walk[number], starts.grams[number] - grams, number, call), window)
            run += 1


@njit(cache=True, nogil=True)
def _get_on(work, aboard, bags, call):  # type: ignore[no-untyped-def]
    """Get on after another ride: with each label that the round before has left at this platform."""
    lanes, lane = work.task.reach.lanes, aboard.lane
    after = lanes.run_first[lane + 1]
    grams = work.task.carbon[lane] * lanes.along[lanes.call_first[lane] + call]
    labels, row = bags.labels, bags.first[lanes.on[lanes.call_first[lane] + call]]
    run = -1
    while row >= 0 and labels[row, RIDES] == aboard.rides - 1:
        ready = labels[row, ARRIVES]
        run = caught(lanes, lane, call, ready, after) if run < 0 else caught_near(lanes, lane, call, ready, run)
        if run < after:
            way = (run, labels[row, LEAVES], labels[row, WALK], labels[row, GRAMS] - grams, row, call)
            _board(aboard, way, work.task.window)
        row = labels[row, NEXT]


@njit(cache=True, nogil=True)
def _board(aboard, way, window):  # type: ignore[no-untyped-def]
    """Keep a way to be aboard unless another is as good in everything; forget those that it is as good as."""
    rows = aboard.rows
    run, leaves, walk, grams = way[0], way[1], way[2] // window.walk_step, int(way[3]) // window.grams_step
    for row in range(aboard.size[0]):
        if rows[row, 0] <= run and rows[row, 1] >= leaves and rows[row, 6] <= walk and rows[row, 7] <= grams:
            return
    kept = 0
    for row in range(aboard.size[0]):
        if not (run <= rows[row, 0] and leaves >= rows[row, 1] and walk <= rows[row, 6] and grams <= rows[row, 7]):
            if kept != row:
                rows[kept] = rows[row]
            kept += 1
    if kept < _MOST_ABOARD:
        rows[kept, 0], rows[kept, 1], rows[kept, 2], rows[kept, 3] = run, leaves, way[2], int(way[3])
        rows[kept, 4], rows[kept, 5], rows[kept, 6], rows[kept, 7] = way[4], way[5], walk, grams
        kept += 1
    aboard.size[0] = kept


@njit(cache=True, nogil=True)
def _alight(work, aboard, bags, call):  # type: ignore[no-untyped-def]
    """Get off with each way to be aboard; where the goal is near, also go there.

    Ways that cannot come to anything any more are forgotten (they cannot at a later call either: the rest of the way
    shrinks no faster than one rides).
    """
    lanes, window, latest, lane = work.task.reach.lanes, work.task.window, work.task.latest, aboard.lane
    first = lanes.call_first[lane]
    off, calls = lanes.off[first + call], lanes.call_first[lane + 1] - first
    burnt = work.task.carbon[lane] * lanes.along[first + call]
    label, rows, kept = np.zeros(COLUMNS, np.int32), aboard.rows, 0
    for row in range(aboard.size[0]):
        run, leaves = rows[row, 0], rows[row, 1]
        arrives = lanes.arrives[lanes.time_first[lane] + (run - lanes.run_first[lane]) * calls + call]
        there = arrives + work.task.aboard[first + call]
        if there - leaves > window.longest:
            continue
        _fill(
            label, (off, arrives, leaves, rows[row, 2], int(rows[row, 3] + burnt), aboard.rides, rows[row, 4]), window
        )
        if _is_hopeless(bags, label, there):
            continue
        if kept != row:
            rows[kept] = rows[row]
        kept += 1
        in_time = arrives <= latest[latest.shape[0] - 1 - aboard.rides, off]
        if in_time and lanes.alight[first + call] and arrives + work.task.rest[off] - leaves <= window.longest:
            label[LANE], label[RUN], label[BOARD], label[ALIGHT] = lane, run, rows[kept - 1, 5], call
            bags, at = _put(bags, off, label)
            if at >= 0:
                bags = _arrive(work, bags, at)
    aboard.size[0] = kept
    return bags


@njit(cache=True, nogil=True)
def _arrive(work, bags, at):  # type: ignore[no-untyped-def]
    """Go from where a label gets off to the goal, in each way that is near enough."""
    ends, window, latest = work.task.ends, work.task.window, work.task.latest
    off, arrives, leaves, walk, grams, rides = bags.labels[at, :6]
    label = np.zeros(COLUMNS, np.int32)
    for row in range(work.egress[0][off], work.egress[0][off + 1]):
        number = work.egress[1][row]
        there = arrives + ends.seconds[number]
        if there - leaves <= window.longest:
            goal = latest.shape[1]
            way = (goal, there, leaves, walk + ends.walk[number], grams + ends.grams[number], rides, at)
            _fill(label, way, window)
            label[LANE], label[RUN] = AT_GOAL, number
            bags, at_goal = _put(bags, goal, label)
            if at_goal >= 0:
                bags = _to_front(bags, label)
    return bags


@njit(cache=True, nogil=True)
def _fill(label, way, window):  # type: ignore[no-untyped-def]
    label[STOP], label[ARRIVES], label[LEAVES], label[WALK], label[GRAMS], label[RIDES], label[BEFORE] = way
    label[WALK_STEP], label[GRAMS_STEP] = way[3] // window.walk_step, way[4] // window.grams_step


@njit(cache=True, nogil=True)
def _change(work, bags, rides, fresh):  # type: ignore[no-untyped-def]
    """Go from where one got off in this round to where one can get on."""
    walks, rules, latest = work.task.reach.walks, work.task.reach.rules, work.task.latest
    left = latest.shape[0] - 1 - rides
    if left == 0:
        return bags
    label = np.zeros(COLUMNS, np.int32)
    for row in range(fresh, bags.size[0]):
        off, arrives, leaves, walk, grams = bags.labels[row, :5]
        if bags.labels[row, LANE] < 0 or off == _GONE:
            continue
        for way in range(walks.first[off], walks.first[off + 1]):
            on, there = walks.to[way], arrives + walks.seconds[way]
            at_best = there + work.task.rest[on]
            if there > latest[left, on] or at_best - leaves > work.task.window.longest:
                continue
            if walks.metres[way] > rules.walk or not rules.platform[on]:
                continue
            _fill(label, (on, there, leaves, walk + walks.metres[way], grams, rides, row), work.task.window)
            label[LANE], label[RUN] = ON_FOOT, way
            if _is_hopeless(bags, label, at_best):
                continue
            bags, at = _put(bags, on, label)
            if at >= 0:
                work.marked[on] = 1
    return bags


@njit(cache=True, nogil=True)
def _is_hopeless(bags, label, arrives):  # type: ignore[no-untyped-def]
    """Whether a label at the goal is as good as this one would be there then. What has beaten one label mostly beats
    the next one: it is moved ahead."""
    front = bags.front
    leaves, walk, grams = label[LEAVES], label[WALK_STEP], label[GRAMS_STEP]
    for row in range(bags.size[1]):
        if front[row, 0] <= arrives and front[row, 1] >= leaves and front[row, 2] <= walk and front[row, 3] <= grams:
            if row:
                for column in range(4):
                    front[row, column], front[row - 1, column] = front[row - 1, column], front[row, column]
            return True
    return False


@njit(cache=True, nogil=True)
def _to_front(bags, label):  # type: ignore[no-untyped-def]
    """Add a label at the goal in place of those that it is as good as, whatever their rides."""
    front, kept = bags.front, 0
    arrives, leaves, walk, grams = label[ARRIVES], label[LEAVES], label[WALK_STEP], label[GRAMS_STEP]
    for row in range(bags.size[1]):
        if arrives > front[row, 0] or leaves < front[row, 1] or walk > front[row, 2] or grams > front[row, 3]:
            front[kept] = front[row]
            kept += 1
    if kept == len(front):
        front = np.concatenate((front, np.empty_like(front)))
    front[kept, 0], front[kept, 1], front[kept, 2], front[kept, 3] = arrives, leaves, walk, grams
    bags.size[1] = kept + 1
    return _Bags(bags.labels, bags.first, front, bags.size)


@njit(cache=True, nogil=True)
def _is_beaten(bags, bag, label, arrives):  # type: ignore[no-untyped-def]
    """Whether a label in the bag is as good as this one arriving then (none has more rides: rounds come in order)."""
    labels, row = bags.labels, bags.first[bag]
    leaves, walk, grams = label[LEAVES], label[WALK_STEP], label[GRAMS_STEP]
    while row >= 0:
        if (
            labels[row, ARRIVES] <= arrives
            and labels[row, LEAVES] >= leaves
            and labels[row, WALK_STEP] <= walk
            and labels[row, GRAMS_STEP] <= grams
        ):
            return True
        row = labels[row, NEXT]
    return False


@njit(cache=True, nogil=True)
def _beats(label, labels, row):  # type: ignore[no-untyped-def]
    """Whether a label is as good as another in everything but rides."""
    return (
        label[ARRIVES] <= labels[row, ARRIVES]
        and label[LEAVES] >= labels[row, LEAVES]
        and label[WALK_STEP] <= labels[row, WALK_STEP]
        and label[GRAMS_STEP] <= labels[row, GRAMS_STEP]
    )


@njit(cache=True, nogil=True)
def _put(bags, bag, label):  # type: ignore[no-untyped-def]
    """Add the label unless it is beaten; take out those of its round that it beats. Also its row, or -1."""
    if bags.size[0] >= MOST_LABELS or _is_beaten(bags, bag, label, label[ARRIVES]):
        return bags, -1
    before, row = -1, bags.first[bag]
    while row >= 0 and bags.labels[row, RIDES] == label[RIDES]:
        following = bags.labels[row, NEXT]
        if _beats(label, bags.labels, row):
            bags.labels[row, STOP] = _GONE
            if before < 0:
                bags.first[bag] = following
            else:
                bags.labels[before, NEXT] = following
        else:
            before = row
        row = following
    at = bags.size[0]
    labels = bags.labels
    if at == len(labels):
        labels = np.concatenate((labels, np.empty_like(labels)))
    labels[at] = label
    labels[at, NEXT] = bags.first[bag]
    bags.first[bag] = at
    bags.size[0] = at + 1
    return _Bags(labels, bags.first, bags.front, bags.size), at
