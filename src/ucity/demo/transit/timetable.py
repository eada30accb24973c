"""The timetable: which vehicle is to be where and when, on working days and on days of rest. Pure calculations.

A block is one vehicle's work of a day: trips to and fro on its line, with a rest at either end. Blocks of a line follow
one another at even distances. Those with an even number go every day; the others come in between them by day, on
working days. One bus of each line goes all night. A block ends its day where it begins the next one.

Times are seconds after the midnight (Korean time) with which the service day began; they go on over 24 hours.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ucity.blueprint import Mode
from ucity.demo.instruments import Ints
from ucity.demo.noise import Array, chance
from ucity.demo.transit.network import Line, network

HOUR, DAY = 3600, 24 * 3600
DAY_BEGINS = 4 * HOUR - 1800
"""No trip of a service day begins before it, or is under way when the next day's begins."""


@dataclass(frozen=True)
class Manner:
    """How a mode is run. Speeds in km/h between stops, times in seconds; ``gain``: to come up to speed, and as long to
    stop; ``latest``: no vehicle is later than this; ``daily`` and ``busy``: between which times trips begin, every day
    and of the odd blocks."""

    slowest: float
    fastest: float
    gain: int
    dwell: int
    rest: int
    latest: int
    daily: tuple[int, int]
    busy: tuple[int, int]
    headway: int | None = None
    vehicles: int = 6


BUS = Manner(18.0, 35.0, 14, 20, 750, 690, (5 * HOUR, 23 * HOUR), (6 * HOUR + 1800, 20 * HOUR + 1800))
METRO = Manner(52.0, 62.0, 22, 30, 240, 150, (5 * HOUR + 300, 23 * HOUR + 1200), (6 * HOUR + 1800, 21 * HOUR), 300)
"""``headway``: the distance of blocks that is aimed at; the number of vehicles follows."""
MANNERS = {Mode.BUS: BUS, Mode.METRO: METRO}
NIGHT = (DAY_BEGINS + 900, 24 * HOUR + DAY_BEGINS)
"""Between which times the trips of the bus that goes all night begin and end."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A line in one direction. ``arrive`` and ``depart``: seconds after the trip begins, by stop; ``ways``: metres
    along the line's shape, falling in direction 1."""

    line: int
    direction: int
    arrive: Ints
    depart: Ints
    ways: Array


@dataclass(frozen=True, eq=False)
class Block:
    """``number``: among all blocks; ``daily``: also on days of rest; ``trips``: (direction, start) in order.
    ``served``: how many of them take passengers; the vehicle may have to go home empty after the last."""

    number: int
    line: int
    place: int
    daily: bool
    trips: tuple[tuple[int, int], ...]
    served: int


@dataclass(frozen=True, eq=False)
class Timetable:
    """``patterns``: of line n, 2n out and 2n + 1 back. Blocks of buses first: the k-th of line n is ``n + k * lines``,
    so that each bus's number is its block's."""

    lines: tuple[Line, ...]
    patterns: tuple[Pattern, ...]
    blocks: tuple[Block, ...]

    @property
    def buses(self) -> int:
        """How many blocks are of buses."""
        return sum(self.lines[block.line].mode is Mode.BUS for block in self.blocks)

    def trip_id(self, block: Block, trip: int) -> str:
        """Unique within the timetable: line, direction and the minute of departure."""
        direction, start = block.trips[trip]
        return f"{self.lines[block.line].id}-{direction}-{start // HOUR:02d}{start % HOUR // 60:02d}"


@cache
def timetable(seed: int) -> Timetable:
    """The timetable of this seed."""
    lines = network().lines
    patterns = [_pattern(seed, lines, n, direction) for n in range(len(lines)) for direction in (0, 1)]
    made = {n: _blocks(line, patterns[2 * n], patterns[2 * n + 1], n) for n, line in enumerate(lines)}
    buses = [n for n, line in enumerate(lines) if line.mode is Mode.BUS]
    order = [made[n][place] for place in range(BUS.vehicles) for n in buses]
    order += [block for n in made if n not in buses for block in made[n]]
    blocks = [Block(k, each.line, each.place, each.daily, each.trips, each.served) for k, each in enumerate(order)]
    return Timetable(lines, tuple(patterns), tuple(blocks))


def _pattern(seed: int, lines: tuple[Line, ...], number: int, direction: int) -> Pattern:
    line = lines[number]
    manner = MANNERS[line.mode]
    ways = line.stop_ways[::-1] if direction else line.stop_ways
    lengths = np.abs(np.diff(ways))
    pace = manner.slowest + (manner.fastest - manner.slowest) * chance(seed, number, direction, np.arange(lengths.size))
    pace /= 3.6
    legs = np.ceil((lengths / pace + np.minimum(manner.gain, lengths / pace)) / 10).astype(np.int64) * 10
    arrive = np.concatenate([[0], np.cumsum(legs + manner.dwell) - manner.dwell])
    depart = np.concatenate([[0], arrive[1:-1] + manner.dwell, arrive[-1:]])
    return Pattern(number, direction, arrive, depart, ways)


def _blocks(line: Line, out: Pattern, back: Pattern, number: int) -> list[Block]:
    """The blocks of one line, numbered within it: to and fro in a cycle that is a whole number of minutes for each."""
    manner = MANNERS[line.mode]
    least = int(out.arrive[-1] + back.arrive[-1]) + 2 * manner.rest
    vehicles = manner.vehicles if manner.headway is None else 2 * -(-least // (2 * manner.headway))
    headway = -(-least // (60 * vehicles)) * 60
    cycle = headway * vehicles
    # The return begins at a whole minute too, so that both directions have easy times.
    returns = -(-(int(out.arrive[-1]) + manner.rest) // 60) * 60
    lasts = (int(out.arrive[-1]), int(back.arrive[-1]))
    return [
        _block(line.mode, number, place, _Cycle(cycle, returns, headway * place + manner.daily[0], lasts))
        for place in range(vehicles)
    ]


@dataclass(frozen=True)
class _Cycle:
    """In seconds: how long it is, how long after the way out the way back begins, when one begins, how long each way
    lasts."""

    length: int
    returns: int
    begins: int
    lasts: tuple[int, int]


def _block(mode: Mode, number: int, place: int, cycle: _Cycle) -> Block:
    manner = MANNERS[mode]
    night, daily = mode is Mode.BUS and place == 0, place % 2 == 0
    begin, end = NIGHT if night else manner.daily if daily else manner.busy
    turns = range(-(DAY // cycle.length) - 1, DAY // cycle.length + 2)
    starts = [
        (direction, cycle.begins + turn * cycle.length + direction * cycle.returns)
        for turn in turns
        for direction in (0, 1)
    ]
    last = [end - lasts - manner.latest if night else end for lasts in cycle.lasts]
    fits = [(direction, start) for direction, start in starts if begin <= start <= last[direction]]
    if night:
        fits = fits[: len(fits) // 2 * 2]
    elif len(fits) % 2:
        fits.append(starts[starts.index(fits[-1]) + 1])
        return Block(place, number, place, daily, tuple(fits), len(fits) - 1)
    return Block(place, number, place, daily, tuple(fits), len(fits))
