"""Which trips are alike: the same stops, served in the same way, along the same line."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.blueprint.journeys import Mode
from ucity.cloud.routing.ground import DETOUR
from ucity.cloud.routing.plane import Plane
from ucity.cloud.routing.shapes import Line, line, locate
from ucity.cloud.routing.timetable import MODES, Bytes, Ints, Longs, Patterns

_RAILS = frozenset({MODES.index(mode) for mode in (Mode.METRO, Mode.TRAM, Mode.RAIL, Mode.FERRY)})
_FAR_OFF = 1000
"""Metres: a line that passes this far from a trip's stops is not the way that it takes."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls by trip; ``first[t]:first[t + 1]`` are trip t's. ``off``, ``on``: numbers of platforms."""

    first: Longs
    stop: Ints
    off: Ints
    on: Ints
    sequence: Ints
    arrives: Ints
    departs: Ints
    pickup: Bytes
    drop_off: Bytes


@dataclass(frozen=True, slots=True)
class Ground:
    """Where stops and lines are."""

    stops: pl.DataFrame
    lines: Mapping[str, Line]
    plane: Plane


def patterns_of(calls: Calls, trips: pl.DataFrame, routes: pl.DataFrame, ground: Ground) -> tuple[Ints, Patterns]:
    """Each trip's pattern, and the patterns."""
    modes = routes["mode"].to_numpy()[trips["route"].to_numpy()] if trips.height else np.zeros(0, np.int32)
    traits = list(zip(modes.tolist(), *(trips[name] for name in ("wheelchair", "bicycles", "shape_key")), strict=True))
    known: dict[tuple[object, ...], int] = {}
    pattern = np.empty(trips.height, np.int32)
    models: list[int] = []
    for trip, trait in enumerate(traits):
        rows = slice(calls.first[trip], calls.first[trip + 1])
        key = (trait, *(column[rows].tobytes() for column in (calls.off, calls.on, calls.pickup, calls.drop_off)))
        pattern[trip] = number = known.setdefault(key, len(models))
        if number == len(models):
            models.append(trip)
    return pattern, _patterns(calls, models, [traits[trip] for trip in models], ground)


def _patterns(
    calls: Calls,
    models: list[int],
    traits: list[tuple[int, int, int, str | None]],
    ground: Ground,
) -> Patterns:
    rows = [np.arange(calls.first[trip], calls.first[trip + 1]) for trip in models]
    every = np.concatenate([np.zeros(0, np.int64), *rows])
    lon, lat = ground.stops["lon"].to_numpy(), ground.stops["lat"].to_numpy()
    placed = [
        _along(lon[calls.stop[each]], lat[calls.stop[each]], ground.lines.get(trait[3] or ""), trait[0], ground.plane)
        for each, trait in zip(rows, traits, strict=True)
    ]
    return Patterns(
        first=np.concatenate(([0], np.cumsum([len(each) for each in rows]))).astype(np.int64),
        stop=calls.stop[every],
        off=calls.off[every],
        on=calls.on[every],
        pickup=calls.pickup[every],
        drop_off=calls.drop_off[every],
        along=np.concatenate([np.zeros(0), *(along for along, _, _ in placed)]).astype(np.float32),
        mode=np.array([trait[0] for trait in traits], np.uint8),
        wheelchair=np.array([trait[1] for trait in traits], np.uint8),
        bicycles=np.array([trait[2] for trait in traits], np.uint8),
        line=tuple(of for _, of, _ in placed),
        start=np.array([start for _, _, start in placed], np.float64),
    )


def _along(lon: Floats, lat: Floats, of: Line | None, mode: int, plane: Plane) -> tuple[Floats, Line | None, float]:
    """Metres of each call from the first, the line that they lie on if it is theirs, and where on it the first lies."""
    if of is not None:
        placed = locate(of, lon, lat, plane)
        x, y = plane.metres(np.interp(placed, of.along, of.lon), np.interp(placed, of.along, of.lat))
        at_x, at_y = plane.metres(lon, lat)
        if np.max(np.hypot(x - at_x, y - at_y)) < _FAR_OFF:
            return placed - placed[0], of, float(placed[0])
    straight = line(lon, lat, plane).along
    return straight * (1.0 if mode in _RAILS else DETOUR), None, 0.0
