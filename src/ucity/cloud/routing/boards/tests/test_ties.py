"""Vehicles that are told of by their line alone are runs of the timetable, where that can be known; each run once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ucity.cloud.routing.boards import Live, Message, live_of
from ucity.cloud.routing.boards.ties import aligned
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.tests.small import feed
from ucity.cloud.routing.timetable import Timetable
from ucity.network.feeds.gtfs_realtime import decode

SEVEN = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""In the morning, in Seoul."""
OUT, BACK = ("a", "b", "c", "end"), ("end", "c2", "b2", "a")


def tables() -> dict[str, str]:
    """Line 36 out and back, every ten minutes from seven, five minutes between two stops; it turns at ``end``."""
    trips, times = ["route_id,service_id,trip_id,direction_id"], []
    for way, stops in enumerate((OUT, BACK)):
        for begins in range(0, 60, 10):
            trips.append(f"36,s,{way}-{begins},{way}")
            for number, stop in enumerate(stops):
                at = (
                    f"07:{begins + 5 * number:02d}:00"
                    if begins + 5 * number < 60
                    else f"08:{begins + 5 * number - 60:02d}:00"
                )
                times.append(f"{way}-{begins},{at},{at},{stop},{number + 1}")
    return {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        + "".join(f"{stop},{stop},37.{n},127\n" for n, stop in enumerate(dict.fromkeys(OUT + BACK))),
        "routes": "route_id,agency_id,route_short_name,route_type\n36,a,36,3\n",
        "trips": "\n".join(trips),
        "stop_times": "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times]),
    }


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return load({"f": feed(tables())})


def coming(*told: tuple[str, str, float], at: datetime = SEVEN) -> Message:
    """Vehicles of line 36 that come to stops, so many minutes after seven."""
    message = pb.FeedMessage(header={"gtfs_realtime_version": "2.0", "timestamp": int(at.timestamp())})
    for vehicle, stop, minutes in told:
        update = message.entity.add(id=f"{vehicle} {stop}").trip_update
        update.trip.route_id, update.vehicle.id = "36", vehicle
        call = update.stop_time_update.add(stop_id=stop)
        call.arrival.time, call.arrival.uncertainty = int((SEVEN + timedelta(minutes=minutes)).timestamp()), 60
    return Message("f", at, decode(message.SerializeToString()))


def of_trip(trip: str, *, delay: int | None = None, vehicle: str = "", at: datetime = SEVEN) -> Message:
    """What another feed tells of a trip: how late it is, or which vehicle is on it."""
    message = pb.FeedMessage(header={"gtfs_realtime_version": "2.0", "timestamp": int(at.timestamp())})
    entity = message.entity.add(id="1")
    if delay is not None:
        entity.trip_update.trip.trip_id, entity.trip_update.delay = trip, delay
    else:
        entity.vehicle.trip.trip_id, entity.vehicle.vehicle.id = trip, vehicle
    return Message("f", at, decode(message.SerializeToString()))


def expected(timetable: Timetable, live: Live) -> dict[str, list[float | None]]:
    """Minutes after seven at which the runs that are told of come to their stops."""
    found: dict[str, list[float | None]] = {}
    for trip, told in live.calls.sort("trip", "call").select("trip", "arrives_expected").iter_rows():
        minutes = None if told is None else (told - SEVEN.timestamp()) / 60
        found.setdefault(timetable.trips["trip_id"][trip], []).append(minutes)
    return found


def test_a_vehicle_is_the_run_that_it_is_nearest_to_and_goes_on_as_late_as_it_is_told(timetable: Timetable) -> None:
    live = live_of(timetable, [coming(("1", "b", 7))])
    assert expected(timetable, live) == {"0-0": [None, 7, 12, 17]}
    assert live.tied == {"f:1"}
    assert live.calls["is_guess"].all()


