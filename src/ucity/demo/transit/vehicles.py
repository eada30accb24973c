"""Where each vehicle of the simulated network is at any time, and how full. Pure calculations.

All legs of a day lie behind one another in the same columns, in the order of blocks and then of time, so that any
number of vehicles at any times are looked up at once.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from ucity.demo import PREFIX
from ucity.demo.instruments import Ints
from ucity.demo.motion import along
from ucity.demo.noise import Array, chance
from ucity.demo.transit.days import into_day, service_day
from ucity.demo.transit.running import Day, running
from ucity.demo.transit.timetable import DAY_BEGINS, HOUR, Block, Timetable, timetable

_APART = 1e7
"""Between the beginnings of two lines or blocks in the columns; longer than any in metres or seconds."""
_FULL = 450


def vehicle_id(table: Timetable, block: Block) -> str:
    """Of a bus, by its number among all; of a train, by its line and its number there."""
    if block.number < table.buses:
        return f"{PREFIX}bus-{block.number + 1:04d}"
    return f"{PREFIX}train-{table.lines[block.line].id[1:]}-{block.place + 1:02d}"


@dataclass(frozen=True, eq=False)
class _Ground:
    """All lines' shapes in one column: ``ways`` in metres with ``_APART`` times the line's number added, and the
    position in degrees at each."""

    ways: Array
    points: Array


@cache
def _ground(seed: int) -> _Ground:
    lines = timetable(seed).lines
    ways = np.concatenate([line.ways + n * _APART for n, line in enumerate(lines)])
    return _Ground(ways, np.concatenate([line.shape for line in lines]))


@dataclass(frozen=True, eq=False)
class Legs:
    """A day's ways from stop to stop. A row: ``keys``, when it begins, in seconds after midnight with ``_APART`` times
    the block's number added; from where, how far (metres), which way (1 out, -1 back), for how long; of which trip of
    the day, from which of its stops. The first row of a block stands for the rest before. Hundreds of thousands of
    rows a day, and so as narrow as they can be."""

    keys: Array
    starts: NDArray[np.float32]
    lengths: NDArray[np.float32]
    directions: NDArray[np.int8]
    lasts: NDArray[np.float32]
    trips: NDArray[np.int32]
    stops: NDArray[np.int16]


@lru_cache(maxsize=2)
def legs(seed: int, number: int) -> Legs:
    """All legs of the day of this number."""
    table, day = timetable(seed), running(seed, number)
    goes = np.flatnonzero(~day.cancelled)
    sizes = np.diff(day.first)[goes] - 1
    trip = np.repeat(goes, sizes)
    stop = np.arange(trip.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = day.first[trip] + stop
    offsets = np.cumsum([0, *(pattern.ways.size for pattern in table.patterns)])
    ways = np.concatenate([pattern.ways for pattern in table.patterns])
    place = offsets[day.pattern[trip]] + stop
    start, end = ways[place], ways[place + 1]
    begins, lasts = day.depart[at], day.arrive[at + 1] - day.depart[at]
    rest = _resting(table)
    still, block = np.zeros(rest.size), np.concatenate([np.arange(rest.size), day.block[trip]])
    begins = np.concatenate([still + DAY_BEGINS - HOUR, begins])
    keys = block * _APART + begins
    order = np.argsort(keys, kind="stable")
    return Legs(
        keys=keys[order],
        starts=np.concatenate([rest, start])[order].astype(np.float32),
        lengths=np.concatenate([still, np.abs(end - start)])[order].astype(np.float32),
        directions=np.concatenate([still + 1.0, np.sign(end - start)])[order].astype(np.int8),
        lasts=np.concatenate([still + 1.0, lasts])[order].astype(np.float32),
        trips=np.concatenate([np.full(rest.size, -1), trip])[order].astype(np.int32),
        stops=np.concatenate([np.zeros(rest.size, dtype=np.int64), stop])[order].astype(np.int16),
    )


@cache
def _resting(table: Timetable) -> Array:
    """Where each block begins its day, in metres along its line."""
    return np.array(
        [table.patterns[2 * block.line + (block.trips[0][0] if block.trips else 0)].ways[0] for block in table.blocks]
    )


def where(seed: int, block: Ints, at_s: Array) -> tuple[Array, Array, Array]:
    """Longitude and latitude in degrees (WGS 84) and speed in km/h of each block's vehicle at its moment, in seconds
    after 1970."""
    lon, lat, speed = (np.empty(block.shape) for _ in range(3))
    days = service_day(at_s)
    for number in np.unique(days).tolist():
        own = days == number
        seconds = into_day(number, at_s[own])
        found = _place(seed, legs(seed, number), block[own], *_leg(seed, number, block[own], seconds))
        lon[own], lat[own], speed[own] = found
    return lon, lat, speed


def _leg(seed: int, number: int, block: Ints, seconds: Array) -> tuple[Ints, Array]:
    """Which leg each block's vehicle is on or has just ended, and seconds since it began."""
    of_day = legs(seed, number)
    row = np.searchsorted(of_day.keys, block * _APART + seconds, side="right") - 1
    return row, seconds - (of_day.keys[row] - block * _APART)


