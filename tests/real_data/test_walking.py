"""Newport and São Paulo on foot: 200 ways each against another computation, node by node of the extract.

The other one shares nothing with the router but the choices that it is documented to make: stairs count half as much
again, one sets out from the nearest street, and pieces of the net with few junctions are none.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pytest
from numpy.typing import NDArray

from ucity.blueprint.journeys import JourneyQuery, Leg, Mode, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build, read_streets
from ucity.cloud.routing.plan import plan
from ucity.network.feeds.gtfs import read

DATA = Path(__file__).parents[3] / "shared/data/transit"
CITIES = {
    "newport": ("newport-20230613_gtfs.zip", "newport-2023-06-13.osm.pbf", datetime(2023, 6, 14, 7, 30, tzinfo=UTC)),
    "saopaulo": ("spo.zip", "spo_osm.pbf", datetime(2019, 10, 2, 20, 10, tzinfo=UTC)),
}
PAIRS = 200
FARTHEST = 3000
"""Metres between the ends, as the crow flies."""
SPEED = 1.25
STAIRS = 1.5
FEWEST_JUNCTIONS = 60
EXACT = 0.001
"""Share by which a flat map of a city may be wrong."""
WALKED = {
    *("trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"),
    *("unclassified", "residential", "service", "living_street", "pedestrian", "footway", "path", "steps", "track"),
    "bridleway",
}
NO_STREETS = {"construction", "corridor"}
ALLOWED = {"yes", "designated", "permissive", "destination"}
FORBIDDEN = {"no", "private", "customers"}


def is_walked(tags: Mapping[str, str]) -> bool:
    """Whether one may walk along a way: ``foot`` decides, then ``access``, then what kind of way it is."""
    for key in ("foot", "access"):
        if tags.get(key) in ALLOWED | FORBIDDEN:
            return tags[key] in ALLOWED and tags["highway"] not in NO_STREETS
    return tags["highway"] in WALKED or (tags["highway"] == "cycleway" and "foot" not in tags)


def metres(one: Sequence[float], other: Sequence[float]) -> float:
    """Between two near (lon, lat), by the radii of curvature of WGS 84."""
    e2 = 0.00669437999014
    mean = math.radians((one[1] + other[1]) / 2)
    w = 1 - e2 * math.sin(mean) ** 2
    east = math.radians(other[0] - one[0]) * 6_378_137 / math.sqrt(w) * math.cos(mean)
    north = math.radians(other[1] - one[1]) * 6_378_137 * (1 - e2) / w**1.5
    return math.hypot(east, north)


@dataclass
class Ground:
    """All that is walked, as a graph of nodes. ``pieces``: (from, to, metres) of those from which one sets out, what a
    metre costs in ``hard``, their (lon, lat, lon, lat) in ``ends``."""

    place: dict[int, tuple[float, float]] = field(default_factory=dict)
    near: defaultdict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    pieces: list[tuple[int, int, float]] = field(default_factory=list)
    hard: list[float] = field(default_factory=list)
    junctions: set[int] = field(default_factory=set)
    ends: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))

    @classmethod
    def of(cls, extract: Path) -> "Ground":
        ground, uses = cls(), Counter[int]()
        ways = osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            if isinstance(way, osmium.osm.Way) and is_walked(tags := dict(way.tags)):
                nodes = [(node.ref, (node.location.lon, node.location.lat)) for node in way.nodes]
                ground._add(nodes, STAIRS if tags["highway"] == "steps" else 1.0)
                uses.update(node for node, _ in nodes)
                ground.junctions |= {nodes[0][0], nodes[-1][0]}
        ground.junctions |= {node for node, count in uses.items() if count > 1}
        ground._leave_out_islands()
        places = ground.place
        ground.ends = np.array([(*places[one], *places[other]) for one, other, _ in ground.pieces])
        return ground

    def _add(self, nodes: Sequence[tuple[int, tuple[float, float]]], hard: float) -> None:
        for (one, here), (other, there) in pairwise(nodes):
            self.place[one], self.place[other] = here, there
            length = metres(here, there)
            self.near[one].append((other, length * hard))
            self.near[other].append((one, length * hard))
            self.pieces.append((one, other, length))
            self.hard.append(hard)

    def _leave_out_islands(self) -> None:
        """Nobody sets out from pieces of the net with few junctions."""
        large, seen = set[int](), set[int]()
        for root in self.near:
            if root not in seen:
                island, left = {root}, [root]
                while left:
                    fresh = {other for other, _ in self.near[left.pop()]} - island
                    island |= fresh
                    left += fresh
                seen |= island
                if len(island & self.junctions) >= FEWEST_JUNCTIONS:
                    large |= island
        kept = [number for number, (one, _, _) in enumerate(self.pieces) if one in large]
        self.pieces, self.hard = [self.pieces[each] for each in kept], [self.hard[each] for each in kept]

    def nearest(self, place: Position) -> tuple[int, float, float]:
        """The nearest piece, which share of it is nearest, and how far that is."""
        scale = np.array([math.cos(math.radians(place.lat)), 1.0]) * 111_200
        one, other = ((self.ends[:, of] - (place.lon, place.lat)) * scale for of in (slice(0, 2), slice(2, 4)))
        along = other - one
        share = np.clip(-(one * along).sum(1) / np.maximum((along**2).sum(1), 1e-12), 0, 1)
        row = int(np.argmin(np.hypot(*(one + share[:, None] * along).T)))
        point = self.ends[row, :2] + share[row] * (self.ends[row, 2:] - self.ends[row, :2])
        return row, float(share[row]), metres(point, (place.lon, place.lat))

    def way(self, origin: Position, to: Position) -> float:
        """What the easiest way costs, in metres of level ground; infinite where there is none."""
        (first, begun, off), (last, ended, rest) = self.nearest(origin), self.nearest(to)
        best = abs(ended - begun) * self._cost(first) + off + rest if first == last else math.inf
        goals = self._ends_of(last, ended, rest)
        reached, open_ = dict[int, float](), [(cost, node) for node, cost in self._ends_of(first, begun, off).items()]
        heapq.heapify(open_)
        while open_ and open_[0][0] < best:
            cost, node = heapq.heappop(open_)
            if node in reached:
                continue
            reached[node] = cost
            best = min(best, cost + goals.get(node, math.inf))
            for other, more in self.near[node]:
                if other not in reached:
                    heapq.heappush(open_, (cost + more, other))
        return best

    def _cost(self, piece: int) -> float:
        return self.pieces[piece][2] * self.hard[piece]

    def _ends_of(self, piece: int, share: float, off: float) -> dict[int, float]:
        one, other, _ = self.pieces[piece]
        return {one: off + share * self._cost(piece), other: off + (1 - share) * self._cost(piece)}


@dataclass(frozen=True)
class City:
    network: Network
    ground: Ground
    at: datetime


@pytest.fixture(scope="module", params=CITIES)
def city(request: pytest.FixtureRequest) -> City:
    feed, extract, at = CITIES[request.param]
    timetable, streets = DATA / request.param / feed, DATA / request.param / extract
    if not streets.exists():
        pytest.skip(f"the real streets are not here: {extract}")
    return City(build({"f": read(timetable)}, read_streets(streets)), Ground.of(streets), at)


def pairs(ground: Ground, seed: int) -> Iterator[tuple[Position, Position]]:
    """Places beside random nodes, not too far from each other."""
    numbers = np.random.default_rng(seed)
    nodes = [ground.place[one] for one, _, _ in ground.pieces]
    found = 0
    while found < PAIRS:
        ends = [nodes[number] for number in numbers.integers(len(nodes), size=2)]
        if metres(*ends) <= FARTHEST:
            moved = numbers.normal(0, 0.0003, (2, 2))
            origin, to = (Position(end[0] + by[0], end[1] + by[1]) for end, by in zip(ends, moved, strict=True))
            found += 1
            yield origin, to


def on_foot(city: City, origin: Position, to: Position) -> Leg | None:
    query = JourneyQuery(origin=origin, destination=to, at=city.at, modes=frozenset({Mode.WALK}), walking_speed=SPEED)
    legs = [leg for journey in plan(city.network, Live(), query) for leg in journey.legs]
    assert len(legs) <= 1
    return legs[0] if legs else None


def test_ways_on_foot_are_as_long_as_the_easiest_along_the_nodes_of_the_map(city: City) -> None:
    differing: list[tuple[int, float, float | None]] = []
    walked = 0
    for number, (origin, to) in enumerate(pairs(city.ground, 1)):
        expected, leg = city.ground.way(origin, to), on_foot(city, origin, to)
        if leg is None:
            if expected / SPEED <= 90 * 60:
                differing.append((number, expected, None))
            continue
        walked += 1
        seconds = (leg.arrives - leg.departs).total_seconds()
        if not (1 - EXACT) * expected / SPEED <= seconds <= (1 + EXACT) * expected / SPEED + 1:
            differing.append((number, expected, seconds * SPEED))
        along = sum(metres(one, other) for one, other in pairwise(leg.path))
        if abs(along - leg.metres) > 1 + EXACT * along or along > (1 + EXACT) * expected + 1:
            differing.append((number, along, leg.metres))
    assert not differing
    assert walked > PAIRS * 0.9
