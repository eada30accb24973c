"""Any small station: how long it takes to, from and between its platforms, by a search of its own over its rows."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.blueprint.journeys import TRANSIT, JourneyQuery, Position
from ucity.cloud.routing.ends import fan
from ucity.cloud.routing.ground import metres_between
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.pieces import going_of
from ucity.cloud.routing.stations.inside import LONGEST
from ucity.cloud.routing.stations.tests.station import LAT, LON, station

PLATFORMS = ("p0", "p1", "p2")
ENTRANCES = ("e0", "e1")
NODES = ("n0", "n1")
PLACES = PLATFORMS + ENTRANCES + NODES
HERE = Position(LON - 0.002, LAT)
WALKING = 1.25
CLOSED = "e1"
"""To wheelchairs."""

Row = Mapping[str, str]
Times = dict[tuple[str, str], float]


@st.composite
def pathways(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 10))):
        mode = draw(st.integers(1, 7))
        has_time, has_length = draw(st.booleans()), draw(st.booleans())
        rows.append(
            {
                "pathway_id": f"w{number}",
                "from_stop_id": draw(st.sampled_from(PLACES)),
                "to_stop_id": draw(st.sampled_from(PLACES)),
                "pathway_mode": f"{mode}",
                "is_bidirectional": f"{0 if mode == 7 else draw(st.integers(0, 1))}",
                "traversal_time": f"{draw(st.integers(1, 400))}" if has_time else "",
                "length": f"{draw(st.integers(1, 200))}" if has_length else "",
                "stair_count": draw(st.sampled_from(["", "", "20", "-15"])),
                "max_slope": draw(st.sampled_from(["", "", "0.05", "-0.1"])),
                "min_width": draw(st.sampled_from(["", "", "0.7", "1.2"])),
            }
        )
    return rows


def stops() -> Iterator[str]:
    """The platforms of lines that meet in a station; each by 20 m farther to the east than the one before."""
    yield "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding"
    yield f"S,S,{LAT},{LON},1,,"
    for kind, names in ((0, PLATFORMS), (2, ENTRANCES), (3, NODES)):
        for name in names:
            yield f"{name},{name},{LAT},{position(name).lon},{kind},S,{2 if name == CLOSED else 0}"
    yield f"far,far,{LAT},{LON + 0.5},0,,"


def position(name: str) -> Position:
    return Position(round(LON + 0.000225 * PLACES.index(name), 6), LAT)


def network_of(rows: list[Row]) -> Network:
    table = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"
    trips = "".join(f"1,s,t{name}\n1,s,b{name}\n" for name in PLATFORMS)
    times = "".join(
        f"t{name},08:00:00,08:00:00,{name},1\nt{name},09:00:00,09:00:00,far,2\n"
        f"b{name},10:00:00,10:00:00,far,1\nb{name},11:00:00,11:00:00,{name},2\n"
        for name in PLATFORMS
    )
    told = {
        "stops": "\n".join(stops()) + "\n",
        "pathways": table,
        "trips": f"route_id,service_id,trip_id\n{trips}",
        "stop_times": f"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n{times}",
    }
    return build({"f": station(**told)})


def took(row: Row, *, wheelchair: bool, few_steps: bool) -> float:
    """Seconds along a pathway; infinite for whom it is no way."""
    mode, time, length = int(row["pathway_mode"]), row["traversal_time"], row["length"]
    steps = abs(int(row["stair_count"] or 0))
    is_walked, on_stairs = mode in {1, 2, 6, 7}, mode == 2 or (mode in {1, 6, 7} and steps > 0)
    if wheelchair:
        is_steep, is_narrow = abs(float(row["max_slope"] or 0)) > 0.0834, float(row["min_width"] or 1) < 0.8
        if on_stairs or mode == 4 or is_steep or is_narrow or CLOSED in {row["from_stop_id"], row["to_stop_id"]}:
            return math.inf
    if not is_walked:
        speed = {3: 0.65, 4: 0.43}.get(mode)
        by_length = float(length) / speed if length and speed else {3: 30.0, 4: 30.0, 5: 60.0}[mode]
        return float(time) if time else by_length
    straight = 1.3 * metres_between(position(row["from_stop_id"]), position(row["to_stop_id"]))
    metres = float(length) if length else straight
    if mode == 2:
        metres = 0.6 * steps if steps else 1.5 * metres
    else:
        metres += 0.6 * steps
    seconds = float(time) if time else metres / WALKING
    return seconds * (10 / 1.5 if few_steps and on_stairs else 1)


def times(rows: list[Row], **wishes: bool) -> Times:
    """Between all places of the station, by relaxing until nothing changes (Bellman and Ford)."""
    least: Times = {(place, place): 0.0 for place in PLACES}
    for _ in PLACES:
        for row in rows:
            ends = (row["from_stop_id"], row["to_stop_id"])
            for one, other in [ends, ends[::-1]] if row["is_bidirectional"] == "1" else [ends]:
                for place in PLACES:
                    there = least.get((place, one), math.inf) + took(row, **wishes)
                    least[place, other] = min(there, least.get((place, other), math.inf))
    return {ends: seconds for ends, seconds in least.items() if seconds <= LONGEST}


def walk(one: Position, other: Position) -> float:
    return 1.3 * metres_between(one, other) / WALKING


def doors(rows: list[Row], platform: str, *, is_out: bool, wheelchair: bool, few_steps: bool) -> dict[str, float]:
    """Seconds between a platform and each place on the street that one gets to it by."""
    on_foot = times(rows, wheelchair=False, few_steps=False)
    mine = times(rows, wheelchair=wheelchair, few_steps=few_steps)

    def pair(entrance: str) -> tuple[str, str]:
        return (platform, entrance) if is_out else (entrance, platform)

    if not any(pair(each) in on_foot for each in ENTRANCES):
        return {platform: 0.0}
    return {each: mine[pair(each)] for each in ENTRANCES if pair(each) in mine}


def within(rows: list[Row], one: str, other: str, **wishes: bool) -> float:
    """Seconds from a platform to another; ``math.inf`` where there is no way."""
    named = {row[end] for row in rows for end in ("from_stop_id", "to_stop_id")}
    out, into = doors(rows, one, is_out=True, **wishes), doors(rows, other, is_out=False, **wishes)
    ways = [
        left + walk(position(door), position(entry)) + entered
        for door, left in out.items()
        for entry, entered in into.items()
        if door != entry and not ({one, other} <= named and (door == one or entry == other))
    ]
    direct = times(rows, **wishes).get((one, other), math.inf)
    return min([direct, *ways])


def is_about(whole: int, exact: float) -> bool:
    """Whether these are the same seconds but for rounding, and for measuring on a sphere."""
    return math.isclose(whole, exact, rel_tol=0.005, abs_tol=2)


WISHES = st.sampled_from([(False, False), (True, False), (False, True)])


@settings(max_examples=50, deadline=None)
@given(pathways(), WISHES, st.booleans())
def test_ways_to_and_from_platforms(rows: list[Row], wishes: tuple[bool, bool], is_egress: bool) -> None:
    asked = {"wheelchair": wishes[0], "few_steps": wishes[1]}
    network = network_of(rows)
    query = JourneyQuery(
        origin=HERE,
        destination=HERE,
        at=datetime(2024, 5, 1, 23, tzinfo=UTC),
        modes=TRANSIT,
        longest_walk=timedelta(hours=1),
        wheelchair=wishes[0],
        few_steps=wishes[1],
    )
    ends = fan(network, query, is_egress=is_egress).ends
    ids = network.timetable.stops["stop_id"].to_list()
    found = {ids[stop]: seconds for stop, seconds in zip(ends.stop, ends.seconds, strict=True)}
    for platform in PLATFORMS:
        ways = [
            walk(HERE, position(door)) + inside
            for door, inside in doors(rows, platform, is_out=is_egress, **asked).items()
        ]
        assert (platform in found) == bool(ways)
        assert not ways or is_about(found[platform], min(ways))


@settings(max_examples=50, deadline=None)
@given(pathways(), WISHES)
def test_ways_between_platforms(rows: list[Row], wishes: tuple[bool, bool]) -> None:
    asked = {"wheelchair": wishes[0], "few_steps": wishes[1]}
    network = network_of(rows)
    query = JourneyQuery(
        origin=HERE, destination=HERE, at=datetime(2024, 5, 1, tzinfo=UTC), wheelchair=wishes[0], few_steps=wishes[1]
    )
    ways = network.transfers[going_of(query)]
    ids = network.timetable.stops["stop_id"].to_list()
    seconds = np.ceil(ways.metres / WALKING + ways.seconds)
    found = {
        (ids[origin], ids[to]): int(took)
        for origin, to, took in zip(ways.origin.tolist(), ways.to.tolist(), seconds, strict=True)
    }
    for one in PLATFORMS:
        for other in PLATFORMS:
            if one != other:
                least = within(rows, one, other, **asked)
                assert ((one, other) in found) == (least < math.inf)
                assert math.isinf(least) or is_about(found[one, other], least)
