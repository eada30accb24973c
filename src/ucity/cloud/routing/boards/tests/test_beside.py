"""Boards show runs that feeds add to the timetable, or tell in place of its trips."""

from datetime import timedelta

from google.transit import gtfs_realtime_pb2 as pb

from replay import network
from replay.network import DAY
from ucity.blueprint.boards import CallState
from ucity.cloud.routing.boards import Boards, names_of
from ucity.cloud.routing.boards.tests.said import NOON, at_square, closed, told, update, with_messages
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.tests.small import feed

EVERY_TEN = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\no,o,https://o.example,UTC\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "all,1,1,1,1,1,1,1,20260101,20301231\n",
    "stops": "stop_id,stop_name,stop_lon,stop_lat\na,A,129,35.1\nb,B,129.02,35.1\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nbus,o,36,3\n",
    "trips": "route_id,service_id,trip_id\nbus,all,often\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "often,06:00:00,06:00:00,a,1\noften,06:10:00,06:10:00,b,2\n",
    "frequencies": "trip_id,start_time,end_time,headway_secs\noften,06:00:00,23:00:00,600\n",
}


def beside(message: pb.FeedMessage, trip: str, state: str, *stops: tuple[str, float]) -> None:
    """A run of the bus line that calls at these stops, so many minutes after noon."""
    own = update(message, trip)
    own.trip.MergeFrom(pb.TripDescriptor(route_id="bus", schedule_relationship=state))
    for stop, minutes in stops:
        own.stop_time_update.add(stop_id=stop).departure.time = int((NOON + timedelta(minutes=minutes)).timestamp())


def test_a_run_that_a_feed_adds_is_on_the_boards_of_its_stops_as_long_as_that_is_new(plain: Boards) -> None:
    message = network.message(NOON)
    beside(message, "extra", "ADDED", ("a", 3), ("square", 8), ("b", 12))
    boards = with_messages(plain, message)
    assert at_square(boards)[:3] == [
        (5, "small:bus-0-720", None),
        (5, "small:bus-1-720", None),
        (8, "small:extra", None),
    ]
    call = told(boards, "square", "extra")
    assert (call.line.key, call.headsign, call.state) == ("small:bus", {"ko": "나"}, CallState.EXPECTED)
    assert (call.day, call.told_at, call.delay, call.arrives_scheduled) == (DAY.date(), NOON, None, None)
    assert [told(boards, stop, "extra").ends_here for stop in ("a", "square", "b")] == [False, False, True]
    assert [call.trip for call in boards.board("small:square", NOON, line="small:metro").calls] == []
    assert boards.board("small:station", NOON).calls == plain.board("small:station", NOON).calls
    later = NOON + timedelta(minutes=11)
    beside(message, "late", "ADDED", ("a", 3), ("square", 15))
    kept = [call.trip for call in with_messages(plain, message).board("small:square", later).calls]
    assert not {"small:extra", "small:late"} & set(kept)
    assert "small:late" in {trip for _, trip, _ in at_square(with_messages(plain, message))}


def test_a_run_in_place_of_another_is_shown_where_it_calls_and_the_other_is_off_elsewhere(plain: Boards) -> None:
    message = network.message(NOON)
    beside(message, "bus-0-720", "REPLACEMENT", ("a", 2), ("b", 14))
    boards = with_messages(plain, message)
    shown = {stop: [call for call in boards.board(f"small:{stop}", NOON).calls if call.trip == "small:bus-0-720"]
             for stop in ("a", "square", "b")}  # fmt: skip
    assert {stop: [call.state.value for call in calls] for stop, calls in shown.items()} == {
        "a": ["expected"],
        "square": ["cancelled"],
        "b": ["expected"],
    }
    assert shown["b"][0].arrives == NOON + timedelta(minutes=14)


def test_of_a_trip_that_goes_every_so_often_the_one_run_is_hidden_that_another_takes_the_place_of() -> None:
    feeds = {network.FEED: feed(EVERY_TEN)}
    message = network.message(NOON)
    beside(message, "often", "REPLACEMENT", ("a", 12), ("b", 22))
    message.entity[0].trip_update.trip.start_time = "12:10:00"
    other = update(message, "often")
    other.trip.MergeFrom(pb.TripDescriptor(start_time="12:20:00", schedule_relationship="CANCELED"))
    message.entity[1].id = "cancelled"
    calls = with_messages(Boards(load(feeds), names_of(feeds)), message).board("small:a", NOON).calls[:4]
    assert [((call.departs - NOON).total_seconds() / 60, call.state.value) for call in calls] == [
        (0, "scheduled"),
        (12, "expected"),
        (20, "cancelled"),
        (30, "scheduled"),
    ]


def test_runs_of_one_trip_that_start_apart_are_all_shown(plain: Boards) -> None:
    message = network.message(NOON)
    for minutes in (3, 17):
        beside(message, "bus-0-720", "UNSCHEDULED", ("a", minutes), ("square", minutes + 5))
        own = message.entity[-1]
        own.id, own.trip_update.trip.start_time = str(minutes), f"12:{minutes:02d}:00"
    found = [minutes for minutes, trip, _ in at_square(with_messages(plain, message)) if trip == "small:bus-0-720"]
    assert found == [5, 8, 22]


def test_an_alert_closes_runs_that_are_added_as_well(plain: Boards) -> None:
    for named, state in (({"stop_id": "square"}, "skipped"), ({"trip": {"trip_id": "extra"}}, "cancelled")):
        message = closed(**named)
        beside(message, "elsewhere", "ADDED", ("a", 3), ("b", 12))
        beside(message, "extra", "ADDED", ("a", 3), ("square", 8), ("b", 12))
        assert told(with_messages(plain, message), "square", "extra").state.value == state
