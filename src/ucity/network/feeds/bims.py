"""Answers of Busan's bus information system (BIMS), an open API in XML, as stops, lines, arrivals and vehicles.

    answer = read(data)                     # FeedRefused: not BIMS, or what BIMS said was wrong
    stops(answer), lines(answer), arrivals(answer, received_at), on_line(answer, line, received_at)
    as_gtfs_realtime(data, url, received_at)

How real answers differ from their documentation: the longitude of a bus is tagged ``lin``; ``gpsym`` is the time of
its position, HHMMSS in Korean time without a date; -1 seats means that they are not counted; a field without a value is
left out. Errors come in two shapes, one of them that of the portal in front of it, with HTTP status 200.

Source: data.go.kr 15092750 (6260000/BusanBIMS: busStopList, busInfo, busInfoByRouteId, stopArrByBstopid and
busStopArrByBstopidLineid), and answers of 2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, ParseError  # types and an error only; the parser is defusedxml's

import polars as pl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from google.transit import gtfs_realtime_pb2 as pb

from ucity.network.feeds.formats import BIMS_ARRIVALS, last_part
from ucity.network.feeds.gtfs_realtime import Realtime
from ucity.network.feeds.realtime_rows import TRIP_UPDATES, VEHICLES
from ucity.network.feeds.refusal import FeedRefused, Reason

KOREA = timezone(timedelta(hours=9))
MOST_BYTES = 8 * 1024 * 1024
_MINUTE = 60
"""Seconds by which a time may be wrong that is told in whole minutes."""
_AHEAD = timedelta(minutes=5)
"""How much later than ours the clock of a bus may be; what is later still was yesterday."""
_OK = {"00", "0"}
_NOT_COUNTED = -1
# Codes of the portal data.go.kr, in the first digits of its error messages.
_PORTAL = {
    "01": "BIMS has a fault.",
    "04": "BIMS does not answer the portal.",
    "12": "The portal knows no such service any more.",
    "20": "The key may not use this service.",
    "22": "The key has been used as often as it may be today.",
    "30": "The portal does not know the key.",
    "31": "The key has expired.",
    "32": "The key may not be used from this address.",
}

Item = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop. ``code``: the number on its sign (ARS), where it has one."""

    id: str
    name: str
    lon: float
    lat: float
    code: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line. Headways in minutes: at peak times, else on working days, on days of rest."""

    id: str
    name: str
    kind: str
    origin: str
    destination: str
    company: str
    first: str | None
    last: str | None
    headways: tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bus that is on its way to a stop. ``seats``: that are free; None where they are not counted. ``sequence``: the
    stop's place on the line."""

    stop: str
    sequence: int | None
    line: str
    line_name: str
    vehicle: str
    expected_at: datetime
    stops_away: int
    low_floor: bool
    seats: int | None


def read(data: bytes) -> list[Item]:
    """The items of an answer, each a mapping of tag to text. Raises FeedRefused."""
    root = _parsed(data)
    if root.tag == "OpenAPI_ServiceResponse":
        raise _refused(root.findtext(".//returnReasonCode", ""), root.findtext(".//returnAuthMsg", ""))
    code = root.findtext("./header/resultCode")
    if root.tag != "response" or code is None:
        raise FeedRefused(Reason.WRONG_FORMAT, "It is no answer of BIMS.")
    if code.strip() not in _OK:
        raise _refused(code.strip(), root.findtext("./header/resultMsg", ""))
    return [
        {field.tag: text for field in item if (text := (field.text or "").strip())}
        for item in root.iterfind("./body/items/item")
    ]


def stops(items: list[Item]) -> list[Stop]:
    """Of ``busStopList``; without those that lie nowhere."""
    found = []
    for item in items:
        place = _place(item)
        if "bstopid" in item and place:
            found.append(Stop(item["bstopid"], item.get("bstopnm", ""), *place, item.get("arsno")))
    return found


