"""What becomes of a day's trips: delays, trips that do not run, disturbances of whole lines. Pure calculations.

Every vehicle is late as vehicles are: a little at each leg, more in the rush and where a line is disturbed, catching up
slowly; never so late that it has no rest before its next trip. Buses do not leave a stop before their time.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ucity.blueprint import Mode
from ucity.demo.instruments import Ints
from ucity.demo.noise import Array, bell, chance
from ucity.demo.transit.days import date_of, is_rest
from ucity.demo.transit.timetable import HOUR, MANNERS, Manner, Timetable, timetable

_LEG, _START, _RUSH, _STUCK, _CANCELLED, _DISTURBED, _WHERE, _WHY = range(400, 408)
_TRIPS = 64
"""More than a block has of them; tells the trips of all blocks apart."""
_CATCH_UP = 0.92
"""How much of its delay a vehicle still has a leg later."""
_FASTEST = 0.87
"""How much of its time the fastest leg takes."""
_SHORTEST_STOP = 8.0
_EARLIEST = -40.0
_SLOTS = range(6 * HOUR, 22 * HOUR, 2 * HOUR)
CAUSES = ("construction", "accident", "demonstration", "weather")


@dataclass(frozen=True)
class Habits:
    """How a mode's vehicles become late: shares of a leg's time; shares of trips that do not run and that get stuck,
    and for how many seconds at most."""

    uneven: float
    rush: float
    cancelled: float
    stuck: float
    stuck_s: float


HABITS = {Mode.BUS: Habits(0.06, 0.10, 0.004, 0.05, 660.0), Mode.METRO: Habits(0.02, 0.01, 0.001, 0.01, 90.0)}


@dataclass(frozen=True)
class Disturbance:
    """A line on which all is slow for a while. Times in seconds after the day's midnight; ``share``: of each leg's time
    that is added."""

    number: int
    line: int
    since: int
    until: int
    cause: str
    share: float = 0.25


@dataclass(frozen=True, eq=False)
class Day:
    """A day's trips, in the order of blocks and then of time. Of trip n: ``block[n]``, ``trip[n]`` (which of the
    block's), ``pattern[n]``, ``start[n]`` (by the timetable), ``cancelled[n]``, ``served[n]``; its stops lie at
    ``first[n]`` to ``first[n + 1]`` in ``arrive`` and ``depart``, what happens, and ``due_in``, ``due_out``, what the
    timetable says. Times in seconds after the day's midnight."""

    number: int
    block: Ints
    trip: Ints
    pattern: Ints
    start: Ints
    cancelled: np.ndarray[tuple[int], np.dtype[np.bool_]]
    served: np.ndarray[tuple[int], np.dtype[np.bool_]]
    first: Ints
    arrive: Array
    depart: Array
    due_in: Array
    due_out: Array
    disturbances: tuple[Disturbance, ...]


@lru_cache(maxsize=2)
def running(seed: int, number: int) -> Day:
    """The day of this number."""
    table = timetable(seed)
    rest = is_rest(date_of(number))
    trips = [
        (block.number, n, 2 * block.line + direction, start, n < block.served)
        for block in table.blocks
        if block.daily or not rest
        for n, (direction, start) in enumerate(block.trips)
    ]
    block, trip, pattern, start, served = (np.array(column) for column in zip(*trips, strict=True))
    sizes = np.array([each.arrive.size for each in table.patterns])[pattern]
    first = np.concatenate([[0], np.cumsum(sizes)])
    arrive, depart, due_in, due_out = (np.empty(int(first[-1])) for _ in range(4))
    day = Day(
        number=number,
        block=block,
        trip=trip,
        pattern=pattern,
        start=start,
        cancelled=_cancelled(seed, table, number, block, trip),
        served=served,
        first=first,
        arrive=arrive,
        depart=depart,
        due_in=due_in,
        due_out=due_out,
        disturbances=disturbances(seed, table, number),
    )
    for each in range(len(table.patterns)):
        _fill(seed, table, day, each, rest=rest)
    return day


