"""The lines that vehicles draw on the map: where along its line a vehicle calls, and the piece between two calls."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ucity.cloud.routing.plane import Plane

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A line on the ground: degrees, and metres along from its beginning, of equal length."""

    lon: Floats
    lat: Floats
    along: Floats


def line(lon: Floats, lat: Floats, plane: Plane) -> Line:
    """The line through these points."""
    x, y = plane.metres(lon, lat)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    return Line(lon, lat, along)


def locate(of: Line, lon: Floats, lat: Floats, plane: Plane) -> Floats:
    """Metres along the line of each call, in the order of travel, never falling.

    The line may cross or repeat itself: of all ways to place the calls one after another, the one with the least
    distance between calls and line is taken.
    """
    placed: Floats = _locate(*plane.metres(of.lon, of.lat), of.along, *plane.metres(lon, lat))
    return placed


def cut(of: Line, start: float, end: float) -> tuple[tuple[float, float], ...]:
    """(lon, lat) points of the piece between two distances along."""
    first, last = np.searchsorted(of.along, (start, end), side="right")[0], np.searchsorted(of.along, end)
    inner = slice(first, max(first, last))
    lons = np.interp((start, end), of.along, of.lon)
    lats = np.interp((start, end), of.along, of.lat)
    points = np.column_stack((of.lon[inner], of.lat[inner])).round(6).tolist()
    return ((_round(lons[0]), _round(lats[0])), *(tuple(point) for point in points), (_round(lons[1]), _round(lats[1])))


def _round(degrees: float) -> float:
    return round(float(degrees), 6)


@njit(cache=True, nogil=True)
def _locate(x, y, along, px, py):  # type: ignore[no-untyped-def]  # compiled for the arrays that it is given
    calls, pieces = len(px), len(x) - 1
    best = np.full(pieces, 0.0)
    came = np.zeros((calls, pieces), np.int32)
    share = np.zeros((calls, pieces), np.float32)
    for call in range(calls):
        least, at = np.inf, 0
        for piece in range(pieces):
            if best[piece] < least:
                least, at = best[piece], piece
            dx, dy = x[piece + 1] - x[piece], y[piece + 1] - y[piece]
            square = dx * dx + dy * dy
            part = 0.0
            if square > 0.0:
                part = ((px[call] - x[piece]) * dx + (py[call] - y[piece]) * dy) / square
                part = min(1.0, max(0.0, part))
            off_x, off_y = px[call] - x[piece] - part * dx, py[call] - y[piece] - part * dy
            came[call, piece] = at
            share[call, piece] = part
            best[piece] = least + off_x * off_x + off_y * off_y
    return _placed(best, came, share, along)


@njit(cache=True, nogil=True)
def _placed(best, came, share, along):  # type: ignore[no-untyped-def]
    calls = came.shape[0]
    placed = np.zeros(calls)
    piece = int(np.argmin(best))
    for call in range(calls - 1, -1, -1):
        placed[call] = along[piece] + share[call, piece] * (along[piece + 1] - along[piece])
        piece = came[call, piece]
    for call in range(1, calls):  # two calls on one piece may have come out in the wrong order
        placed[call] = max(placed[call], placed[call - 1])
    return placed
