"""The city's own GTFS-Realtime, decoded as any reader would."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from google.protobuf import json_format
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ucity.cloud.ioc.share.gtfs_realtime import Kind, as_json, merged, positions
from ucity.cloud.ioc.store.feeds import Message
from ucity.network.feeds.gtfs_realtime import decode
from ucity.services import catalogue

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STREAM = catalogue().streams["bus_information/vehicles"].stream
COLUMNS = {
    "subject": pl.String,
    "observed_at": pl.Datetime("us", "UTC"),
    "lon": pl.Float64,
    "lat": pl.Float64,
    **{key: pl.Float64 if measure.unit else pl.String for key, measure in STREAM.by_key.items()},
    **dict.fromkeys(STREAM.labels, pl.String),
}


def vehicles(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"subject": "f:1", "observed_at": NOW - timedelta(seconds=30), "lon": 129.0, "lat": 35.0}
    return pl.DataFrame([usual | row for row in rows], schema=COLUMNS)


def sent(message: pb.FeedMessage) -> pb.FeedMessage:
    found = pb.FeedMessage()
    found.ParseFromString(message.SerializeToString())
    assert found.IsInitialized()
    return found


def told(feed: str, *, timetable: str | None = None, ago: int = 10, as_text: bool = False) -> Message:
    """A message of one late trip and one alert."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    trip = message.entity.add(id="t").trip_update
    trip.trip.trip_id, trip.trip.route_id, trip.vehicle.id = "trip", "route", "bus"
    trip.stop_time_update.add(stop_id="stop", stop_sequence=3).arrival.delay = 60
    alert = message.entity.add(id="a").alert
    alert.header_text.translation.add(text="늦음", language="ko")
    alert.informed_entity.add(route_id="route", agency_id="agency")
    alert.informed_entity.add(stop_id="stop")
    data = json_format.MessageToJson(message).encode() if as_text else message.SerializeToString()
    at = NOW - timedelta(seconds=ago)
    return Message(feed=feed, timetable=timetable, received_at=at, made_at=at, data=data)


def test_a_vehicle_says_all_that_it_knows() -> None:
    row = {
        "name": "버스 1", "route": "f:36", "trip": "f:36-1", "service_day": "2026-11-24", "direction": "1",
        "stop": "f:s",
        "stop_sequence": "7", "speed": 36.0, "bearing": 90.0, "occupancy": "full", "occupancy_share": 101.6,
        "status": "stopped_at",
    }  # fmt: skip
    (entity,) = sent(positions(vehicles(row), NOW)).entity
    own = entity.vehicle
    assert (own.vehicle.id, own.vehicle.label, own.timestamp) == ("f:1", "버스 1", int(NOW.timestamp()) - 30)
    assert (own.trip.trip_id, own.trip.route_id, own.trip.direction_id) == ("f:36-1", "f:36", 1)
    assert own.trip.start_date == "20261124"
    assert (own.position.speed, own.position.bearing) == (10.0, 90.0)
    assert (own.stop_id, own.current_stop_sequence) == ("f:s", 7)
    assert own.current_status == pb.VehiclePosition.STOPPED_AT
    assert (own.occupancy_status, own.occupancy_percentage) == (pb.VehiclePosition.FULL, 102)


def test_what_is_not_known_is_left_out() -> None:
    (entity,) = sent(positions(vehicles({}), NOW)).entity
    assert {field.name for field, _ in entity.vehicle.ListFields()} == {"position", "timestamp", "vehicle"}


def test_of_one_feed_identifiers_are_its_own() -> None:
    frame = vehicles({"trip": "f:t:1"}, {"subject": "other:1"}, {"subject": "ff:1"})
    (entity,) = sent(positions(frame, NOW, "f")).entity
    assert (entity.id, entity.vehicle.trip.trip_id) == ("1", "t:1")
    assert len(positions(frame, NOW).entity) == 3


def test_old_positions_and_vehicles_nowhere_are_left_out() -> None:
    frame = vehicles({"observed_at": NOW - timedelta(minutes=10)}, {"lon": None})
    message = sent(positions(frame, NOW))
    assert not message.entity
    assert message.header.timestamp == int(NOW.timestamp())


def test_what_feeds_say_of_trips_becomes_the_citys() -> None:
    (entity,) = sent(merged([told("f-trips", timetable="f")], Kind.TRIPS, NOW)).entity
    update = entity.trip_update
    assert (entity.id, update.trip.trip_id, update.trip.route_id) == ("f-trips:t", "f:trip", "f:route")
    assert (update.stop_time_update[0].stop_id, update.vehicle.id) == ("f:stop", "f:bus")
    assert update.timestamp == int(NOW.timestamp()) - 10


@pytest.mark.parametrize("as_text", [False, True])
def test_alerts_say_what_they_are_about(as_text: bool) -> None:
    message = told("f", as_text=as_text)
    (entity,) = sent(merged([message], Kind.ALERTS, NOW)).entity
    about = entity.alert.informed_entity
    assert (about[0].route_id, about[0].agency_id, about[1].stop_id) == ("f:route", "f:agency", "f:stop")
    (own,) = merged([message], Kind.ALERTS, NOW, "f").entity
    assert own.alert.informed_entity[0].route_id == "route"


def test_only_what_is_asked_for_and_not_too_old() -> None:
    messages = [told("f"), told("g", ago=20), told("h", ago=601)]
    assert [each.id for each in merged(messages, Kind.TRIPS, NOW).entity] == ["f:t", "g:t"]
    assert [each.id for each in merged(messages, Kind.TRIPS, NOW, "g").entity] == ["g:t"]
    assert merged(messages, Kind.TRIPS, NOW, "g").header.timestamp == int(NOW.timestamp()) - 20


def test_json_has_the_same_in_it() -> None:
    message = positions(vehicles({"trip": "f:t"}), NOW)
    assert json.loads(as_json(message))["entity"][0]["vehicle"]["trip"]["trip_id"] == "f:t"
    again = json_format.Parse(as_json(message), pb.FeedMessage())
    assert again == message


WORDS = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["full", "stopped_at", "1", "99999999999", "-1", "²"])
)


@given(st.fixed_dictionaries({label: WORDS for label in (*STREAM.labels, "occupancy", "status")}))
def test_whatever_vehicles_are_called_a_message_comes_of_it(words: dict[str, str | None]) -> None:
    made = sent(positions(vehicles(words), NOW))
    assert decode(made.SerializeToString()).vehicles.height == 1


def test_a_vehicle_that_is_told_of_by_its_line_alone_is_not_published_as_a_trip() -> None:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    update = message.entity.add(id="1").trip_update
    update.trip.route_id, update.vehicle.id = "36", "4402"
    update.stop_time_update.add(stop_id="stop").arrival.time = int(NOW.timestamp())
    kept = Message(feed="bims", timetable="f", received_at=NOW, made_at=NOW, data=message.SerializeToString())
    assert not sent(merged([kept], Kind.TRIPS, NOW)).entity