def _cancelled(
    seed: int, table: Timetable, number: int, block: Ints, trip: Ints
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A vehicle that does not run leaves out the way there and back, and so is where its next trip begins."""
    shares = np.array([HABITS[table.lines[each.line].mode].cancelled for each in table.blocks])[block]
    return chance(seed, _CANCELLED, number, block, trip // 2) < shares


def _fill(seed: int, table: Timetable, day: Day, number: int, *, rest: bool) -> None:
    """Write the times of all trips of one pattern."""
    pattern = table.patterns[number]
    mode = table.lines[pattern.line].mode
    own = np.flatnonzero(day.pattern == number)
    due_in, due_out = ((day.start[own, None] + each).astype(np.float64) for each in (pattern.arrive, pattern.depart))
    keys = day.block[own] * _TRIPS + day.trip[own]
    planned = due_out[:, :-1], due_in[:, 1:]
    slower = _slower(seed, (day.number, keys), planned, HABITS[mode], quiet=0.3 if rest else 1.0)
    for each in day.disturbances:
        if each.line == pattern.line:
            during = (due_out[:, :-1] >= each.since) & (due_out[:, :-1] < each.until)
            slower += np.where(during, each.share, 0.0) * (due_in[:, 1:] - due_out[:, :-1])
    begins = np.maximum(0.0, 25.0 * bell(seed, _START, day.number, keys))
    arrive, depart = _run(due_in, due_out, slower, begins, MANNERS[mode])
    cells = day.first[own, None] + np.arange(pattern.arrive.size)
    day.arrive[cells], day.depart[cells], day.due_in[cells], day.due_out[cells] = arrive, depart, due_in, due_out


def _slower(seed: int, keys: tuple[int, Ints], planned: tuple[Array, Array], habits: Habits, *, quiet: float) -> Array:
    """Seconds by which each leg takes longer than ``planned`` (when it begins, when it ends); shape (trips, legs).
    ``quiet``: how much of the rush there is."""
    day, trips = keys[0], keys[1][:, None]
    out, into = planned
    legs = np.arange(out.shape[1])
    hour = out / HOUR
    rush = np.exp(-(((hour - 8.2) / 1.3) ** 2)) + np.exp(-(((hour - 18.5) / 1.6) ** 2))
    share = habits.uneven * bell(seed, _LEG, day, trips, legs)
    share = share + habits.rush * quiet * rush * chance(seed, _RUSH, day, trips, legs)
    stuck_at = (chance(seed, _STUCK, day, trips) * legs.size / habits.stuck).astype(np.int64) == legs
    stuck = stuck_at * habits.stuck_s * (0.4 + 0.6 * chance(seed, _STUCK, day, trips, legs))
    return np.asarray(share * (into - out) + stuck, dtype=np.float64)


def _run(due_in: Array, due_out: Array, slower: Array, begins: Array, manner: Manner) -> tuple[Array, Array]:
    """When each trip arrives and departs; shape (trips, stops), whole seconds."""
    arrive, depart = due_in.copy(), due_out.copy()
    depart[:, 0] += np.minimum(begins, 60.0)
    for stop in range(1, due_in.shape[1]):
        leg = due_in[:, stop] - due_out[:, stop - 1]
        late = (depart[:, stop - 1] - due_out[:, stop - 1]) * _CATCH_UP + slower[:, stop - 1]
        late = np.clip(late, _EARLIEST, float(manner.latest))
        arrive[:, stop] = np.maximum(due_in[:, stop] + late, depart[:, stop - 1] + _FASTEST * leg)
        depart[:, stop] = np.maximum(due_out[:, stop], arrive[:, stop] + min(_SHORTEST_STOP, manner.dwell))
    depart[:, -1] = arrive[:, -1]
    arrive[:, 0] = np.minimum(arrive[:, 0], depart[:, 0])
    return np.round(arrive), np.round(depart)


def disturbances(seed: int, table: Timetable, number: int) -> tuple[Disturbance, ...]:
    """Those of a day: in most stretches of two hours, one line of buses."""
    buses = sum(line.mode is Mode.BUS for line in table.lines)
    found = []
    for slot, since in enumerate(_SLOTS):
        if chance(seed, _DISTURBED, number, slot) < 0.75:
            line = int(chance(seed, _WHERE, number, slot) * buses)
            cause = CAUSES[int(chance(seed, _WHY, number, slot) * len(CAUSES))]
            found.append(Disturbance(slot, line, since, since + 2 * HOUR, cause))
    return tuple(found)
