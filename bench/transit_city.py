"""A made-up city to find ways in: a net of streets, some 4,000 stops, bus and metro lines with a day's timetable.

Streets are blocks of 150 m over 20 by 20 km, their corners moved a little; every third corner is a stop, one for each
direction. Bus lines wander over the stops, mostly straight on; four metro lines cross the city. The same seed makes the
same city.
"""

import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import osmium

LON, LAT = 129.0, 35.1
ZONE = "Asia/Seoul"
BLOCK_LON, BLOCK_LAT = 0.00165, 0.00135
"""Degrees of about 150 m."""
CORNERS = 135
EVERY = 3
"""Corners between stops."""
BUS_LINES = 120
METRO_LINES = 4
_FIRST, _LAST = 5 * 3600, 24 * 3600
_BUS_SECONDS, _METRO_SECONDS = 95, 110
"""From a stop to the next: 450 m by bus, 1,350 m by metro."""
_SIDES = ((1, 0), (0, 1), (-1, 0), (0, -1))


@dataclass(slots=True)
class Tables:
    """Rows of a feed's files, as CSV."""

    rows: dict[str, list[str]] = field(default_factory=dict)

    def add(self, table: str, *values: object) -> None:
        """One row."""
        self.rows.setdefault(table, []).append(",".join(str(value) for value in values))


_HEADS = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone",
    "stops": "stop_id,stop_name,stop_lat,stop_lon",
    "routes": "route_id,agency_id,route_short_name,route_type",
    "trips": "route_id,service_id,trip_id,direction_id",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
}


def write(folder: Path, seed: int = 1, zone: str = ZONE) -> tuple[Path, Path]:
    """(feed, streets) of the city, as files in the folder. ``zone``: of the timetable."""
    chance = random.Random(seed)  # noqa: S311 - a city, not a secret
    corners = _corners(chance)
    return _feed(folder / "city.zip", corners, chance, zone), _streets(folder / "city.osm.pbf", corners)


Corners = dict[tuple[int, int], tuple[float, float]]


def _corners(chance: random.Random) -> Corners:
    def moved() -> float:
        return chance.uniform(-0.2, 0.2)

    return {
        (x, y): (LON + (x + moved()) * BLOCK_LON, LAT + (y + moved()) * BLOCK_LAT)
        for x in range(CORNERS)
        for y in range(CORNERS)
    }


def _streets(path: Path, corners: Corners) -> Path:
    numbers = {corner: number for number, corner in enumerate(corners, 1)}
    with osmium.SimpleWriter(str(path)) as writer:
        for corner, number in numbers.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=corners[corner]))
        for number, nodes in enumerate(_ways(numbers), 1):
            kind = "secondary" if number % 5 == 0 else "residential"
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags={"highway": kind}))
    return path


def _ways(numbers: dict[tuple[int, int], int]) -> Iterator[list[int]]:
    for along in range(CORNERS):
        yield [numbers[across, along] for across in range(CORNERS)]
        yield [numbers[along, across] for across in range(CORNERS)]


def _feed(path: Path, corners: Corners, chance: random.Random, zone: str) -> Path:
    tables = Tables()
    tables.add("agency", "a", "City", "http://city.example", zone)
    tables.add("calendar", "s", *"1111111", "20260101", "20991231")
    stops = [(x, y) for x in range(0, CORNERS, EVERY) for y in range(0, CORNERS, EVERY)]
    for x, y in stops:
        lon, lat = corners[x, y]
        for side in "ab":
            moved = 0.0001 if side == "a" else -0.0001
            tables.add("stops", f"{x}-{y}{side}", f"{x} {y}", f"{lat + moved:.6f}", f"{lon + moved:.6f}")
    for number in range(BUS_LINES):
        _line(tables, f"b{number}", 3, _wandering(chance), (_BUS_SECONDS, chance.choice([480, 600, 720, 900])))
    for number in range(METRO_LINES):
        _line(tables, f"m{number}", 1, _across(number), (_METRO_SECONDS, 300))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, head in _HEADS.items():
            archive.writestr(f"{table}.txt", "\n".join([head, *tables.rows[table]]) + "\n")
    return path


def _wandering(chance: random.Random) -> list[tuple[int, int]]:
    """25 to 45 stops, no stop twice."""
    last = (CORNERS - 1) // EVERY
    at, side = (chance.randint(0, last), chance.randint(0, last)), chance.choice(_SIDES)
    stops = [at]
    for _ in range(chance.randint(25, 45)):
        sides = [side] * 6 + [each for each in _SIDES if each != (-side[0], -side[1])]
        steps = [(at[0] + dx, at[1] + dy) for dx, dy in chance.sample(sides, len(sides))]
        free = [step for step in steps if step not in stops and min(step) >= 0 and max(step) <= last]
        if not free:
            break
        side = (free[0][0] - at[0], free[0][1] - at[1])
        at = free[0]
        stops.append(at)
    return [(x * EVERY, y * EVERY) for x, y in stops]


def _across(number: int) -> list[tuple[int, int]]:
    third = (CORNERS - 1) // 9 * 3
    at = third * (1 + number // 2)
    ends = range(0, CORNERS, 3 * EVERY)
    return [(at, each) if number % 2 else (each, at) for each in ends]


def _line(tables: Tables, name: str, kind: int, stops: list[tuple[int, int]], pace: tuple[int, int]) -> None:
    tables.add("routes", name, "a", name, kind)
    seconds, headway = pace
    for direction, side in enumerate("ab"):
        way = stops if direction == 0 else stops[::-1]
        for start in range(_FIRST, _LAST, headway):
            trip = f"{name}-{side}-{start}"
            tables.add("trips", name, "s", trip, direction)
            for call, (x, y) in enumerate(way):
                time = start + call * seconds
                clock = f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}"
                tables.add("stop_times", trip, clock, clock, f"{x}-{y}{side}", call)
