"""Boards show runs that feeds add to the timetable, or tell in place of its trips."""

from datetime import timedelta

from google.transit import gtfs_realtime_pb2 as pb

from replay import network
from replay.network import DAY
from ucity.blueprint.boards import CallState
from ucity.cloud.routing.boards import Boards
from ucity.cloud.routing.boards.tests.said import NOON, at_square, closed, told, update, with_messages


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


def test_an_alert_closes_runs_that_are_added_as_well(plain: Boards) -> None:
    for named, state in (({"stop_id": "square"}, "skipped"), ({"trip": {"trip_id": "extra"}}, "cancelled")):
        message = closed(**named)
        beside(message, "extra", "ADDED", ("a", 3), ("square", 8), ("b", 12))
        assert told(with_messages(plain, message), "square", "extra").state.value == state
