"""Real-time messages as readings: held against the timetable, whatever they leave unsaid."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from running.feeds import TIMETABLE, realtime, zipped
from ucity.blueprint.frames import columns_of
from ucity.blueprint.subjects import SUBJECT, subject_of
from ucity.cloud.ioc.collect.feeds.matching import matched, trip_delays
from ucity.cloud.ioc.collect.feeds.observations import stop_readings, vehicle_readings
from ucity.cloud.ioc.collect.feeds.observer import STOP_EVENTS, VEHICLES
from ucity.cloud.ioc.collect.feeds.schedule import Schedule, schedule_of
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import Realtime, decode
from ucity.services import catalogue

SEOUL = ZoneInfo("Asia/Seoul")
HEADWAY = {"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,10:00:00,600\n"}


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    return schedule_from(tmp_path)


def schedule_from(folder: Path, more: dict[str, str] | None = None) -> Schedule:
    file = folder / "feed.zip"
    file.write_bytes(zipped(TIMETABLE | (more or {})))
    return schedule_of(read(file, scratch=folder))


def local(hour: int, minute: int, second: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=SEOUL).astimezone(UTC)


def message(at: datetime, trip: str = "T1") -> pb.FeedMessage:
    made = realtime(at=at.timestamp())
    update = made.entity.add(id="1").trip_update
    update.trip.trip_id = trip
    update.vehicle.id = "bus-1"
    return made


def events(made: pb.FeedMessage, schedule: Schedule, now: datetime) -> list[dict[str, object]]:
    said = decode(made.SerializeToString())
    readings = stop_readings(matched(said, schedule, now), catalogue().streams[STOP_EVENTS], "busan", now)
    assert readings.frame.schema == pl.Schema(columns_of(readings.stream))
    return readings.frame.to_dicts()


def test_a_call_is_told_once_the_vehicle_has_left(schedule: Schedule) -> None:
    now = local(8, 6)
    made = message(now)
    update = made.entity[0].trip_update
    gone = update.stop_time_update.add(stop_sequence=2)
    gone.arrival.delay, gone.departure.delay = 20, 25
    update.stop_time_update.add(stop_sequence=3).arrival.delay = 30
    (event,) = events(made, schedule, now)
    assert event == {
        "subject": "busan:S2",
        "observed_at": local(8, 5, 55),
        "lon": 129.06,
        "lat": 35.16,
        "identity": "busan:T1~2026-11-24~2",
        "trip": "busan:T1",
        "service_day": "2026-11-24",
        "route": "busan:R1",
        "direction": "0",
        "vehicle": "busan:bus-1",
        "stop_sequence": 2.0,
        "arrival_delay": 20.0,
        "departure_delay": 25.0,
        **dict.fromkeys(("predicted_3", "predicted_10", "predicted_20")),
        "name": "부전",
    }


def test_the_last_call_is_told_once_the_vehicle_has_come(schedule: Schedule) -> None:
    now = local(8, 11)
    made = message(now)
    made.entity[0].trip_update.stop_time_update.add(stop_id="S3").arrival.time = int(local(8, 10, 40).timestamp())
    (event,) = events(made, schedule, now)
    assert (event["observed_at"], event["arrival_delay"], event["departure_delay"]) == (local(8, 10, 40), 40, None)


def test_a_time_counts_more_than_a_delay(schedule: Schedule) -> None:
    now = local(8, 6)
    made = message(now)
    departure = made.entity[0].trip_update.stop_time_update.add(stop_id="S2").departure
    departure.time, departure.delay = int(local(8, 5, 40).timestamp()), 999
    (event,) = events(made, schedule, now)
    assert event["departure_delay"] == 10


@pytest.mark.parametrize(("now", "day"), [(local(0, 5, day=25), 24), (local(23, 59), 24), (local(0, 5), 23)])
def test_the_service_day_is_that_on_which_the_trip_is_under_way(schedule: Schedule, now: datetime, day: int) -> None:
    made = message(now, "T2")
    made.entity[0].trip_update.stop_time_update.add(stop_sequence=1).departure.delay = 30
    (event,) = events(made, schedule, now)
    assert event["service_day"] == f"2026-11-{day}"
    assert event["observed_at"] == local(23, 58, 30, day=day)


def test_a_date_that_is_told_counts(schedule: Schedule) -> None:
    now = local(8, 6)
    made = message(now)
    made.entity[0].trip_update.trip.start_date = "20261123"
    made.entity[0].trip_update.stop_time_update.add(stop_sequence=2).departure.delay = 0
    (event,) = events(made, schedule, now)
    assert (event["service_day"], event["observed_at"]) == ("2026-11-23", local(8, 5, 30, day=23))


def test_a_trip_that_runs_by_headway_counts_from_its_own_start(tmp_path: Path) -> None:
    now = local(9, 6)
    made = message(now)
    made.entity[0].trip_update.trip.start_time = "09:00:30"
    made.entity[0].trip_update.stop_time_update.add(stop_sequence=2).departure.time = int(local(9, 5, 40).timestamp())
    (event,) = events(made, schedule_from(tmp_path, HEADWAY), now)
    assert event["departure_delay"] == 10


def test_nothing_is_told_of_calls_that_are_not_made(schedule: Schedule) -> None:
    now = local(9, 0)
    made = message(now)
    relation = pb.TripUpdate.StopTimeUpdate
    update = made.entity[0].trip_update
    for state in (relation.SKIPPED, relation.NO_DATA):
        update.stop_time_update.add(stop_sequence=1, schedule_relationship=state).departure.delay = 0
    update.stop_time_update.add(stop_sequence=7).departure.delay = 0
    update.stop_time_update.add(stop_id="S9").departure.delay = 0
    gone = made.entity.add(id="2").trip_update
    gone.trip.trip_id, gone.trip.schedule_relationship = "T2", pb.TripDescriptor.CANCELED
    made.entity.add(id="3").trip_update.trip.trip_id = "unknown"
    assert events(made, schedule, now) == []


def positions(now: datetime) -> pb.FeedMessage:
    made = message(now)
    made.entity[0].trip_update.stop_time_update.add(stop_sequence=2).arrival.delay = 75
    bus = made.entity.add(id="2").vehicle
    bus.vehicle.id, bus.vehicle.label, bus.trip.trip_id, bus.stop_id = "bus 1", "17", "T1", "S2"
    bus.position.longitude, bus.position.latitude, bus.position.speed = 129.05, 35.155, 10.0
    bus.occupancy_status = pb.VehiclePosition.FULL
    bus.timestamp = int((now - timedelta(seconds=4)).timestamp())
    return made


def vehicles(said: Realtime, now: datetime, schedule: Schedule | None) -> list[dict[str, object]]:
    against = (schedule, trip_delays(matched(said, schedule, now))) if schedule else None
    return vehicle_readings(said, catalogue().streams[VEHICLES], "busan", now, against).frame.to_dicts()


def test_a_vehicle_tells_where_it_is_and_how_late(schedule: Schedule) -> None:
    now = local(8, 4)
    (bus,) = vehicles(decode(positions(now).SerializeToString()), now, schedule)
    assert (bus["subject"], bus["name"], bus["lon"]) == ("busan:bus~201", "17", pytest.approx(129.05))
    assert (bus["speed"], bus["delay"], bus["occupancy"], bus["status"]) == (36.0, 75.0, "full", "in_transit_to")
    assert (bus["trip"], bus["route"], bus["mode"], bus["direction"]) == ("busan:T1", "busan:R1", "metro", "0")
    assert (bus["service_day"], bus["stop"]) == ("2026-11-24", "busan:S2")
    assert bus["observed_at"] == now - timedelta(seconds=4)


def test_a_vehicle_without_timetable_tells_what_it_knows() -> None:
    now = local(8, 4)
    (bus,) = vehicles(decode(positions(now).SerializeToString()), now, None)
    assert (bus["trip"], bus["route"], bus["delay"], bus["mode"]) == ("busan:T1", None, None, None)


def test_vehicles_that_tell_no_place_or_another_time_are_left_out(schedule: Schedule) -> None:
    now = local(8, 4)
    made = realtime(at=now.timestamp())
    made.entity.add(id="lost").vehicle.vehicle.id = "lost"
    for name, shift in (("late", timedelta(days=-2)), ("ahead", timedelta(minutes=6)), ("here", timedelta())):
        bus = made.entity.add(id=name).vehicle
        bus.timestamp = int((now + shift).timestamp())
        bus.position.longitude, bus.position.latitude = 129.05, 35.155
    assert [bus["subject"] for bus in vehicles(decode(made.SerializeToString()), now, schedule)] == ["busan:here"]


@pytest.mark.parametrize("id_", ["plain-1.2_x", "CPTM L07-0", "서면역", "a/b?c", "~", "x" * 300, ""])
def test_every_identifier_has_a_subject_of_its_own(id_: str) -> None:

    assert re.match(SUBJECT, subject_of("busan", id_))
    assert subject_of("busan", id_) != subject_of("busan", id_ + "1")


def test_midnights_follow_the_clocks(tmp_path: Path) -> None:
    agency = TIMETABLE["agency.txt"].replace("Asia/Seoul", "America/New_York")
    summer = schedule_from(tmp_path, {"agency.txt": agency})
    starts = dict(summer.starts([date(2026, 3, 7), date(2026, 3, 8)]).iter_rows())
    assert starts[date(2026, 3, 7)] == datetime(2026, 3, 7, 5, tzinfo=UTC)
    assert starts[date(2026, 3, 8)] == datetime(2026, 3, 8, 4, tzinfo=UTC), "noon minus 12 hours, as the clocks go on"
