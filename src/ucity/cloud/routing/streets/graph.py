"""Streets as a graph: vertices where ways meet, edges between them, and two arcs an edge, one each direction."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ucity.cloud.routing.plane import Plane
from ucity.cloud.routing.streets import search
from ucity.cloud.routing.streets.osm import Extract
from ucity.cloud.routing.streets.ways import BICYCLE_SPEED, Going

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Path = tuple[tuple[float, float], ...]
FARTHEST_STREET = 500.0
"""Metres from a place to the nearest street; a place farther off is not on the streets."""
_SMALLEST_ISLAND = 60
"""Vertices: smaller pieces of the net (but the largest) are left out; they are mapping mistakes or closed yards."""
_CONNECTOR = {Going.BICYCLE: 1 / BICYCLE_SPEED, Going.CAR: 1 / 5.0}
"""Cost a metre between a place and its street; on foot it is 1."""


class Spots(NamedTuple):
    """Places on edges: ``share`` of the edge from its beginning, ``off`` the cost from the place to the edge; edge -1
    where there is none near."""

    edge: Ints
    share: Floats
    off: Floats

    def one(self, which: int) -> "Spots":
        """One of them."""
        row = slice(which, which + 1)
        return Spots(self.edge[row], self.share[row], self.off[row])


class Net(NamedTuple):
    """``first[v]:first[v + 1]`` are the arcs that leave vertex v; ``twin`` is the arc back; an edge's arcs are
    ``there`` and ``back``."""

    first: NDArray[np.int64]
    head: Ints
    twin: Ints
    edge: Ints
    there: Ints
    back: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Costs to every vertex (infinite beyond the limit), the arc that each was reached by, and from which spot."""

    cost: Floats
    by: Ints
    start: Spots
    going: Going
    is_backward: bool


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """The streets of a city."""

    plane: Plane
    net: Net
    costs: tuple[Floats, ...]
    """Of each ``Going``: the cost of each arc."""
    back: tuple[Floats, ...]
    """The cost of each arc's twin."""
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    along: NDArray[np.float64]
    points: NDArray[np.int64]
    """Of each edge: its first and last row of ``lon``, ``lat`` and ``along`` (metres)."""
    trees: tuple[tuple[shapely.STRtree, Ints], ...]
    """Of each ``Going``: the index of lines on the plane, and their edges."""
    parks: tuple[tuple[float, float, str], ...]
    """Where to park a car and ride on: (lon, lat, name)."""

    def spots(self, going: Going, lon: ArrayLike, lat: ArrayLike) -> Spots:
        """The nearest point on a street of each place."""
        x, y = self.plane.metres(np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float)))
        edge = np.full(len(x), -1, np.int32)
        share, off = np.zeros(len(x), np.float32), np.full(len(x), np.inf, np.float32)
        tree, edges = self.trees[going]
        places = np.asarray(shapely.points(x, y))
        (which, line), distance = tree.query_nearest(
            places, max_distance=FARTHEST_STREET, return_distance=True, all_matches=False
        )
        edge[which] = edges[line]
        share[which] = shapely.line_locate_point(tree.geometries[line], places[which], normalized=True)
        off[which] = distance * _CONNECTOR.get(going, 1.0)
        return Spots(edge, share, off)

    def reach(self, going: Going, start: Spots, limit: float, *, backward: bool = False) -> Reached:
        """What can be reached from a spot (``backward``: what it can be reached from) at no more than this cost."""
        arcs = self._arcs(going, is_backward=backward)
        left = np.float32(limit) - start.off[0]
        cost, by = search.reach(self.net, arcs, start.edge[0], start.share[0], left)
        return Reached(cost, by, start, going, backward)

    def costs_to(self, reached: Reached, spots: Spots) -> Floats:
        """What it costs between where the search began and each spot, getting to the streets included."""
        arcs = self._arcs(reached.going, is_backward=reached.is_backward)
        found: Floats = search.costs_to(self.net, arcs, reached.cost, tuple(of[0] for of in reached.start), spots)
        return found

    def path(self, reached: Reached, spot: Spots) -> Path:
        """(lon, lat) along the cheapest way, in the direction of travel, from street to street."""
        arcs = self._arcs(reached.going, is_backward=reached.is_backward)
        edge, share = int(spot.edge[0]), float(spot.share[0])
        first, begun = int(reached.start.edge[0]), float(reached.start.share[0])
        there, back = self.net.there[edge], self.net.back[edge]
        ways = (
            (float(reached.cost[self.net.head[back]] + share * arcs[there]), 0.0),
            (float(reached.cost[self.net.head[there]] + (1 - share) * arcs[back]), 1.0),
        )
        _, end = min(ways)
        direct = (share - begun) * arcs[there] if share >= begun else (begun - share) * arcs[back]
        if edge == first and direct <= min(ways)[0]:
            pieces = [self._piece(edge, begun, share)]
        else:
            vertex = self.net.head[there if end else back]
            pieces = [*self._chain(reached, arcs, int(vertex)), self._piece(edge, end, share)]
        points = np.concatenate(pieces).round(6)
        kept = np.concatenate(([True], (np.diff(points, axis=0) != 0).any(axis=1)))
        path = tuple(map(tuple, points[kept].tolist()))
        return path[::-1] if reached.is_backward else path

    def _arcs(self, going: Going, *, is_backward: bool) -> Floats:
        return (self.back if is_backward else self.costs)[going]

    def _chain(self, reached: Reached, arcs: Floats, vertex: int) -> list[NDArray[np.float64]]:
        pieces = []
        while (arc := reached.by[vertex]) >= 0:
            edge = self.net.edge[arc]
            pieces.append(self._piece(edge, 0.0, 1.0) if self.net.there[edge] == arc else self._piece(edge, 1.0, 0.0))
            vertex = int(self.net.head[self.net.twin[arc]])
        first, begun = int(reached.start.edge[0]), float(reached.start.share[0])
        ends = [
            (part * arcs[arc], end)
            for arc, part, end in ((self.net.there[first], 1 - begun, 1.0), (self.net.back[first], begun, 0.0))
            if self.net.head[arc] == vertex
        ]
        pieces.append(self._piece(first, begun, min(ends)[1]))
        return pieces[::-1]

    def _piece(self, edge: int, begin: float, end: float) -> NDArray[np.float64]:
        """Points of an edge between two shares of it; shape (n, 2), at least two."""
        rows = slice(self.points[edge, 0], self.points[edge, 1] + 1)
        if begin > end:
            return self._piece(edge, end, begin)[::-1]
        if (begin, end) != (0.0, 1.0):
            metres = self.along[rows] - self.along[rows][0]
            wanted = np.array([begin, end]) * metres[-1]
            inner = metres[(metres > wanted[0]) & (metres < wanted[1])]
            wanted = np.concatenate((wanted[:1], inner, wanted[1:]))
            return np.column_stack([np.interp(wanted, metres, of[rows]) for of in (self.lon, self.lat)])
        return np.column_stack((self.lon[rows], self.lat[rows]))


