"""Distances on the ground and points along a way. Pure calculations; exact enough within a city."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ucity.blueprint import Mode, Position

Array = npt.NDArray[np.float64]
METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""
DETOUR = 1.3
"""How much longer a way is than the straight line, where no streets are known."""
USUAL_SPEED = 1.25
"""Metres a second on foot, as a query has it that says nothing else."""
STRAIGHT: Mapping[Mode, float] = {
    Mode.CAR: 7.0,
    Mode.TAXI: 7.0,
    Mode.BICYCLE: 3.5,
    Mode.SHARED_BICYCLE: 3.5,
}
"""Metres a second of such a way, our own assumption for a city; who walks says how fast."""


def metres_between(one: Position, other: Position) -> float:
    """Of the straight line."""
    lat = math.radians((one.lat + other.lat) / 2)
    return METRES_PER_DEGREE * math.hypot((one.lon - other.lon) * math.cos(lat), one.lat - other.lat)


def spread_along(path: Sequence[tuple[float, float]], every: float) -> Array:
    """At least two points at equal distances, at most ``every`` metres, from the first of ``path`` to its last; shape
    (n, 2), (lon, lat)."""
    corners = np.asarray(path, dtype=np.float64)
    reached = lengths_along(corners)
    number = max(2, int(np.ceil(reached[-1] / every)) + 1)
    wanted = np.linspace(0, reached[-1], number)
    return np.column_stack([np.interp(wanted, reached, corners[:, axis]) for axis in (0, 1)])


def lengths_along(corners: Array) -> Array:
    """Metres from the first corner to each."""
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(corners[:, 1].mean())), 1.0])
    steps = np.hypot(*(np.diff(corners, axis=0) * scale).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def point_along(path: Sequence[tuple[float, float]], share: float) -> Position:
    """Where one is after this share of the way."""
    corners = np.asarray(path, dtype=np.float64)
    reached = lengths_along(corners)
    wanted = min(max(share, 0.0), 1.0) * reached[-1]
    return Position(*(float(np.interp(wanted, reached, corners[:, axis])) for axis in (0, 1)))
