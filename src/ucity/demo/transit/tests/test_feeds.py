"""What the simulated operators publish: valid GTFS and GTFS-Realtime that fit together, over HTTP with ETags."""

import io
import zipfile
from datetime import date, timedelta

import httpx
import polars as pl
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from ucity.demo import MARK
from ucity.demo.transit import realtime
from ucity.demo.transit.days import day_of, moment
from ucity.demo.transit.door import open_door
from ucity.demo.transit.schedule import schedule

TUESDAY = day_of(date(2026, 11, 24))
NOON = moment(TUESDAY, 12 * 3600)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    archive = zipfile.ZipFile(io.BytesIO(schedule(1, 2026)))
    return {name[:-4]: pl.read_csv(archive.read(name), infer_schema=False) for name in archive.namelist()}


def message(made: bytes) -> pb.FeedMessage:
    found = pb.FeedMessage()
    found.ParseFromString(made)
    assert found.IsInitialized()
    return found


def test_the_timetable_is_small_and_the_same_again() -> None:
    one = schedule(1, 2026)
    assert one == schedule(1, 2026)
    assert one != schedule(2, 2026)
    assert len(one) < 1_500_000


def test_every_reference_leads_somewhere(tables: dict[str, pl.DataFrame]) -> None:
    stops = set(tables["stops"]["stop_id"])
    for table, column, known in (
        ("stop_times", "trip_id", set(tables["trips"]["trip_id"])),
        ("stop_times", "stop_id", stops),
        ("trips", "route_id", set(tables["routes"]["route_id"])),
        ("trips", "service_id", set(tables["calendar"]["service_id"])),
        ("trips", "shape_id", set(tables["shapes"]["shape_id"])),
        ("routes", "agency_id", set(tables["agency"]["agency_id"])),
        ("transfers", "to_stop_id", stops),
        ("fare_rules", "fare_id", set(tables["fare_attributes"]["fare_id"])),
    ):
        assert set(tables[table][column].drop_nulls()) <= known, (table, column)
    assert set(tables["stops"]["parent_station"].drop_nulls()) - {""} <= stops
    zones = set(tables["stops"]["zone_id"])
    assert set(tables["fare_rules"]["origin_id"]) <= zones


def test_times_of_a_trip_go_forward(tables: dict[str, pl.DataFrame]) -> None:
    times = tables["stop_times"].select(
        "trip_id",
        pl.col("stop_sequence").cast(pl.Int32),
        *(_seconds(f"{end}_time") for end in ("arrival", "departure")),
    )
    assert (times["departure_time"] >= times["arrival_time"]).all()
    after = times.sort("trip_id", "stop_sequence").with_columns(
        before=pl.col("departure_time").shift(1).over("trip_id")
    )
    assert (after["arrival_time"] > after["before"]).drop_nulls().all()
    assert after["arrival_time"].max() < 28 * 3600  # type: ignore[operator]  # seconds


def _seconds(column: str) -> pl.Expr:
    parts = pl.col(column).str.split(":")
    hours, minutes, seconds = (parts.list.get(n).cast(pl.Int32) for n in range(3))
    return (hours * 3600 + minutes * 60 + seconds).alias(column)


def test_all_of_it_is_marked_as_simulated_and_named_in_both_languages(tables: dict[str, pl.DataFrame]) -> None:
    assert tables["agency"]["agency_name"].str.ends_with(MARK).all()
    assert MARK in tables["feed_info"]["feed_publisher_name"][0]
    told = set(tables["translations"].filter(pl.col("table_name") == "stops")["field_value"])
    assert set(tables["stops"]["stop_name"]) <= told
    assert set(tables["translations"]["language"]) == {"en"}
    assert tables["feed_info"]["feed_lang"][0] == "ko"


