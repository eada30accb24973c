"""How the buses move: each to and fro on its route, by a timetable that repeats. Pure calculations.

A leg from stop to stop begins and ends slowly; in between the bus keeps a pace that differs from leg to leg. All routes
lie behind one another in the same columns, so that any number of buses at any times are looked up at once.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ucity.demo.noise import Array, chance
from ucity.demo.places import Route

Ints = npt.NDArray[np.int64]

DWELL_S = 20.0
TURN_S = 240.0
"""Seconds that a bus waits at a stop, and at either end of its route."""
SLOWEST_KMH, FASTEST_KMH = 16.0, 42.0
GAIN_S = 14.0
"""Seconds that it takes to come up to its pace, and as many to stop."""

_APART = 1e7
"""Between the beginnings of two routes in the columns; longer than any route in metres or its round in seconds."""
_EARTH_M = 6_371_008.8


@dataclass(frozen=True, eq=False)
class Timetables:
    """Rounds of all routes. A row is one leg: when it begins, where, which way (1 out, -1 back), how far and how fast.

    Times in seconds after the round began, ways in metres from the route's beginning; in ``keys`` and ``ways`` both
    have ``_APART`` times the route's number added. ``points``: the position in degrees at each of ``ways``.
    """

    keys: Array
    begins: Array
    starts: Array
    lengths: Array
    paces: Array
    directions: Array
    rounds: Array
    ways: Array
    points: Array

    def where(self, route: Ints, moment: Array) -> tuple[Array, Array, Array]:
        """Longitude and latitude in degrees (WGS 84), and speed in km/h, on each route, ``moment`` seconds into a round
        or any number of rounds."""
        into = moment % self.rounds[route]
        leg = np.searchsorted(self.keys, route * _APART + into, side="right") - 1
        gone, speed = _along(into - self.begins[leg], self.lengths[leg], self.paces[leg])
        way = route * _APART + self.starts[leg] + self.directions[leg] * gone
        lon, lat = (np.interp(way, self.ways, self.points[:, axis]) for axis in (0, 1))
        return lon, lat, speed * 3.6


def _along(since: Array, length: Array, pace: Array) -> tuple[Array, Array]:
    """Metres gone and speed in m/s, ``since`` seconds after the beginning of a leg of ``length`` metres."""
    gain = np.minimum(GAIN_S, length / pace)
    lasts = length / pace + gain
    since = np.clip(since, 0.0, lasts)
    left = lasts - since
    rising, falling = since < gain, left < gain
    gone = np.where(
        rising,
        pace * since**2 / (2 * gain),
        np.where(falling, length - pace * left**2 / (2 * gain), pace * (since - gain / 2)),
    )
    speed = pace * np.where(rising, since / gain, np.where(falling, left / gain, 1.0))
    return gone, speed


def timetables(seed: int, routes: list[Route]) -> Timetables:
    """The timetables of these routes, for any seed the same again."""
    rows, rounds, ways = [], [], []
    for number, route in enumerate(routes):
        way = _metres(route.line)
        legs, lasts = _round(seed, number, [float(way[stop]) for stop in route.stops])
        rows += [(number * _APART + begins, begins, *rest) for begins, *rest in legs]
        rounds.append(lasts)
        ways.append(number * _APART + way)
    keys, begins, starts, lengths, paces, directions = np.array(rows).T
    points = np.concatenate([route.line for route in routes])
    return Timetables(keys, begins, starts, lengths, paces, directions, np.array(rounds), np.concatenate(ways), points)


def _round(seed: int, route: int, stops: list[float]) -> tuple[list[tuple[float, ...]], float]:
    """Legs of one round, as (begins, start, length, pace, direction), and how long it lasts."""
    there = list(pairwise(stops))
    legs: list[tuple[float, ...]] = []
    clock = 0.0
    for number, (start, end) in enumerate([*there, *((b, a) for a, b in reversed(there))]):
        pace = (SLOWEST_KMH + (FASTEST_KMH - SLOWEST_KMH) * float(chance(seed, route, number))) / 3.6
        length = abs(end - start)
        legs.append((clock, start, length, pace, 1.0 if end > start else -1.0))
        at_end = number in {len(there) - 1, 2 * len(there) - 1}
        clock += length / pace + min(GAIN_S, length / pace) + (TURN_S if at_end else DWELL_S)
    return legs, clock


def _metres(line: Array) -> Array:
    """How far each position is from the first along the line, in metres; ``line`` in degrees, shape (n, 2)."""
    lon, lat = np.radians(line).T
    east = np.diff(lon) * np.cos((lat[1:] + lat[:-1]) / 2)
    return np.concatenate([[0.0], np.cumsum(np.hypot(east, np.diff(lat)) * _EARTH_M)])
