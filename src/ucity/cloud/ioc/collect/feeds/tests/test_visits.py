"""Calls that are seen from one position of a vehicle to the next."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from running.feeds import TIMETABLE, realtime, zipped
from ucity.cloud.ioc.collect.feeds.matching import stationed
from ucity.cloud.ioc.collect.feeds.schedule import Schedule, schedule_of
from ucity.cloud.ioc.collect.feeds.visits import seen
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import decode

SEOUL = ZoneInfo("Asia/Seoul")
STOPPED, MOVING = pb.VehiclePosition.STOPPED_AT, pb.VehiclePosition.IN_TRANSIT_TO
Look = tuple[str, str, int]
"""Local time, stop, and how the vehicle stands to it."""


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    file = tmp_path / "feed.zip"
    file.write_bytes(zipped(TIMETABLE))
    return schedule_of(read(file, scratch=tmp_path))


def local(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{clock}").replace(tzinfo=SEOUL).astimezone(UTC)


def look(schedule: Schedule, clock: str, stop: str, status: int, trip: str = "T1") -> pl.DataFrame:
    message = realtime(at=local(clock).timestamp())
    bus = message.entity.add(id="1").vehicle
    bus.vehicle.id, bus.trip.trip_id, bus.stop_id = "bus-1", trip, stop
    bus.current_status = status  # type: ignore[assignment]  # one of the enumeration's numbers
    return stationed(decode(message.SerializeToString()), schedule, local(clock))


def calls(schedule: Schedule, *looks: Look) -> list[tuple[object, ...]]:
    places, found = None, []
    for clock, stop, status in looks:
        now = seen(places, look(schedule, clock, stop, status))
        places = now.places
        found += now.calls.select("stop", "arrival_delay", "departure_delay").rows()
    return found


def test_a_vehicle_that_stood_and_went_on_has_called(schedule: Schedule) -> None:
    looks = ("08:05:10", "S2", STOPPED), ("08:05:30", "S2", STOPPED), ("08:05:50", "S3", MOVING)
    assert calls(schedule, ("08:04:50", "S2", MOVING), *looks) == [("S2", 10, 10)]


def test_a_vehicle_that_was_not_seen_to_stand_has_left_all_the_same(schedule: Schedule) -> None:
    assert calls(schedule, ("08:05:20", "S2", MOVING), ("08:06:00", "S3", MOVING)) == [("S2", None, 10)]


def test_a_vehicle_that_stands_at_its_last_stop_has_come(schedule: Schedule) -> None:
    looks = ("08:10:30", "S3", STOPPED), ("08:10:50", "S3", STOPPED)
    assert calls(schedule, ("08:10:00", "S3", MOVING), *looks) == [("S3", 30, None)] * 2, "the same call again"


@pytest.mark.parametrize(
    "looks",
    [
        [("08:05:20", "S2", MOVING)],
        [("08:05:20", "S2", MOVING), ("08:05:40", "S2", MOVING)],
        [("08:05:20", "S3", MOVING), ("08:05:40", "S2", MOVING)],
        [("08:05:20", "S2", MOVING), ("08:08:40", "S3", MOVING)],
    ],
)
def test_nothing_is_told_that_was_not_seen(schedule: Schedule, looks: list[Look]) -> None:
    assert calls(schedule, *looks) == []


def test_another_trip_of_the_same_vehicle_is_another_matter(schedule: Schedule) -> None:
    before = seen(None, look(schedule, "08:05:20", "S2", MOVING)).places
    assert seen(before, look(schedule, "08:05:50", "S1", STOPPED, trip="T2")).calls.height == 1, "its last stop"
    assert seen(before, look(schedule, "08:05:50", "S3", MOVING, trip="T2")).calls.is_empty()