def test_positions_and_updates_are_of_trips_that_go_today(tables: dict[str, pl.DataFrame]) -> None:
    vehicles, updates = (message(make(1, NOON)) for make in (realtime.vehicle_positions, realtime.trip_updates))
    trips = dict(tables["trips"].select("trip_id", "route_id").iter_rows())
    stops = set(tables["stops"]["stop_id"])
    assert len(vehicles.entity) > 300
    going = {each.vehicle.trip.trip_id for each in vehicles.entity}
    for each in vehicles.entity:
        assert trips[each.vehicle.trip.trip_id] == each.vehicle.trip.route_id
        assert each.vehicle.trip.start_date == "20261124"
        assert each.vehicle.stop_id in stops
        assert each.vehicle.vehicle.label.endswith(MARK)
    running = [each.trip_update for each in updates.entity if each.trip_update.stop_time_update]
    assert {each.trip.trip_id for each in running} == going


def test_a_prediction_keeps_to_what_has_happened_and_never_goes_back() -> None:
    for each in message(realtime.trip_updates(1, NOON)).entity:
        times = [
            time for call in each.trip_update.stop_time_update for time in (call.arrival.time, call.departure.time)
        ]
        assert times == sorted(times)
        unsure = [call.arrival.uncertainty for call in each.trip_update.stop_time_update]
        assert unsure == sorted(unsure)
        happened = [call for call in each.trip_update.stop_time_update if call.departure.uncertainty == 0]
        assert all(call.arrival.time <= NOON for call in happened)


def test_what_was_expected_and_what_happened_are_not_far_apart() -> None:
    told = {
        (each.trip_update.trip.trip_id, call.stop_sequence): call.arrival.time
        for each in message(realtime.trip_updates(1, NOON)).entity
        for call in each.trip_update.stop_time_update
    }
    later = message(realtime.trip_updates(1, NOON + 600))
    apart = [
        abs(call.arrival.time - told[each.trip_update.trip.trip_id, call.stop_sequence])
        for each in later.entity
        for call in each.trip_update.stop_time_update
        if (each.trip_update.trip.trip_id, call.stop_sequence) in told and NOON < call.arrival.time <= NOON + 600
    ]
    assert len(apart) > 300
    assert sorted(apart)[len(apart) // 2] < 60


def test_cancelled_trips_are_announced_and_send_nothing(tables: dict[str, pl.DataFrame]) -> None:
    found = []
    for hour in range(6, 20):
        updates = message(realtime.trip_updates(1, moment(TUESDAY, hour * 3600)))
        found += [each.trip_update for each in updates.entity if each.trip_update.trip.schedule_relationship == 3]
    assert found
    assert all(not each.stop_time_update for each in found)
    assert {each.trip.trip_id for each in found} <= set(tables["trips"]["trip_id"])


def test_alerts_say_what_and_when_in_both_languages() -> None:
    found = message(realtime.alerts(1, NOON)).entity
    assert len(found) >= 2
    for each in found:
        assert {text.language for text in each.alert.header_text.translation} == {"ko", "en"}
        assert each.alert.active_period[0].end > NOON
        assert len(each.alert.informed_entity) == 1


def test_feeds_are_served_once_and_then_only_when_they_change() -> None:
    now = NOON
    with open_door(1, lambda: now) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        first = http.get("/gtfs.zip")
        assert first.status_code == 200
        assert zipfile.ZipFile(io.BytesIO(first.content)).testzip() is None
        again = http.get("/gtfs.zip", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        for path in ("vehicle_positions", "trip_updates", "alerts"):
            told = http.get(f"/{path}.pb")
            assert message(told.content).header.timestamp == NOON
            assert http.get(f"/{path}.pb", headers={"If-None-Match": told.headers["etag"]}).status_code == 304
        now += timedelta(seconds=10).total_seconds()
        newer = http.get("/vehicle_positions.pb", headers={"If-None-Match": told.headers["etag"]})
        assert message(newer.content).header.timestamp == NOON + 10
        assert http.get("/nothing").status_code == 404
