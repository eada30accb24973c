"""Entities of GTFS-Realtime as rows of plain values, with nothing in them that cannot be."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from google.transit import gtfs_realtime_pb2 as pb

_TIME = pl.Datetime("us", "UTC")
_TRIP: dict[str, Any] = {
    "trip": pl.String,
    "route": pl.String,
    "direction": pl.Int32,
    "start_date": pl.Date,
    "start_time": pl.Int32,
    "trip_state": pl.String,
}
"""``start_time``: seconds after noon minus 12 hours of ``start_date``, both only where the message says them.
``trip_state``: SCHEDULED, ADDED, UNSCHEDULED, CANCELED, REPLACEMENT, DUPLICATED, DELETED or NEW."""

TRIP_UPDATES: dict[str, Any] = {
    "entity": pl.String,
    **_TRIP,
    "vehicle": pl.String,
    "at": _TIME,
    "trip_delay": pl.Int32,
    "sequence": pl.Int64,
    "stop": pl.String,
    "stop_state": pl.String,
    "arrival_time": _TIME,
    "arrival_delay": pl.Int32,
    "arrival_uncertainty": pl.Int32,
    "departure_time": _TIME,
    "departure_delay": pl.Int32,
    "departure_uncertainty": pl.Int32,
    "occupancy": pl.String,
}
"""``at``: when the update was measured. Delays and uncertainties are seconds, late is positive. ``stop_state``:
SCHEDULED, SKIPPED, NO_DATA or UNSCHEDULED. ``occupancy``: expected after departure, as GTFS names it."""

VEHICLES: dict[str, Any] = {
    "entity": pl.String,
    "vehicle": pl.String,
    "label": pl.String,
    "plate": pl.String,
    "wheelchair": pl.String,
    **_TRIP,
    "at": _TIME,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "bearing": pl.Float64,
    "speed": pl.Float64,
    "sequence": pl.Int64,
    "stop": pl.String,
    "status": pl.String,
    "occupancy": pl.String,
    "occupancy_percentage": pl.Int32,
    "congestion": pl.String,
}
"""``bearing``: degrees clockwise from north; ``speed``: metres a second; ``status`` relates the vehicle to ``stop``:
INCOMING_AT, STOPPED_AT or IN_TRANSIT_TO; ``occupancy``: EMPTY, MANY_SEATS_AVAILABLE, FEW_SEATS_AVAILABLE ..."""

_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""2000 and 2100, in seconds."""
_MOST_DELAY = 7 * 86_400
_LONGEST = 512
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """What an alert is about: all that is named together. ``start_time``: seconds of the service day."""

    agency: str | None = None
    route: str | None = None
    route_type: int | None = None
    direction: int | None = None
    trip: str | None = None
    start_date: date | None = None
    start_time: int | None = None
    stop: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A disturbance told by the feed. Texts are by BCP 47 language, '' where the feed does not say which."""

    id: str
    cause: str
    effect: str
    severity: str
    periods: tuple[tuple[datetime | None, datetime | None], ...]
    """When it holds; none at all: as long as it is told."""
    informed: tuple[Informed, ...]
    header: dict[str, str]
    description: dict[str, str]
    url: dict[str, str]


def instant(seconds: int) -> datetime | None:
    """The UTC time of POSIX seconds; some feeds send milliseconds. None for 0 and for times that cannot be meant."""
    if seconds > _LATEST:
        seconds //= 1000
    return datetime.fromtimestamp(seconds, UTC) if _EARLIEST <= seconds <= _LATEST else None


def rows_of_update(entity: pb.FeedEntity) -> Iterator[tuple[Any, ...]]:
    """Rows of ``TRIP_UPDATES``."""
    update = entity.trip_update
    head = (
        _text(entity.id),
        *_trip(update.trip),
        _text(update.vehicle.id),
        instant(update.timestamp),
        _delay(update, "delay"),
    )
    if not update.stop_time_update:
        yield *head, None, None, None, *(None,) * 7
    for call in update.stop_time_update:
        yield (
            *head,
            call.stop_sequence if call.HasField("stop_sequence") else None,
            _text(call.stop_id),
            pb.TripUpdate.StopTimeUpdate.ScheduleRelationship.Name(call.schedule_relationship),
            *_event(call, "arrival"),
            *_event(call, "departure"),
            _named(call, "departure_occupancy_status", pb.VehiclePosition.OccupancyStatus),
        )


def vehicle_row(entity: pb.FeedEntity) -> tuple[Any, ...]:
    """A row of ``VEHICLES``."""
    vehicle = entity.vehicle
    who, position = vehicle.vehicle, vehicle.position
    lon, lat = _place(position) if vehicle.HasField("position") else (None, None)
    return (
        _text(entity.id),
        _text(who.id),
        _text(who.label),
        _text(who.license_plate),
        _named(who, "wheelchair_accessible", pb.VehicleDescriptor.WheelchairAccessible),
        *_trip(vehicle.trip),
        instant(vehicle.timestamp),
        lon,
        lat,
        _number(position, "bearing", 0, 360),
        _number(position, "speed", 0, 150),
        vehicle.current_stop_sequence if vehicle.HasField("current_stop_sequence") else None,
        _text(vehicle.stop_id),
        pb.VehiclePosition.VehicleStopStatus.Name(vehicle.current_status),
        _named(vehicle, "occupancy_status", pb.VehiclePosition.OccupancyStatus),
        min(vehicle.occupancy_percentage, 1000) if vehicle.HasField("occupancy_percentage") else None,
        _named(vehicle, "congestion_level", pb.VehiclePosition.CongestionLevel),
    )


def alert_of(entity: pb.FeedEntity) -> Alert:
    """The alert of an entity that has one."""
    alert = entity.alert
    return Alert(
        id=_text(entity.id) or "",
        cause=pb.Alert.Cause.Name(alert.cause),
        effect=pb.Alert.Effect.Name(alert.effect),
        severity=pb.Alert.SeverityLevel.Name(alert.severity_level),
        periods=tuple((instant(period.start), instant(period.end)) for period in alert.active_period),
        informed=tuple(_informed(selector) for selector in alert.informed_entity),
        header=_texts(alert.header_text),
        description=_texts(alert.description_text),
        url=_texts(alert.url),
    )


def _informed(selector: pb.EntitySelector) -> Informed:
    trip = selector.trip
    way = selector if selector.HasField("direction_id") else trip
    return Informed(
        agency=_text(selector.agency_id),
        route=_text(selector.route_id) or _text(trip.route_id),
        route_type=selector.route_type if selector.HasField("route_type") else None,
        direction=min(way.direction_id, 1) if way.HasField("direction_id") else None,
        trip=_text(trip.trip_id),
        start_date=_day(trip.start_date),
        start_time=_clock(trip.start_time),
        stop=_text(selector.stop_id),
    )


def _texts(translated: pb.TranslatedString) -> dict[str, str]:
    return {_clean(each.language): _clean(each.text) for each in translated.translation}


def _trip(trip: pb.TripDescriptor) -> tuple[Any, ...]:
    return (
        _text(trip.trip_id),
        _text(trip.route_id),
        min(trip.direction_id, 1) if trip.HasField("direction_id") else None,
        _day(trip.start_date),
        _clock(trip.start_time),
        pb.TripDescriptor.ScheduleRelationship.Name(trip.schedule_relationship),
    )


def _event(call: pb.TripUpdate.StopTimeUpdate, which: str) -> tuple[datetime | None, int | None, int | None]:
    if not call.HasField(which):
        return None, None, None
    event: pb.TripUpdate.StopTimeEvent = getattr(call, which)
    uncertainty = max(0, min(event.uncertainty, _MOST_DELAY)) if event.HasField("uncertainty") else None
    return instant(event.time), _delay(event, "delay"), uncertainty


def _delay(holder: Any, field: str) -> int | None:
    seconds: int = getattr(holder, field)
    return seconds if holder.HasField(field) and abs(seconds) <= _MOST_DELAY else None


def _named(holder: Any, field: str, enum: Any) -> str | None:
    return str(enum.Name(getattr(holder, field))) if holder.HasField(field) else None


def _number(holder: Any, field: str, low: float, high: float) -> float | None:
    value: float = getattr(holder, field)
    return value if holder.HasField(field) and math.isfinite(value) and low <= value <= high else None


def _place(position: pb.Position) -> tuple[float | None, float | None]:
    """Longitude and latitude, both or neither; 0, 0 is how broken senders say that they do not know."""
    lon = _number(position, "longitude", -180, 180)
    lat = _number(position, "latitude", -90, 90)
    return (None, None) if lon is None or lat is None or lon == lat == 0 else (lon, lat)


def _text(value: str) -> str | None:
    """An identifier or name; None for nothing. Nobody names a bus with more than that."""
    return _clean(value)[:_LONGEST] or None


def _clean(value: str | bytes) -> str:
    """A text that can be stored: without NUL. protobuf gives bytes, whatever its types say, for what is not UTF-8."""
    return (value.decode(errors="replace") if isinstance(value, bytes) else value).replace("\0", "")


def _day(said: str) -> date | None:
    value = _clean(said)
    try:
        return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date() if len(value) == 8 else None
    except ValueError:
        return None


def _clock(value: str) -> int | None:
    found = _CLOCK.fullmatch(_clean(value))
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None
