"""The net of pathways for one way to go, and the quickest ways along it.

Which way is the quickest does not depend on one's pace: it is that of somebody who walks as most do.
"""

from typing import NamedTuple, Self

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from ucity.cloud.routing.ground import USUAL_SPEED
from ucity.cloud.routing.streets.search import pop, push
from ucity.cloud.routing.timetable import Ints, Longs

LONGEST = 1800.0
"""Seconds inside a station."""
_WAYS = {"origin": pl.Int32, "to": pl.Int32, "metres": pl.Float32, "seconds": pl.Float32}

Floats = NDArray[np.float64]


class Inside(NamedTuple):
    """Vertex v is the stop ``stop[v]`` (sorted); ``first[v]:first[v + 1]`` are the arcs that leave it. Of each arc: its
    ``tail`` and ``head``, the metres and seconds that it takes, and its row in the table of pathways."""

    stop: Ints
    first: Longs
    tail: Ints
    head: Ints
    metres: Floats
    seconds: Floats
    pathway: Ints

    @classmethod
    def of(cls, pathways: pl.DataFrame) -> Self:
        """The net of these (``pathways.usable``)."""
        arcs = pathways.sort("origin", "pathway")
        ends = [arcs[end].to_numpy() for end in ("origin", "to")]
        stop = np.unique(np.concatenate(ends)).astype(np.int32)
        tail, head = (np.searchsorted(stop, each).astype(np.int32) for each in ends)
        first = np.searchsorted(tail, np.arange(len(stop) + 1)).astype(np.int64)
        metres, seconds = (arcs[name].to_numpy().astype(np.float64) for name in ("metres", "seconds"))
        return cls(stop, first, tail, head, metres, seconds, arcs["pathway"].to_numpy().astype(np.int32))

    def between(self, places: NDArray[np.bool_]) -> pl.DataFrame:
        """The quickest ways between each two of these stops: columns origin, to (rows of stops), metres, seconds."""
        at = np.flatnonzero(places[self.stop])
        nothing = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
        found: list[tuple[NDArray[np.generic], ...]] = [nothing]
        for origin in at.tolist():
            by, metres, seconds = _reached(self, origin)
            to = at[by[at] >= 0]
            found.append((np.full(len(to), self.stop[origin]), self.stop[to], metres[to], seconds[to]))
        columns = map(np.concatenate, zip(*found, strict=True))
        return pl.DataFrame(dict(zip(_WAYS, columns, strict=True)), schema_overrides=_WAYS)

    def way(self, origin: int, to: int) -> Ints:
        """Rows of the pathways from one stop to another that it leads to, in their order."""
        begin, end = (int(vertex) for vertex in np.searchsorted(self.stop, (origin, to)))
        by, _, _ = _reached(self, begin)
        arcs = []
        while end != begin:
            arcs.append(int(by[end]))
            end = int(self.tail[arcs[-1]])
        return self.pathway[arcs[::-1]]


@njit(cache=True, nogil=True)
def _reached(inside, origin):  # type: ignore[no-untyped-def]  # compiled for the arrays that it is given
    """The arc by which each vertex is reached (-1: not at all, and where one sets out), and what it takes."""
    vertices = len(inside.stop)
    by = np.full(vertices, -1, np.int32)
    least = np.full(vertices, np.inf)
    metres, seconds = np.zeros(vertices), np.zeros(vertices)
    keys = np.empty(len(inside.head) + 1)
    heap = np.empty(len(inside.head) + 1, np.int32)
    least[origin] = 0.0
    size = push(keys, heap, 0, 0.0, origin)
    while size:
        key, vertex = keys[0], heap[0]
        size = pop(keys, heap, size)
        if key > least[vertex]:
            continue
        for arc in range(inside.first[vertex], inside.first[vertex + 1]):
            other = inside.head[arc]
            there = key + inside.metres[arc] / USUAL_SPEED + inside.seconds[arc]
            if there <= LONGEST and there < least[other]:
                least[other], by[other] = there, arc
                metres[other] = metres[vertex] + inside.metres[arc]
                seconds[other] = seconds[vertex] + inside.seconds[arc]
                size = push(keys, heap, size, there, other)
    return by, metres, seconds
