"""Stops and lines of the simulated network, read from the files beside the demo (see ``tools/make_transit.py``)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import numpy as np

from ucity.blueprint import Mode, Text
from ucity.demo import FOLDER
from ucity.demo.motion import metres
from ucity.demo.noise import Array
from ucity.demo.places import Route, routes

COLOURS = {"1": "F06A00", "2": "81BF48", "3": "BB8C00", "4": "217DCB"}
"""Of the metro's lines, RRGGBB, as on its maps."""
BUS_COLOUR = "3A6FB0"

_BETWEEN = 4
"""Positions of a metro line's shape from one station to the next."""


@dataclass(frozen=True)
class Stop:
    """A bus stop, or a station of one line. ``station``: what stations of one interchange share; None at bus stops."""

    id: str
    name: Text
    lon: float
    lat: float
    station: str | None = None


@dataclass(frozen=True, eq=False)
class Line:
    """``shape``: positions in degrees (WGS 84), shape (n, 2), from the first stop to the last; ``ways``: metres from
    its beginning to each of its positions; ``stops`` with ``stop_ways``, their metres along it."""

    id: str
    mode: Mode
    name: Text
    colour: str
    shape: Array
    ways: Array
    stops: tuple[Stop, ...]
    stop_ways: Array

    def ends(self, direction: int) -> tuple[Stop, Stop]:
        """Where a trip begins and ends; direction 0 goes along the shape, 1 back."""
        first, last = self.stops[0], self.stops[-1]
        return (last, first) if direction else (first, last)


@dataclass(frozen=True, eq=False)
class Network:
    """Buses first, in the order of ``places.routes``, so that a bus's number tells its line."""

    lines: tuple[Line, ...]

    @property
    def stops(self) -> list[Stop]:
        """Each once, in a fixed order."""
        return list({stop.id: stop for line in self.lines for stop in line.stops}.values())


@cache
def network() -> Network:
    """The whole network."""
    return Network((*bus_lines(), *metro_lines()))


def bus_lines() -> list[Line]:
    """The lines of buses."""
    told = _read("bus_stops.json")
    stops = {each["id"]: _stop(f"B{each['id']}", each) for each in told["stops"]}
    return [_bus_line(route, told["routes"][route.id], stops) for route in routes()]


def _bus_line(route: Route, calls: list[tuple[str, float]], stops: dict[str, Stop]) -> Line:
    ways = metres(route.line)
    own = tuple(stops[id_] for id_, _ in calls)
    # Measured in a projection of its own by the tool, along the same line.
    stop_ways = np.array([way for _, way in calls]) * (ways[-1] / calls[-1][1])
    first, last = own[0].name, own[-1].name
    name = {language: f"{first[language]}–{last[language]}" for language in ("ko", "en")}
    return Line(route.id, Mode.BUS, name, BUS_COLOUR, route.line, ways, own, stop_ways)


def metro_lines() -> list[Line]:
    """Lines 1 to 4, each in the order of its stations."""
    told = _read("metro.json")["stations"]
    shared: dict[str, str] = {}
    for each in told:
        shared.setdefault(each["ko"], f"S{each['id']}")
    return [_metro_line(number, [each for each in told if each["line"] == number], shared) for number in COLOURS]


def _metro_line(number: str, told: list[dict[str, Any]], shared: dict[str, str]) -> Line:
    stops = tuple(_stop(each["id"], each, shared[each["ko"]]) for each in told)
    shape = _curve(np.array([(stop.lon, stop.lat) for stop in stops]))
    ways = metres(shape)
    name = {"ko": f"부산 도시철도 {number}호선", "en": f"Busan Metro Line {number}"}
    return Line(f"L{number}", Mode.METRO, name, COLOURS[number], shape, ways, stops, ways[::_BETWEEN])


def _curve(points: Array) -> Array:
    """A smooth line through all points. Catmull and Rom 1974, uniform."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    before, here, there, after = (padded[n : len(points) - 1 + n, None, :] for n in range(4))
    t = (np.arange(_BETWEEN) / _BETWEEN)[None, :, None]
    inner = (2 * here + (there - before) * t + (2 * before - 5 * here + 4 * there - after) * t**2) / 2
    inner = inner + (3 * here - before - 3 * there + after) * t**3 / 2
    return np.concatenate([inner.reshape(-1, 2), points[-1:]]).round(6)


def _stop(id_: str, told: dict[str, Any], station: str | None = None) -> Stop:
    return Stop(id_, {"ko": told["ko"], "en": told["en"]}, told["lon"], told["lat"], station)


def _read(name: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode((FOLDER / name).read_bytes())
    return told
