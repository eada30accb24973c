"""Index bands: a concentration is brought to the table's resolution, then interpolated within its band.

Both indices are such tables; they differ in how a concentration is brought to the resolution (CAI rounds, the US AQI
truncates) and in where a table starts. Arrays are float64, one element an hour of a station; NaN is a gap and stays
one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# A decimal such as 0.0205 is stored a hair too low or too high; this much of a step is forgiven.
_SLACK = 1e-6


@dataclass(frozen=True)
class Bands:
    """One pollutant's table.

    ``step``: resolution of the concentration, in its unit; bands meet without a hole: each begins one step above the
    one before it, and its index one point above.
    ``edges``: highest concentration of each band, counted in steps.
    ``index``: index at each edge.
    ``start``: concentration in steps, and index, at which the first band begins; below it the table says nothing.
    ``truncate``: drop digits beyond the resolution; otherwise round half up.
    """

    step: float
    edges: tuple[int, ...]
    index: tuple[int, ...]
    start: tuple[int, int] = (0, 0)
    truncate: bool = False

    def sub_index(self, concentration: Array) -> Array:
        """Index of each concentration, not rounded; NaN where there is none; the last edge's index from there on."""
        steps = np.floor(concentration / self.step + (_SLACK if self.truncate else 0.5 + _SLACK))
        edges = np.array(self.edges, dtype=np.float64)
        index = np.array(self.index, dtype=np.float64)
        low, floor = np.append(self.start[0], edges[:-1] + 1), np.append(self.start[1], index[:-1] + 1)
        band = np.minimum(np.searchsorted(edges, steps), edges.size - 1)
        value = floor[band] + (index - floor)[band] / (edges - low)[band] * (steps - low[band])
        value = np.minimum(value, index[-1])
        return np.where(np.isnan(steps) | (steps < self.start[0]), np.nan, value)


def highest(sub_indices: Mapping[str, Array]) -> tuple[Array, npt.NDArray[np.int64]]:
    """The highest sub-index of each element and the position of its pollutant in the mapping (the first of equals).

    NaN, and position -1, where no pollutant has a sub-index.
    """
    stack = np.stack(list(sub_indices.values()))
    known = np.where(np.isnan(stack), -1.0, stack)
    which = known.argmax(axis=0)
    top = known.max(axis=0)
    return np.where(top < 0, np.nan, top), np.where(top < 0, -1, which)


def rounded(index: Array) -> Array:
    """To whole points, half up."""
    return np.floor(index + 0.5 + _SLACK)


def grade(index: Array, edges: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Position of the grade of each whole index: the first edge that it does not exceed; -1 where there is no index."""
    position = np.minimum(np.searchsorted(np.array(edges, dtype=np.float64), index), len(edges) - 1)
    return np.where(np.isnan(index), -1, position)
