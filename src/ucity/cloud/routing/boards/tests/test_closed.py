"""Boards tell which calls alerts of NO_SERVICE close."""

from datetime import timedelta
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from replay.network import trip_id
from ucity.cloud.routing.boards import Boards
from ucity.cloud.routing.boards.tests.said import NOON, about, closed, told, update, with_messages


def states(boards: Boards, stop: str, until: int = 30) -> dict[str, str]:
    """How much is known of the bus trips that call there, up to so many minutes after noon."""
    calls = boards.board(f"small:{stop}", NOON, within=timedelta(minutes=until), line="small:bus").calls
    return {(call.trip or "").removeprefix("small:bus-"): call.state.value for call in calls}


@pytest.mark.parametrize(
    ("named", "outward", "back"),
    [
        ({"stop_id": "square"}, "skipped", "skipped"),
        ({"stop_id": "square", "route_id": "bus", "direction_id": 0}, "skipped", "scheduled"),
        ({"stop_id": "square", "route_id": "metro"}, "scheduled", "scheduled"),
        ({"route_id": "bus"}, "cancelled", "cancelled"),
        ({"agency_id": "o"}, "cancelled", "cancelled"),
        ({"route_id": "bus", "direction_id": 1}, "scheduled", "cancelled"),
        ({"trip": {"trip_id": "bus-0-720"}}, "cancelled", "scheduled"),
        ({"trip": {"trip_id": "bus-0-720", "start_date": "20261124"}}, "cancelled", "scheduled"),
        ({"trip": {"trip_id": "bus-0-720", "start_date": "20261125"}}, "scheduled", "scheduled"),
        ({"trip": {"trip_id": "bus-0-720", "start_time": "12:10:00"}}, "scheduled", "scheduled"),
        ({"stop_id": "nowhere"}, "scheduled", "scheduled"),
        ({}, "scheduled", "scheduled"),
    ],
)
def test_calls_that_an_alert_closes_are_not_made(plain: Boards, named: dict[str, Any], outward: str, back: str) -> None:
    found = states(with_messages(plain, closed(**named)), "square", until=10)
    assert found == {"0-720": outward, "1-720": back}


def test_a_line_runs_until_its_alert_is_active_and_what_has_ended_does_not_go_on(plain: Boards) -> None:
    boards = with_messages(plain, closed((8, 14), route_id="bus", direction_id=0))
    # The one at noon has passed the square by then; the next one would begin; then nothing is amiss.
    assert (states(boards, "square")["0-720"], states(boards, "b")["0-720"]) == ("scheduled", "cancelled")
    assert (states(boards, "a")["0-730"], states(boards, "a")["0-740"]) == ("cancelled", "scheduled")
    assert states(boards, "a")["1-720"] == "scheduled"


def test_an_alert_closes_what_comes_late_by_when_it_comes(plain: Boards) -> None:
    message = closed((8, 20), stop_id="square")
    assert states(with_messages(plain, message), "square")["0-720"] == "scheduled"
    update(message, trip_id("bus", 0, 12 * 60)).delay = 300
    late = with_messages(plain, message)
    assert states(late, "square")["0-720"] == "skipped"
    assert told(late, "b", "bus-0-720").delay == 300
    off = update(message, trip_id("bus", 0, 12 * 60 + 10))
    off.trip.schedule_relationship = pb.TripDescriptor.CANCELED
    assert states(with_messages(plain, message), "square")["0-730"] == "cancelled"


def test_alerts_of_other_effects_close_nothing(plain: Boards) -> None:
    assert states(with_messages(plain, about(stop_id="square")), "square", until=10) == {
        "0-720": "scheduled",
        "1-720": "scheduled",
    }
