"""Boards: who comes next, in order; delays go on along a trip; what does not run is said; old news is not believed."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay import network
from replay.network import DAY, trip_id
from ucity.blueprint import Mode, Position
from ucity.blueprint.boards import CallState
from ucity.cloud.routing.boards import Boards
from ucity.cloud.routing.boards.tests.said import NOON, about, at_square, told, update, with_messages
from ucity.errors import NotFound

CANCELED = pb.TripDescriptor.CANCELED
ON_TIME = pb.TripUpdate.StopTimeUpdate.SCHEDULED
SKIPPED = pb.TripUpdate.StopTimeUpdate.SKIPPED
NO_DATA = pb.TripUpdate.StopTimeUpdate.NO_DATA


def test_without_real_time_a_board_shows_the_timetable(plain: Boards) -> None:
    board = plain.board("small:square", NOON, within=timedelta(minutes=30))
    assert [(call.arrives - NOON).total_seconds() / 60 for call in board.calls] == [5, 5, 15, 15, 25, 25]
    assert {call.state for call in board.calls} == {CallState.SCHEDULED}
    assert {call.delay for call in board.calls} == {None}
    assert board.calls[0].line.name == {"ko": "36"}
    assert {call.headsign["ko"] for call in board.calls} == {"가", "나"}


def test_a_station_shows_what_calls_at_its_platforms(plain: Boards) -> None:
    board = plain.board("small:station", NOON, within=timedelta(minutes=10))
    assert sorted(call.platform for call in board.calls) == ["1", "2"]
    assert board.stop.name == {"ko": "중앙역", "en": "Central Station"}
    assert [line.name["en"] for line in board.lines] == ["Line 1"]
    assert plain.board("small:up", NOON).stop.station == "small:station"


def test_a_delay_goes_on_to_the_stops_after_it_and_not_to_those_before(plain: Boards) -> None:
    message = network.message(NOON)
    call = update(message, trip_id("bus", 0, 12 * 60)).stop_time_update.add()
    call.stop_sequence, call.arrival.delay = 20, 150
    boards = with_messages(plain, message)
    at_square, at_end = (told(boards, stop, "bus-0-720") for stop in ("square", "b"))
    assert (at_square.delay, at_end.delay) == (150, 150)
    assert at_square.arrives_scheduled == at_square.arrives - timedelta(seconds=150)
    assert at_end.ends_here
    before = told(boards, "a", "bus-0-720")
    assert (before.state, before.delay) == (CallState.SCHEDULED, None)
    assert told(boards, "square", "bus-0-730").state is CallState.SCHEDULED


def test_a_late_bus_comes_after_the_one_that_overtakes_it(plain: Boards) -> None:
    message = network.message(NOON)
    call = update(message, trip_id("bus", 0, 12 * 60)).stop_time_update.add()
    call.stop_id, call.departure.time = "a", int((NOON + timedelta(minutes=12)).timestamp())
    calls = [each for each in with_messages(plain, message).board("small:b", NOON).calls if each.headsign["ko"] == "나"]
    order = [each.trip for each in calls]
    assert order.index("small:bus-0-730") < order.index("small:bus-0-720")


def test_a_vehicle_that_is_late_is_still_waited_for(plain: Boards) -> None:
    message = network.message(NOON)
    update(message, trip_id("bus", 0, 11 * 60)).delay = 3600
    board = with_messages(plain, message).board("small:square", NOON)
    late = next(call for call in board.calls if call.trip == "small:bus-0-660")
    assert late.arrives == NOON + timedelta(minutes=5)
    assert late.delay == 3600


def test_what_does_not_run_or_does_not_stop_is_said(plain: Boards) -> None:
    message = network.message(NOON)
    update(message, trip_id("bus", 0, 12 * 60)).trip.schedule_relationship = CANCELED
    skipping = update(message, trip_id("bus", 0, 12 * 60 + 10))
    call = skipping.stop_time_update.add()
    call.stop_sequence, call.schedule_relationship = 20, SKIPPED
    boards = with_messages(plain, message)
    assert told(boards, "square", "bus-0-720").state is CallState.CANCELLED
    assert told(boards, "square", "bus-0-730").state is CallState.SKIPPED


def test_where_nothing_is_known_the_timetable_holds(plain: Boards) -> None:
    message = network.message(NOON)
    own = update(message, trip_id("bus", 0, 12 * 60))
    for sequence, state in ((10, ON_TIME), (20, NO_DATA)):
        call = own.stop_time_update.add()
        call.stop_sequence, call.schedule_relationship = sequence, state
        if state == ON_TIME:
            call.departure.delay = 90
    boards = with_messages(plain, message)
    assert told(boards, "square", "bus-0-720").state is CallState.SCHEDULED
    assert told(boards, "b", "bus-0-720").state is CallState.SCHEDULED
    assert told(boards, "a", "bus-0-720").delay == 90


def test_a_message_of_long_ago_is_not_believed(plain: Boards) -> None:
    message = network.message(NOON - timedelta(minutes=11))
    update(message, trip_id("bus", 0, 12 * 60)).delay = 300
    assert told(with_messages(plain, message), "square", "bus-0-720").state is CallState.SCHEDULED
    newer = network.message(NOON - timedelta(minutes=9))
    update(newer, trip_id("bus", 0, 12 * 60)).delay = 120
    both = with_messages(plain, message, newer)
    assert told(both, "square", "bus-0-720").delay == 120
    assert told(both, "square", "bus-0-720").told_at == NOON - timedelta(minutes=9)


def test_a_feed_that_does_not_tell_the_day_means_the_nearest_run(plain: Boards) -> None:
    soon = DAY + timedelta(days=1, minutes=2)
    message = network.message(soon)
    update(message, trip_id("bus", 0, 24 * 60), day="").delay = 60
    call = told(with_messages(plain, message), "square", "bus-0-1440", soon)
    assert (call.day, call.delay) == (DAY.date(), 60)


def test_a_vehicle_says_how_far_it_is_and_how_full(plain: Boards) -> None:
    message = network.message(NOON)
    update(message, trip_id("bus", 0, 12 * 60)).delay = 0
    entity = message.entity.add()
    entity.id = "bus 1"
    entity.vehicle.trip.trip_id, entity.vehicle.trip.start_date = "bus-0-720", "20261124"
    entity.vehicle.vehicle.id, entity.vehicle.stop_id = "1234", "square"
    entity.vehicle.occupancy_status = pb.VehiclePosition.FEW_SEATS_AVAILABLE
    call = told(with_messages(plain, message), "b", "bus-0-720")
    assert (call.vehicle, call.stops_away, call.occupancy) == ("small:1234", 1, "few_seats_available")


def test_alerts_are_shown_where_they_concern_somebody_until_they_are_over(plain: Boards) -> None:
    message = network.message(NOON)
    for id_, route, end in (("slow", "bus", NOON), ("lift", "", NOON + timedelta(hours=1))):
        entity = message.entity.add()
        entity.id = id_
        entity.alert.header_text.translation.add(text="말", language="ko")
        entity.alert.active_period.add(end=int(end.timestamp()))
        about = entity.alert.informed_entity.add()
        about.route_id, about.stop_id = route, "" if route else "station"
    boards = with_messages(plain, message)
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    assert [each.key for each in boards.board("small:a", before).disturbances] == ["small:slow"]
    assert boards.board("small:a", after).disturbances == ()
    assert [each.key for each in boards.board("small:station", after).disturbances] == ["small:lift"]
    assert [each.key for each in boards.board("small:square", after).disturbances] == []
    assert [each.key for each in boards.disturbances(after)] == ["small:lift"]


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ({"stop_id": "station"}, {"station", "up", "down"}),
        ({"stop_id": "up"}, {"station", "up"}),
        ({"agency_id": "o"}, {"a", "square", "station", "up", "down"}),
        ({"agency_id": "another"}, set()),
        ({"route_type": 1}, {"station", "up", "down"}),
        ({"route_type": 3, "agency_id": "o"}, {"a", "square"}),
        ({"route_type": 3, "stop_id": "up"}, set()),
    ],
)
def test_an_alert_is_shown_at_all_stops_that_it_is_about(plain: Boards, named: dict[str, Any], shown: set[str]) -> None:
    boards = with_messages(plain, about(**named))
    stops = ("a", "square", "station", "up", "down")
    assert {stop for stop in stops if boards.board(f"{network.FEED}:{stop}", NOON).disturbances} == shown


def test_lines_know_their_ways_and_stops_their_neighbours(plain: Boards) -> None:
    assert [line.mode for line in plain.lines()] == [Mode.BUS, Mode.METRO]
    line = plain.line("small:metro", NOON)
    assert [[stop.key for stop in way.stops] for way in line.ways] == [
        ["small:c", "small:up", "small:d"],
        ["small:d", "small:down", "small:c"],
    ]
    assert line.ways[0].seconds == (-20, 280, 580)
    near = plain.near(Position(129.0101, 35.1001), NOON, metres=500, most=5, calls=2)
    assert [each.stop.key for each in near] == ["small:station", "small:square"]
    assert near[0].metres < 1
    assert [len(each.calls) for each in near] == [2, 2]
    one = plain.near(Position(129.0101, 35.1001), NOON, metres=5000, most=1)
    assert [(each.stop.key, each.calls) for each in one] == [("small:station", ())]


def test_a_board_of_one_line_has_no_other(plain: Boards) -> None:
    assert {call.line.key for call in plain.board("small:station", NOON, line="small:metro").calls} == {"small:metro"}
    assert plain.board("small:station", NOON, line="small:bus").calls == ()
    with pytest.raises(NotFound):
        plain.board("small:station", NOON, line="small:nothing")
    coming = network.message(NOON)
    update = coming.entity.add(id="1").trip_update
    update.trip.route_id, update.vehicle.id = "bus", "1"
    update.stop_time_update.add(stop_id="b").arrival.time = int((NOON + timedelta(minutes=3)).timestamp())
    boards = with_messages(plain, coming)
    told = boards.board("small:b", NOON, line="small:bus").calls
    assert told == boards.board("small:b", NOON).calls, "there is but this line"
    assert "small:1" in {call.vehicle for call in told}


def test_what_there_is_not_is_not_found(plain: Boards) -> None:
    for ask in (lambda: plain.board("small:nowhere", NOON), lambda: plain.line("small:nothing", NOON)):
        with pytest.raises(NotFound):
            ask()


DELAYS = st.lists(
    st.tuples(st.sampled_from(["bus", "metro"]), st.integers(0, 1), st.integers(66, 80), st.integers(-200, 4000),
              st.sampled_from([10, 20, 30])),
    max_size=12,
)  # fmt: skip


@given(delays=DELAYS, minutes=st.integers(0, 90))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_boards_are_in_order_and_times_never_go_back(
    plain: Boards, delays: list[tuple[str, int, int, int, int]], minutes: int
) -> None:
    now = NOON + timedelta(minutes=minutes)
    message = network.message(now)
    for route, direction, ten, delay, sequence in delays:
        call = update(message, trip_id(route, direction, 10 * ten)).stop_time_update.add()
        call.stop_sequence, call.departure.delay = sequence, delay
    boards = with_messages(plain, message)
    for stop in ("a", "square", "b", "station"):
        calls = boards.board(f"small:{stop}", now).calls
        assert all(one.arrives <= other.arrives for one, other in pairwise(calls))
        assert all(call.arrives <= call.departs for call in calls)
        assert all(now - timedelta(seconds=30) <= call.departs < now + timedelta(hours=1) for call in calls)
        assert all((call.state is CallState.EXPECTED) == (call.delay is not None) for call in calls)
        keys = [(call.trip, call.day, call.stop) for call in calls]
        assert len(set(keys)) == len(keys)
    for run in {tuple(row[:3]) for row in boards.live.calls.iter_rows()}:
        own = [row for row in boards.live.calls.iter_rows(named=True) if (row["trip"], row["day"], row["shift"]) == run]
        times = [time for row in own for time in (row["arrives_expected"], row["departs_expected"]) if time is not None]
        assert times == sorted(times)


def coming(message: pb.FeedMessage, line: str, stop: str, *buses: tuple[str, float]) -> None:
    """Buses that come to a stop in so many minutes after noon, without a trip; each is two stops away."""
    for bus, minutes in buses:
        own = message.entity.add(id=f"{bus} {stop}").trip_update
        own.trip.route_id, own.vehicle.id = line, bus
        call = own.stop_time_update.add(stop_id=stop, stop_sequence=7)
        call.arrival.time = int((NOON + timedelta(minutes=minutes)).timestamp())
        seen = message.entity.add(id=f"{bus} {stop} at").vehicle
        seen.trip.route_id, seen.vehicle.id, seen.current_stop_sequence = line, bus, 5
        seen.vehicle.wheelchair_accessible = pb.VehicleDescriptor.WHEELCHAIR_ACCESSIBLE


def test_a_bus_without_a_trip_is_the_planned_call_that_it_is_nearest_to(plain: Boards) -> None:
    message = network.message(NOON)
    coming(message, "bus", "square", ("4402", 7), ("4408", 16))
    boards = with_messages(plain, message)
    assert at_square(boards)[:3] == [
        (7, "small:bus-0-720", "small:4402"),
        (16, "small:bus-0-730", "small:4408"),
        (25, "small:bus-0-740", None),
    ]
    call = boards.board("small:square", NOON).calls[0]
    assert (call.state, call.delay, call.stops_away, call.is_wheelchair) == (CallState.EXPECTED, None, 2, True)
    assert (call.told_at, call.arrives_scheduled) == (NOON, NOON + timedelta(minutes=5))


def test_a_planned_call_that_nothing_is_on_its_way_for_is_not_shown(plain: Boards) -> None:
    message = network.message(NOON)
    coming(message, "bus", "square", ("4402", 14), ("4408", 26))
    times = [minutes for minutes, _, _ in at_square(with_messages(plain, message))]
    assert times == [14, 26]
    first = network.message(NOON)
    coming(first, "bus", "b", ("4402", 26))
    begins = with_messages(plain, first).board("small:b", NOON, within=timedelta(minutes=30)).calls
    assert [call.trip for call in begins if not call.ends_here] == [
        f"small:bus-1-{minute}" for minute in (720, 730, 740)
    ]


def test_a_bus_far_from_what_is_planned_is_one_of_its_own(plain: Boards) -> None:
    message = network.message(NOON)
    coming(message, "bus", "square", ("1", 1), ("2", 2), ("3", 3))
    coming(message, "metro", "square", ("4", 4))
    calls = with_messages(plain, message).board("small:square", NOON, within=timedelta(minutes=4, seconds=1)).calls
    assert [call.trip for call in calls] == ["small:bus-0-720", "small:bus-1-720", None, None]
    own = calls[2]
    assert (own.arrives, own.day, own.sequence, own.stops_away) == (NOON + timedelta(minutes=3), None, 7, 2)
    assert (own.arrives_scheduled, own.departs_scheduled, own.delay) == (None, None, None)
    assert [(call.line.key, call.headsign.get("ko")) for call in calls[2:]] == [
        ("small:bus", "나"),
        ("small:metro", None),
    ]


def test_a_bus_whose_trip_another_feed_tells_is_shown_once_as_the_newer_one_says(plain: Boards) -> None:
    trips = network.message(NOON)
    own = update(trips, trip_id("bus", 0, 12 * 60))
    own.stop_time_update.add(stop_id="square").arrival.delay = 60
    entity = trips.entity.add(id="1")
    entity.vehicle.trip.trip_id, entity.vehicle.trip.start_date, entity.vehicle.vehicle.id = (
        "bus-0-720",
        "20261124",
        "4402",
    )
    stops = network.message(NOON + timedelta(seconds=10))
    coming(stops, "bus", "square", ("4402", 9))
    calls = at_square(with_messages(plain, trips, stops))
    assert [call for call in calls if call[2]] == [(9, "small:bus-0-720", "small:4402")]
    newer = network.message(NOON + timedelta(seconds=20))
    newer.entity.extend(trips.entity)
    calls = at_square(with_messages(plain, newer, stops))
    assert [call for call in calls if call[2]] == [(6, "small:bus-0-720", "small:4402")]


def test_a_trip_that_is_told_of_without_its_vehicle_is_not_shown_beside_that(plain: Boards) -> None:
    stops = network.message(NOON)
    coming(stops, "bus", "square", ("4402", 8))
    for seconds, minutes, delay in ((-10, 8, None), (10, 7, 120)):
        trips = network.message(NOON + timedelta(seconds=seconds))
        for direction in (0, 1):
            update(trips, trip_id("bus", direction, 12 * 60)).delay = 120
        calls = with_messages(plain, trips, stops).board("small:square", NOON, within=timedelta(minutes=10)).calls
        first = next(call for call in calls if call.trip == "small:bus-0-720")
        assert (first.arrives, first.delay) == (NOON + timedelta(minutes=minutes), delay)
        assert len(calls) == 2, "the bus, and the one the other way"


def test_arrivals_of_other_lines_and_stops_and_of_long_ago_change_nothing(plain: Boards) -> None:
    message = network.message(NOON)
    coming(message, "tram", "square", ("1", 7))
    coming(message, "bus", "nowhere", ("2", 7))
    old = network.message(NOON - timedelta(minutes=11))
    coming(old, "bus", "square", ("3", 7))
    assert at_square(with_messages(plain, message, old)) == at_square(plain)


def test_a_feed_that_speaks_of_trips_nobody_knows_changes_nothing(plain: Boards, tmp_path: Path) -> None:
    message = network.message(NOON)
    update(message, "unknown").delay = 60
    boards = network.boards(tmp_path, [message])
    assert boards.live.calls.is_empty()
    assert boards.board("small:a", NOON).calls == plain.board("small:a", NOON).calls