def lines(items: list[Item]) -> list[Line]:
    """Of ``busInfo``."""
    return [
        Line(
            id=item["lineid"],
            name=item.get("buslinenum", ""),
            kind=item.get("bustype", ""),
            origin=item.get("startpoint", ""),
            destination=item.get("endpoint", ""),
            company=item.get("companyid", ""),
            first=item.get("firsttime"),
            last=item.get("endtime"),
            headways=(_whole(item, "headwaypeak"), _whole(item, "headwaynorm"), _whole(item, "headwayholi")),
        )
        for item in items
        if "lineid" in item
    ]


def arrivals(items: list[Item], received_at: datetime) -> list[Arrival]:
    """Of ``stopArrByBstopid`` and ``busStopArrByBstopidLineid``, soonest first; each item tells of up to two buses."""
    found = [arrival for item in items for which in "12" if (arrival := _arrival(item, which, received_at))]
    return sorted(found, key=lambda each: (each.expected_at, each.stops_away, each.vehicle))


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


def as_gtfs_realtime(data: bytes, url: str, received_at: datetime) -> bytes:
    """The answer to ``url``, which asks for the buses of a line (``lineid``) or for those on their way to a stop
    (``bstopid``), as a GTFS-Realtime message. Raises FeedRefused."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(received_at.timestamp())
    if tells_arrivals(url):
        _asked(url, "bstopid")
        for arrival in arrivals(read(data), received_at):
            _on_its_way(message, arrival)
    else:
        for row in on_line(read(data), _asked(url, "lineid"), received_at).vehicles.iter_rows(named=True):
            _vehicle(message.entity.add(), row)
    return message.SerializeToString()


def tells_arrivals(url: str) -> bool:
    """Whether the URL asks which buses are on their way to a stop."""
    return last_part(url) in BIMS_ARRIVALS


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
        place, at = _place(item), _time_of_day(item.get("gpsym", ""), received_at)
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
                "sequence": _whole(item, "bstopidx"),
                "stop": item.get("nodeid"),
                "wheelchair": "WHEELCHAIR_ACCESSIBLE" if item.get("lowplate") == "1" else None,
            }


def _arrival(item: Item, which: str, received_at: datetime) -> Arrival | None:
    minutes, away = _whole(item, f"min{which}"), _whole(item, f"station{which}")
    vehicle = item.get(f"carno{which}")
    if minutes is None or away is None or vehicle is None or "bstopid" not in item:
        return None
    seats = _whole(item, f"seat{which}")
    return Arrival(
        stop=item["bstopid"],
        sequence=_whole(item, "bstopidx"),
        line=item.get("lineid", ""),
        line_name=item.get("lineno", ""),
        vehicle=vehicle,
        expected_at=received_at + timedelta(minutes=minutes),
        stops_away=away,
        low_floor=item.get(f"lowplate{which}") == "1",
        seats=None if seats is None or seats <= _NOT_COUNTED else seats,
    )


def _parsed(data: bytes) -> Element:
    if len(data) > MOST_BYTES:
        raise FeedRefused(Reason.TOO_LARGE, f"The answer has {len(data)} bytes; at most {MOST_BYTES} are read.")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "The answer defines entities or a document type.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "The answer is no XML.") from error
    return root


def _refused(code: str, message: str) -> FeedRefused:
    said = f" ({message.strip()[:80]})" if message.strip() else ""
    reason = Reason.NOT_REACHED
    return FeedRefused(reason, f"{_PORTAL.get(code.zfill(2), f'BIMS refuses, code {code[:8]}.')}{said}")


def _place(item: Item) -> tuple[float, float] | None:
    """Longitude and latitude, by whichever names they go in this answer."""
    lon, lat = (_number(item, *names) for names in (("gpsx", "lin", "lng", "lon"), ("gpsy", "lat")))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) or lon == lat == 0:
        return None
    return lon, lat


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


def _number(item: Item, *names: str) -> float | None:
    for name in names:
        try:
            return float(item[name])
        except (KeyError, ValueError):
            continue
    return None


def _whole(item: Item, name: str) -> int | None:
    text = item.get(name, "").strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 10 else None