def _place(seed: int, of_day: Legs, block: Ints, row: Ints, since: Array) -> tuple[Array, Array, Array]:
    line = _lines(seed)[block]
    lengths, lasts = (each[row].astype(np.float64) for each in (of_day.lengths, of_day.lasts))
    gone, speed = along(since, lengths, lasts)
    way = line * _APART + of_day.starts[row] + of_day.directions[row] * gone
    ground = _ground(seed)
    lon, lat = (np.interp(way, ground.ways, ground.points[:, axis]) for axis in (0, 1))
    return lon, lat, speed * 3.6


@cache
def _lines(seed: int) -> Ints:
    return np.array([block.line for block in timetable(seed).blocks])


@dataclass(frozen=True, eq=False)
class Fleet:
    """Vehicles that carry passengers at one moment, one a row. ``trip``: of the day; ``stop``: the stop, counted from
    0, that it stands at or goes to; ``speed`` in km/h, ``bearing`` in degrees from north, ``share``: passengers in
    percent of places; positions in degrees (WGS 84)."""

    day: Day
    block: Ints
    trip: Ints
    stop: Ints
    stands: np.ndarray[tuple[int], np.dtype[np.bool_]]
    lon: Array
    lat: Array
    speed: Array
    bearing: Array
    share: Array


def fleet(seed: int, at_s: float) -> Fleet:
    """All vehicles under way ``at_s`` seconds after 1970."""
    number = int(service_day(at_s))
    day, of_day = running(seed, number), legs(seed, number)
    seconds = float(into_day(number, at_s))
    block = np.arange(len(timetable(seed).blocks))
    row, since = _leg(seed, number, block, np.full(block.size, seconds))
    trip, stop = of_day.trips[row].astype(np.int64), of_day.stops[row].astype(np.int64)
    ended = since >= of_day.lasts[row]
    last = np.diff(day.first)[trip] - 1
    under_way = (trip >= 0) & day.served[trip] & ~(ended & (stop + 1 >= last))
    block, row, since = block[under_way], row[under_way], since[under_way]
    trip, stop, ended = trip[under_way], stop[under_way], ended[under_way]
    lon, lat, speed = _place(seed, of_day, block, row, since)
    bearing = _bearing(seed, of_day, block, row, since)
    share = _share(seed, day, trip, stop, seconds)
    return Fleet(day, block, trip, stop + 1, ended, lon, lat, speed, bearing, share)


def _bearing(seed: int, of_day: Legs, block: Ints, row: Ints, since: Array) -> Array:
    """Where it is heading: from a little behind to a little before it."""
    before = np.maximum(since - 4.0, 0.0)
    after = np.minimum(before + 8.0, of_day.lasts[row])
    (west, south, _), (east, north, _) = (_place(seed, of_day, block, row, each) for each in (before, after))
    bearing = np.degrees(np.arctan2((east - west) * np.cos(np.radians(south)), north - south)) % 360.0
    return np.asarray(np.round(bearing), dtype=np.float64)


def _share(seed: int, day: Day, trip: Ints, stop: Ints, seconds: float) -> Array:
    """Full in the rush and in the middle of a line, empty at its ends and at night; no two trips alike."""
    hour = seconds / HOUR
    rush = np.exp(-(((hour - 8.0) / 1.2) ** 2)) + np.exp(-(((hour - 18.3) / 1.5) ** 2))
    level = 18.0 + 22.0 * np.exp(-(((hour - 13.5) / 5.0) ** 2)) + 55.0 * rush
    through = (stop + 0.5) / np.maximum(np.diff(day.first)[trip] - 1, 1)
    liked = 0.5 + chance(seed, _FULL, day.pattern[trip]) * 0.5 + chance(seed, _FULL, day.number, trip) * 0.5
    return np.asarray(np.round(np.clip(level * liked * 1.3 * np.sin(np.pi * through) ** 0.7, 0, 130)))
