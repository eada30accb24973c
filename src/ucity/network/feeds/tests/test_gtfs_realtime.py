"""GTFS-Realtime messages: what they say comes out in columns, and no message breaks the reader."""

import json
from datetime import UTC, date, datetime

import pytest
from google.protobuf import json_format
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.network.feeds.gtfs_realtime import decode
from ucity.network.feeds.realtime_rows import Informed
from ucity.network.feeds.refusal import FeedRefused, Reason

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
NOW = int(AT.timestamp())


def message() -> pb.FeedMessage:
    made = pb.FeedMessage()
    made.header.gtfs_realtime_version = "2.0"
    made.header.timestamp = NOW
    return made


def full() -> pb.FeedMessage:
    made = message()
    late = made.entity.add(id="1").trip_update
    late.trip.trip_id, late.trip.start_date, late.trip.start_time = "T1", "20261124", "25:10:00"
    call = late.stop_time_update.add(stop_sequence=3, stop_id="S3")
    call.arrival.delay, call.departure.time = 90, NOW + 60
    late.stop_time_update.add(stop_id="S4", schedule_relationship=pb.TripUpdate.StopTimeUpdate.SKIPPED)
    gone = made.entity.add(id="2").trip_update
    gone.trip.trip_id, gone.trip.schedule_relationship = "T2", pb.TripDescriptor.CANCELED
    bus = made.entity.add(id="3").vehicle
    bus.vehicle.id, bus.timestamp, bus.trip.trip_id = "bus-1", NOW - 5, "T1"
    bus.position.longitude, bus.position.latitude, bus.position.speed = 129.0, 35.25, 12.5
    bus.occupancy_status = pb.VehiclePosition.FEW_SEATS_AVAILABLE
    alert = made.entity.add(id="4").alert
    alert.effect = pb.Alert.DETOUR
    alert.header_text.translation.add(text="우회", language="ko")
    alert.header_text.translation.add(text="Detour", language="en")
    alert.informed_entity.add(route_id="R1", stop_id="S3")
    alert.active_period.add(start=NOW)
    made.entity.add(id="5", is_deleted=True).vehicle.vehicle.id = "bus-2"
    return made


@pytest.mark.parametrize("as_json", [False, True])
def test_everything_that_a_message_says_comes_out(as_json: bool) -> None:
    data = json_format.MessageToJson(full()).encode() if as_json else full().SerializeToString()
    said = decode(data)
    assert said.at == AT
    late, skipped, gone = said.trip_updates.rows(named=True)
    assert (late["trip"], late["start_date"], late["start_time"]) == ("T1", date(2026, 11, 24), 90_600)
    assert (late["sequence"], late["stop"], late["arrival_delay"], late["arrival_time"]) == (3, "S3", 90, None)
    assert (late["departure_time"], late["departure_delay"]) == (AT.replace(minute=1), None)
    assert (skipped["stop"], skipped["sequence"], skipped["stop_state"]) == ("S4", None, "SKIPPED")
    assert (gone["trip"], gone["trip_state"], gone["stop"]) == ("T2", "CANCELED", None)
    (bus,) = said.vehicles.rows(named=True)
    assert (bus["vehicle"], bus["lon"], bus["lat"], bus["speed"], bus["bearing"]) == ("bus-1", 129.0, 35.25, 12.5, None)
    assert (bus["occupancy"], bus["status"], bus["at"]) == (
        "FEW_SEATS_AVAILABLE",
        "IN_TRANSIT_TO",
        AT.replace(hour=7, minute=59, second=55),
    )
    (alert,) = said.alerts
    assert (alert.effect, alert.header, alert.periods) == ("DETOUR", {"ko": "우회", "en": "Detour"}, ((AT, None),))
    assert alert.informed == (Informed(route="R1", stop="S3"),)


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (0.0, 0.0, None),
        (181.0, 35.0, None),
        (float("nan"), 35.0, None),
        (129.0, float("inf"), None),
        (129.0, 0.0, 129.0),
    ],
)
def test_places_that_cannot_be_are_none(lon: float, lat: float, expected: float | None) -> None:
    made = message()
    made.entity.add(id="1").vehicle.position.longitude = lon
    made.entity[0].vehicle.position.latitude = lat
    (bus,) = decode(made.SerializeToString()).vehicles.rows(named=True)
    assert bus["lon"] == expected


@pytest.mark.parametrize(("sent", "expected"), [(0, None), (NOW * 1000, AT), (7, None), (2**63, None), (NOW, AT)])
def test_times_that_cannot_be_are_none_and_milliseconds_are_understood(sent: int, expected: datetime | None) -> None:
    made = message()
    made.header.timestamp = sent
    assert decode(made.SerializeToString()).at == expected


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>502</html>", b"{", b"{}", b'{"header": 1}', b'{"entity": [{}]}', b"\xff" * 50, b'{"a":' * 5000],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(FeedRefused) as caught:
        decode(data)
    assert caught.value.reason is Reason.WRONG_FORMAT


def test_too_large_a_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ucity.network.feeds.gtfs_realtime.MOST_BYTES", 10)
    with pytest.raises(FeedRefused) as caught:
        decode(full().SerializeToString())
    assert caught.value.reason is Reason.TOO_LARGE


@settings(max_examples=300, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6)), max_size=4), junk=st.binary(max_size=50))
def test_no_bytes_break_the_reader(edits: list[tuple[int, bytes]], junk: bytes) -> None:
    data = full().SerializeToString() + junk
    for at, text in edits:
        data = data[:at] + text + data[at + len(text) :]
    try:
        decode(data)
    except FeedRefused:
        return


JSON_VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, True, -1, 2**70, 1e400, "x", "\0", [], {}, [{}], "20261399", -(2**31), 0.5]
)
KEYS = st.sampled_from(["trip_id", "delay", "time", "stop_sequence", "start_date", "schedule_relationship", "vehicle"])


@settings(max_examples=150, deadline=None)
@given(said=st.dictionaries(KEYS, JSON_VALUES))
def test_no_json_breaks_the_reader(said: dict[str, object]) -> None:

    trip = {"trip": said, "stop_time_update": [{"arrival": said, **said}], **said}
    entity = [{"id": "1", "trip_update": trip}, {"id": "2", "vehicle": said}]
    data = json.dumps({"header": {"gtfs_realtime_version": "2.0"}, "entity": entity}).encode()
    try:
        decode(data)
    except FeedRefused:
        return
