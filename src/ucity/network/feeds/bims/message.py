"""Answers of BIMS in the form of a GTFS-Realtime message; see the package."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import polars as pl
from google.transit import gtfs_realtime_pb2 as pb

from ucity.network.feeds.bims.answers import Arrival, Item, arrivals, place_of, read, whole
from ucity.network.feeds.bims.matching import Known, Translated, of_arrivals, of_line
from ucity.network.feeds.formats import BIMS_ARRIVALS, Matching, last_part
from ucity.network.feeds.gtfs_realtime import Realtime
from ucity.network.feeds.realtime_rows import TRIP_UPDATES, VEHICLES
from ucity.network.feeds.refusal import FeedRefused, Reason

KOREA = timezone(timedelta(hours=9))
_MINUTE = 60
"""Seconds by which a time may be wrong that is told in whole minutes."""
_AHEAD = timedelta(minutes=5)
"""How much later than ours the clock of a bus may be; what is later still was yesterday."""


class Meant(NamedTuple):
    """A GTFS-Realtime message, encoded. ``matching``: where it is in the terms of a timetable."""

    message: bytes
    matching: Matching | None


def as_gtfs_realtime(data: bytes, url: str, received_at: datetime, known: Known | None = None) -> Meant:
    """What the answer to ``url`` means, which asks for the buses of a line (``lineid``) or for those on their way to a
    stop (``bstopid``). ``known``: the timetable in whose terms it is told, else it is in those of BIMS. Raises
    FeedRefused."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(received_at.timestamp())
    items, line, matching = _told(read(data), url, known)
    if line is None:
        for arrival in arrivals(items, received_at):
            _on_its_way(message, arrival)
    else:
        for row in on_line(items, line, received_at).vehicles.iter_rows(named=True):
            _vehicle(message.entity.add(), row)
    return Meant(message.SerializeToString(), matching)


def _told(items: list[Item], url: str, known: Known | None) -> Translated:
    """The items, and the line that they are about; None where they are about buses on their way to a stop."""
    if last_part(url) in BIMS_ARRIVALS:
        _asked(url, "bstopid")
        return of_arrivals(items, known) if known else Translated(items, None, None)
    line = _asked(url, "lineid")
    return of_line(items, line, known) if known else Translated(items, line, None)


def on_line(items: list[Item], line: str, received_at: datetime) -> Realtime:
    """The buses of a line, of ``busInfoByRouteId``, which tells of the line's stops and, where one is, of a bus; in the
    form of a GTFS-Realtime message. ``line``: its ``lineid``."""
    rows = list(_vehicle_rows(items, line, received_at))
    seen = {row["vehicle"]: row for row in sorted(rows, key=lambda row: row["at"])}
    return Realtime(
        at=received_at,
        trip_updates=pl.DataFrame(schema=TRIP_UPDATES),
        vehicles=pl.DataFrame(list(seen.values()), schema=VEHICLES),
        alerts=(),
    )


def _asked(url: str, name: str) -> str:
    asked = parse_qs(urlsplit(url).query).get(name)
    if not asked:
        raise FeedRefused(Reason.WRONG_FORMAT, f"The URL does not say what it asks BIMS for: it has no {name}.")
    return asked[0]


def _on_its_way(message: pb.FeedMessage, arrival: Arrival) -> None:
    """The bus comes to the stop then; where the stop's place is known, so is the one at which the bus is now."""
    name = f"{arrival.line}~{arrival.stop}~{arrival.vehicle}"
    update = message.entity.add(id=name).trip_update
    update.trip.route_id, update.vehicle.id = arrival.line, arrival.vehicle
    call = update.stop_time_update.add(stop_id=arrival.stop)
    call.arrival.time, call.arrival.uncertainty = int(arrival.expected_at.timestamp()), _MINUTE
    seen = message.entity.add(id=f"{name}~at").vehicle
    seen.trip.route_id, seen.vehicle.id = arrival.line, arrival.vehicle
    if arrival.low_floor:
        seen.vehicle.wheelchair_accessible = pb.VehicleDescriptor.WHEELCHAIR_ACCESSIBLE
    if arrival.sequence is not None and 0 <= arrival.stops_away <= arrival.sequence:
        call.stop_sequence = arrival.sequence
        seen.current_stop_sequence = arrival.sequence - arrival.stops_away


def _vehicle(entity: pb.FeedEntity, row: dict[str, Any]) -> None:
    own = entity.vehicle
    entity.id = own.vehicle.id = own.vehicle.label = row["vehicle"]
    own.trip.route_id = row["route"]
    own.timestamp = int(row["at"].timestamp())
    own.position.longitude, own.position.latitude = row["lon"], row["lat"]
    if row["stop"]:
        own.stop_id = row["stop"]
    if row["sequence"] is not None and row["sequence"] >= 0:
        own.current_stop_sequence = row["sequence"]
    if row["wheelchair"]:
        own.vehicle.wheelchair_accessible = pb.VehicleDescriptor.WHEELCHAIR_ACCESSIBLE


def _vehicle_rows(items: list[Item], line: str, received_at: datetime) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(VEHICLES)
    for item in items:
        place, at = place_of(item), _time_of_day(item.get("gpsym", ""), received_at)
        if "carno" in item and place and at:
            yield empty | {
                "entity": item["carno"],
                "vehicle": item["carno"],
                "label": item["carno"],
                "route": line,
                "trip_state": "SCHEDULED",
                "at": at,
                "lon": place[0],
                "lat": place[1],
                "sequence": whole(item, "bstopidx"),
                "stop": item.get("nodeid"),
                "wheelchair": "WHEELCHAIR_ACCESSIBLE" if item.get("lowplate") == "1" else None,
            }


def _time_of_day(told: str, received_at: datetime) -> datetime | None:
    """The newest moment not after ``received_at`` (but for clocks that run ahead) at which it was HHMMSS in Korea."""
    if not 1 <= len(told) <= 6 or not told.isascii() or not told.isdecimal():
        return None
    text = told.zfill(6)
    hour, minute, second = (int(text[n : n + 2]) for n in (0, 2, 4))
    if hour > 23 or minute > 59 or second > 59:
        return None
    at = received_at.astimezone(KOREA).replace(hour=hour, minute=minute, second=second, microsecond=0)
    latest = received_at + _AHEAD
    days = -1 if at > latest else 1 if at + timedelta(days=1) <= latest else 0
    return (at + timedelta(days=days)).astimezone(UTC)