def build(extract: Extract) -> Streets:
    """The graph of an extract's streets."""
    plane = Plane.around(extract.lon, extract.lat)
    x, y = plane.metres(extract.lon, extract.lat)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y))))) if len(x) else x
    points, way, ends = _edges(extract)
    metres = along[points[:, 1]] - along[points[:, 0]]
    net, order = _net(ends)
    costs = [
        np.concatenate((metres * extract.there[way, going], metres * extract.back[way, going]))[order].astype(
            np.float32
        )
        for going in Going
    ]
    trees = [_tree(net, of, np.column_stack((x, y)), points) for of in costs]
    back = tuple(of[net.twin] for of in costs)
    return Streets(plane, net, tuple(costs), back, extract.lon, extract.lat, along, points, tuple(trees), extract.parks)


def _edges(extract: Extract) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First and last point of each edge, its way, and its two vertices: ways are cut where they share a node."""
    _, number, uses = np.unique(extract.node, return_inverse=True, return_counts=True)
    is_vertex = uses[number] > 1
    is_vertex[extract.first[:-1]] = is_vertex[extract.first[1:] - 1] = True
    at = np.flatnonzero(is_vertex)
    way = np.repeat(np.arange(len(extract.first) - 1), np.diff(extract.first))[at]
    inside = way[1:] == way[:-1]
    points = np.column_stack((at[:-1], at[1:]))[inside].reshape(-1, 2)
    _, vertex = np.unique(number[points], return_inverse=True)
    return points, way[:-1][inside], vertex.reshape(points.shape)


def _net(ends: NDArray[np.int64]) -> tuple[Net, NDArray[np.int64]]:
    """Arcs by the vertex that they leave, and the order of (there of all edges, back of all edges) that they are in."""
    edges = len(ends)
    tail, head = np.concatenate((ends[:, 0], ends[:, 1])), np.concatenate((ends[:, 1], ends[:, 0]))
    order = np.argsort(tail, kind="stable")
    place = np.empty(2 * edges, np.int32)
    place[order] = np.arange(2 * edges, dtype=np.int32)
    vertices = int(ends.max(initial=-1)) + 1
    net = Net(
        first=np.searchsorted(tail[order], np.arange(vertices + 1)).astype(np.int64),
        head=head[order].astype(np.int32),
        twin=np.concatenate((place[edges:], place[:edges]))[order].astype(np.int32),
        edge=(order % max(edges, 1)).astype(np.int32),
        there=place[:edges],
        back=place[edges:],
    )
    return net, order


def _tree(net: Net, costs: Floats, xy: NDArray[np.float64], points: NDArray[np.int64]) -> tuple[shapely.STRtree, Ints]:
    """The index of the edges on which one can go, without small islands."""
    is_open = np.isfinite(costs)
    piece = search.islands(net.first, net.head, is_open | is_open[net.twin])
    sizes = np.bincount(piece) if len(piece) else np.zeros(1, np.int64)
    is_large = sizes >= min(_SMALLEST_ISLAND, int(sizes.max()))
    usable = is_open[net.there] | is_open[net.back]
    edges = np.flatnonzero(usable & is_large[piece[net.head[net.there]]]).astype(np.int32)
    counts = points[edges, 1] - points[edges, 0] + 1
    rows = np.repeat(points[edges, 0] - np.concatenate(([0], np.cumsum(counts[:-1]))), counts) + np.arange(counts.sum())
    lines = shapely.linestrings(xy[rows], indices=np.repeat(np.arange(len(edges)), counts)) if len(edges) else []
    return shapely.STRtree(lines), edges
