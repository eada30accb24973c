"""The city's own GTFS-Realtime: where all its vehicles are, and what its feeds say of trips and of what is amiss. Pure.

A city has several timetables, so that identifiers are ``<feed>:<id>``; of one feed alone they are its own, those of its
GTFS file. What is older than ten minutes is left out: who reads it should not wait for a bus of the past.
Source: GTFS Realtime reference 2.0.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl
from google.protobuf import json_format
from google.transit import gtfs_realtime_pb2 as pb

from ucity.cloud.ioc.store.feeds import Message

TOO_OLD = timedelta(minutes=10)
_KMH = 3.6
_LARGEST = 2**32 - 1


class Kind(StrEnum):
    """What a message tells of."""

    VEHICLES = "vehicle_positions"
    TRIPS = "trip_updates"
    ALERTS = "alerts"


_FIELDS = {Kind.VEHICLES: "vehicle", Kind.TRIPS: "trip_update", Kind.ALERTS: "alert"}


def as_json(message: pb.FeedMessage) -> bytes:
    """The message as JSON, with the names of the .proto file."""
    text: str = json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)
    return text.encode()


def positions(vehicles: pl.DataFrame, now: datetime, feed: str | None = None) -> pb.FeedMessage:
    """Vehicles from the current state of a stream of them: columns subject, observed_at, lon, lat, and any of name,
    route, trip, service_day, direction, stop, stop_sequence, speed (km/h), bearing, occupancy, occupancy_share,
    status. ``feed``: only its own, by its own identifiers."""
    found = vehicles.filter(pl.col("observed_at") > now - TOO_OLD).drop_nulls(["lon", "lat"])
    if feed is not None:
        found = found.filter(pl.col("subject").str.starts_with(f"{feed}:"))
    message = _message(max(found["observed_at"].to_list(), default=now))
    for row in found.sort("subject").iter_rows(named=True):
        _position(message.entity.add(), row, _Ids(feed))
    return message


def merged(messages: Iterable[Message], kind: Kind, now: datetime, feed: str | None = None) -> pb.FeedMessage:
    """What the feeds' newest messages say of this kind. ``feed``: only what is about its trips, by its identifiers."""
    told = [
        (at, each)
        for each in messages
        if (at := each.made_at or each.received_at) > now - TOO_OLD and feed in {None, each.namespace}
    ]
    made = _message(max((at for at, _ in told), default=now))
    for at, each in told:
        for entity in _said(each.data, _FIELDS[kind]):
            if kind is Kind.TRIPS and not (entity.trip_update.trip.trip_id or entity.trip_update.trip.start_time):
                continue  # of a line alone, which says nothing to those who look for a trip
            own = made.entity.add()
            getattr(own, _FIELDS[kind]).CopyFrom(getattr(entity, _FIELDS[kind]))
            own.id = f"{each.feed}:{entity.id}"
            if kind is Kind.TRIPS and not own.trip_update.timestamp:
                own.trip_update.timestamp = int(at.timestamp())
            if feed is None:
                _prefix(own, f"{each.namespace}:")
    return made


def _message(at: datetime) -> pb.FeedMessage:
    """An empty one, as old as the newest that it will tell: so it is the same until there is something new."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = pb.FeedHeader.FULL_DATASET
    message.header.timestamp = int(at.timestamp())
    return message


def _said(data: bytes, field: str) -> Iterator[pb.FeedEntity]:
    """Entities of one kind; the message was found good when it came, as protobuf or as JSON."""
    message = pb.FeedMessage()
    if data.lstrip()[:1] == b"{":
        json_format.Parse(data, message, ignore_unknown_fields=True)
    else:
        message.ParseFromString(data)
    return (entity for entity in message.entity if entity.HasField(field) and not entity.is_deleted)


class _Ids:
    """How identifiers are written: as they are kept, or as the feed itself does."""

    def __init__(self, feed: str | None) -> None:
        self._cut = "" if feed is None else f"{feed}:"

    def __call__(self, key: str | None) -> str:
        return (key or "").removeprefix(self._cut)


def _position(entity: pb.FeedEntity, row: dict[str, Any], ids: _Ids) -> None:
    own = entity.vehicle
    entity.id = own.vehicle.id = ids(row["subject"])
    own.vehicle.label = row.get("name") or ""
    own.timestamp = int(row["observed_at"].timestamp())
    own.position.longitude, own.position.latitude = row["lon"], row["lat"]
    if row.get("bearing") is not None:
        own.position.bearing = row["bearing"]
    if row.get("speed") is not None:
        own.position.speed = row["speed"] / _KMH
    _trip(own.trip, row, ids)
    if row.get("stop"):
        own.stop_id = ids(row["stop"])
    if (sequence := _whole(row.get("stop_sequence"))) is not None:
        own.current_stop_sequence = sequence
    if status := _number(pb.VehiclePosition.VehicleStopStatus, row.get("status")):
        own.current_status = status
    if (occupancy := _number(pb.VehiclePosition.OccupancyStatus, row.get("occupancy"))) is not None:
        own.occupancy_status = occupancy
    if row.get("occupancy_share") is not None:
        own.occupancy_percentage = round(row["occupancy_share"])


def _trip(trip: pb.TripDescriptor, row: dict[str, Any], ids: _Ids) -> None:
    if row.get("trip"):
        trip.trip_id = ids(row["trip"])
    if row.get("route"):
        trip.route_id = ids(row["route"])
    if (direction := _whole(row.get("direction"))) is not None:
        trip.direction_id = direction
    if row.get("service_day"):
        trip.start_date = row["service_day"].replace("-", "")


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and int(text) <= _LARGEST else None


def _number(enum: Any, word: str | None) -> Any:
    """The number of a word in lower case; None for one that there is not."""
    return enum.Value(word.upper()) if word and word.upper() in enum.keys() else None  # noqa: SIM118 - no mapping


def _prefix(entity: pb.FeedEntity, prefix: str) -> None:
    """Make a feed's identifiers the city's."""
    trips = [entity.trip_update.trip] if entity.HasField("trip_update") else []
    stops: list[Any] = list(entity.trip_update.stop_time_update)
    for about in entity.alert.informed_entity:
        trips += [about.trip] if about.HasField("trip") else []
        stops.append(about)
        for field in ("route_id", "agency_id"):
            if getattr(about, field):
                setattr(about, field, prefix + getattr(about, field))
    for trip in trips:
        for field in ("trip_id", "route_id"):
            if getattr(trip, field):
                setattr(trip, field, prefix + getattr(trip, field))
    for stop in stops:
        if stop.stop_id:
            stop.stop_id = prefix + stop.stop_id
    if entity.trip_update.vehicle.id:
        entity.trip_update.vehicle.id = prefix + entity.trip_update.vehicle.id
