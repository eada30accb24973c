"""Answers of BIMS as stops, lines and arrivals; see the package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, ParseError  # types and an error only; the parser is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ucity.network.feeds.refusal import FeedRefused, Reason

MOST_BYTES = 8 * 1024 * 1024
_OK = {"00", "0"}
_NOT_COUNTED = -1
_INTERVAL = re.compile(r"([0-9]{1,3})(?:\s*[-~]\s*([0-9]{1,3}))?")
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
    """A line. Headways in minutes: ``interval`` the least and the most that the line is told to have, ``headways`` at
    peak times, else on working days, on days of rest. They need not agree: of one line BIMS tells both 9 to 10 and 20
    to 23."""

    id: str
    name: str
    kind: str
    origin: str
    destination: str
    company: str
    first: str | None
    last: str | None
    interval: tuple[int, int] | None
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
        place = place_of(item)
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
            interval=_interval(item.get("headway", "")),
            headways=(whole(item, "headwaypeak"), whole(item, "headwaynorm"), whole(item, "headwayholi")),
        )
        for item in items
        if "lineid" in item
    ]


def _interval(told: str) -> tuple[int, int] | None:
    found = _INTERVAL.fullmatch(told)
    return (int(found[1]), int(found[2] or found[1])) if found else None


def arrivals(items: list[Item], received_at: datetime) -> list[Arrival]:
    """Of ``stopArrByBstopid`` and ``busStopArrByBstopidLineid``, soonest first; each item tells of up to two buses."""
    found = [arrival for item in items for which in "12" if (arrival := _arrival(item, which, received_at))]
    return sorted(found, key=lambda each: (each.expected_at, each.stops_away, each.vehicle))


def _arrival(item: Item, which: str, received_at: datetime) -> Arrival | None:
    minutes, away = whole(item, f"min{which}"), whole(item, f"station{which}")
    vehicle = item.get(f"carno{which}")
    if minutes is None or away is None or vehicle is None or "bstopid" not in item:
        return None
    seats = whole(item, f"seat{which}")
    return Arrival(
        stop=item["bstopid"],
        sequence=whole(item, "bstopidx"),
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


def place_of(item: Item) -> tuple[float, float] | None:
    """Longitude and latitude, by whichever names they go in this answer."""
    lon, lat = (_number(item, *names) for names in (("gpsx", "lin", "lng", "lon"), ("gpsy", "lat")))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) or lon == lat == 0:
        return None
    return lon, lat


def _number(item: Item, *names: str) -> float | None:
    for name in names:
        try:
            return float(item[name])
        except (KeyError, ValueError):
            continue
    return None


def whole(item: Item, name: str) -> int | None:
    """The whole number that an item has under this name."""
    text = item.get(name, "").strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 10 else None
