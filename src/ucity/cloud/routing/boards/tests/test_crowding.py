"""How full vehicles are, on the boards of the stops ahead of them: whatever they are called, and while it is news."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from replay import network
from replay.network import DAY, trip_id
from ucity.blueprint.boards import BoardCall

NOON = DAY + timedelta(hours=12)
BUS = pb.TripDescriptor(trip_id=trip_id("bus", 0, 12 * 60), start_date="20261124")
LEAVING, AFTER = "square", "b"


def full(at: datetime, **who: str) -> pb.FeedMessage:
    """That the bus is full, by what its vehicle is called there."""
    message = network.message(at)
    vehicle = message.entity.add(id="e7").vehicle
    vehicle.trip.CopyFrom(BUS)
    vehicle.vehicle.CopyFrom(pb.VehicleDescriptor(**who))
    vehicle.occupancy_status = pb.VehiclePosition.FULL
    return message


def late(occupancy: str | None = None) -> pb.FeedMessage:
    """That the bus is late at the square, and how full it will be when it leaves it."""
    message = network.message(NOON)
    update = message.entity.add(id="1").trip_update
    update.trip.CopyFrom(BUS)
    call = update.stop_time_update.add(stop_sequence=20, departure_occupancy_status=occupancy)
    call.arrival.delay = 120
    return message


def told(folder: Path, *messages: pb.FeedMessage) -> list[BoardCall]:
    """The call of the bus at the square, and at its next stop."""
    boards = network.boards(folder, messages)
    return [
        next(call for call in boards.board(f"small:{stop}", NOON).calls if call.trip == f"small:{BUS.trip_id}")
        for stop in (LEAVING, AFTER)
    ]


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ({"id": "1", "label": "L"}, "1"),
        ({"label": "L", "license_plate": "P"}, "L"),
        ({"license_plate": "P"}, "P"),
        ({}, "e7"),
    ],
)
def test_a_vehicle_is_called_what_its_feed_calls_it_and_is_as_full_by_any_name(
    tmp_path: Path, who: dict[str, str], name: str
) -> None:
    for call in told(tmp_path, late(), full(NOON, **who)):
        assert (call.vehicle, call.occupancy) == (f"small:{name}", "full")


def test_how_full_a_vehicle_was_long_ago_is_not_told(tmp_path: Path) -> None:
    for call in told(tmp_path, late(), full(NOON - timedelta(minutes=11), id="1")):
        assert (call.vehicle, call.occupancy) == (None, None)


@pytest.mark.parametrize(
    ("messages", "occupancy"),
    [
        ([late("EMPTY")], ["empty", None]),
        ([late("EMPTY"), full(NOON)], ["empty", "full"]),
        ([late("NO_DATA_AVAILABLE"), full(NOON)], ["full", "full"]),
    ],
)
def test_how_full_it_will_be_when_it_leaves_counts_before_how_full_it_is(
    tmp_path: Path, messages: list[pb.FeedMessage], occupancy: list[str | None]
) -> None:
    assert [call.occupancy for call in told(tmp_path, *messages)] == occupancy
