"""The network and its timetable: true stations in their true order, vehicles that can do what is asked of them."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from ucity.blueprint import Mode
from ucity.demo.transit.fares import distances
from ucity.demo.transit.network import network
from ucity.demo.transit.timetable import DAY_BEGINS, HOUR, timetable

LINES = {line.id: line for line in network().lines}
TABLE = timetable(1)


@pytest.mark.parametrize(
    ("line", "stations", "first", "last", "some"),
    [
        ("L1", 40, "Dadaepo Beach", "Nopo", ["Jungang", "Busan Station", "Choryang"]),
        ("L2", 43, "Jangsan", "Yangsan", ["Jeonpo", "Seomyeon", "Buam"]),
        ("L3", 17, "Suyeong", "Daejeo", ["Sajik", "Minam", "Mandeok"]),
        ("L4", 14, "Minam", "Anpyeong", ["Dongnae", "Suan", "Nangmin"]),
    ],
)
def test_metro_lines_have_their_stations_in_order(
    line: str, stations: int, first: str, last: str, some: list[str]
) -> None:
    names = [stop.name["en"] for stop in LINES[line].stops]
    assert (len(names), names[0], names[-1]) == (stations, first, last)
    at = names.index(some[0])
    assert names[at : at + len(some)] == some
    numbers = [int(stop.id) for stop in LINES[line].stops]
    assert numbers == list(range(numbers[0], numbers[0] + stations))


def test_lines_of_the_metro_meet_at_the_six_interchanges() -> None:
    metro = [line for line in LINES.values() if line.mode is Mode.METRO]
    names = {stop.station: stop.name["en"] for line in metro for stop in line.stops}
    lines = {station: {line.id for line in metro if station in {s.station for s in line.stops}} for station in names}
    assert {names[station]: found for station, found in lines.items() if len(found) > 1} == {
        "Seomyeon": {"L1", "L2"},
        "Yeonsan": {"L1", "L3"},
        "Dongnae": {"L1", "L4"},
        "Suyeong": {"L2", "L3"},
        "Deokcheon": {"L2", "L3"},
        "Minam": {"L3", "L4"},
    }


def test_every_stop_has_both_names_and_lies_on_its_line() -> None:
    for line in LINES.values():
        assert len({stop.id for stop in line.stops}) == len(line.stops)
        assert (np.diff(line.stop_ways) > 0).all()
        for stop, way in zip(line.stops, line.stop_ways.tolist(), strict=True):
            assert stop.name["ko"]
            assert stop.name["en"].isascii() or "·" in stop.name["en"]
            lon, lat = (np.interp(way, line.ways, line.shape[:, axis]) for axis in (0, 1))
            assert np.hypot((lon - stop.lon) * 91, (lat - stop.lat) * 111.2) < 0.35


def test_a_vehicle_is_never_in_two_places_and_ends_its_day_where_the_next_begins() -> None:
    for block in TABLE.blocks:
        lasts = [int(TABLE.patterns[2 * block.line + direction].arrive[-1]) for direction in (0, 1)]
        assert [direction for direction, _ in block.trips] == [
            (block.trips[0][0] + n) % 2 for n in range(len(block.trips))
        ]
        assert len(block.trips) % 2 == 0
        for (direction, start), (_, after) in pairwise(block.trips):
            assert after - start - lasts[direction] >= 240
        assert block.trips[0][1] >= DAY_BEGINS
        direction, start = block.trips[-1]
        assert start + lasts[direction] < DAY_BEGINS + 24 * HOUR - 690


def test_trips_are_named_once() -> None:
    names = Counter(TABLE.trip_id(block, n) for block in TABLE.blocks for n in range(block.served))
    assert max(names.values()) == 1
    assert 5_000 < len(names) < 20_000


@pytest.mark.parametrize(("line", "headway"), [("L1", 5), ("L2", 5), ("L3", 5), ("L4", 5)])
def test_trains_go_every_five_minutes_by_day_and_from_five_to_midnight(line: str, headway: int) -> None:
    starts = sorted(
        start // 60
        for block in TABLE.blocks
        if TABLE.lines[block.line].id == line
        for direction, start in block.trips[: block.served]
        if direction == 0
    )
    assert starts[0] == 5 * 60 + 5
    assert 23 * 60 <= starts[-1] < 24 * 60
    assert {b - a for a, b in pairwise(starts) if 8 * 60 <= a <= 20 * 60} == {headway}


def test_the_way_by_metro_is_the_shortest() -> None:
    stations, metres = distances(network())
    at = {id_: n for n, id_ in enumerate(stations)}
    assert (metres == metres.T).all()
    assert np.isfinite(metres).all()
    assert (metres[:, None, :] <= metres[:, :, None] + metres[None, :, :] + 1e-6).all()
    # From Seomyeon to Suyeong it is shorter by Yeonsan than on line 2 around the bay.
    line = LINES["L2"]
    around = abs(np.diff(line.stop_ways[[7, 18]])[0])
    assert 7_000 < metres[at["S119"], at["S208"]] < around