def test_what_is_told_at_several_stops_is_of_one_run(timetable: Timetable) -> None:
    live = live_of(timetable, [coming(("1", "b", 9)), coming(("1", "c", 13), ("1", "a", 40))])
    assert expected(timetable, live) == {"0-0": [None, 9, 13, 18]}


def test_vehicles_come_as_their_runs_do_each_of_them_once(timetable: Timetable) -> None:
    live = live_of(timetable, [coming(("2", "b", 16), ("1", "b", 14), ("3", "c", 29))])
    assert expected(timetable, live) == {
        "0-0": [None, 14, 19, 24],
        "0-10": [None, 16, 21, 26],
        "0-20": [None, None, 29, 34],
    }
    few = live_of(timetable, [coming(("1", "b", 1), ("2", "b", 2), ("3", "b", 3))])
    assert expected(timetable, few) == {"0-0": [None, 3, 8, 13]}, "of the others no run is within ten minutes"
    assert few.tied == {"f:3"}


def test_a_vehicle_far_from_all_runs_or_of_which_the_way_is_not_known_is_left_alone(timetable: Timetable) -> None:
    live = live_of(timetable, [coming(("1", "b", -6), ("2", "x", 7))])
    assert (expected(timetable, live), live.tied) == ({}, frozenset())
    assert live.arrivals["vehicle"].to_list() == ["f:1"], "boards show it as one of its own"
    turns = live_of(timetable, [coming(("1", "a", 17))])
    assert expected(timetable, turns) == {"1-0": [None, None, None, 17]}, "no bus is on its way to where a trip begins"


def test_a_stop_that_is_served_both_ways_does_not_tell_the_way() -> None:
    both = tables() | {"stop_times": tables()["stop_times"].replace("b2", "b").replace("c2", "c")}
    timetable = load({"f": feed(both)})
    assert live_of(timetable, [coming(("1", "b", 8))]).tied == frozenset()
    live = live_of(timetable, [coming(("1", "b", 8), ("1", "c", 13))])
    assert live.tied == frozenset(), "either way it calls at the first of them"


def test_a_run_that_others_tell_of_is_theirs(timetable: Timetable) -> None:
    live = live_of(timetable, [of_trip("0-0", delay=60), coming(("1", "b", 7))])
    assert expected(timetable, live) == {"0-0": [1, 6, 11, 16], "0-10": [None, 7, 12, 17]}
    old = of_trip("0-0", delay=60, at=SEVEN - timedelta(minutes=11))
    assert expected(timetable, live_of(timetable, [old, coming(("1", "b", 7))])) == {"0-0": [None, 7, 12, 17]}


def test_a_vehicle_that_is_known_to_be_on_a_run_is_no_other_one(timetable: Timetable) -> None:
    live = live_of(timetable, [of_trip("0-10", vehicle="1"), coming(("1", "b", 7), ("2", "b", 6))])
    assert expected(timetable, live) == {"0-0": [None, 6, 11, 16], "0-10": [None, 7, 12, 17]}
    assert live.vehicles.height == 2


def test_what_was_told_long_before_the_newest_counts_no_more(timetable: Timetable) -> None:
    old = coming(("1", "b", 5), at=SEVEN - timedelta(minutes=11))
    live = live_of(timetable, [old, coming(("2", "b", 8))])
    assert live.tied == {"f:2"}


COSTS = st.lists(st.dictionaries(st.integers(0, 5), st.integers(0, 9)), max_size=5)


@given(COSTS)
def test_no_other_way_in_order_has_more_pairs_or_as_many_at_less_cost(costs: Sequence[Mapping[int, float]]) -> None:
    def worth(pairs: Sequence[tuple[int, int]]) -> tuple[int, float]:
        return len(pairs), -sum(costs[row][run] for row, run in pairs)

    every = [(row, run) for row, each in enumerate(costs) for run in each]
    ways = [
        way
        for count in range(len(costs) + 1)
        for way in combinations(sorted(every), count)
        if all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(way))
    ]
    found = aligned(costs, 6)
    assert found in ways
    assert worth(found) == max(map(worth, ways))
