"""What feeds tell of things that stand: stops and lines of timetables, alerts, stations of bicycles. Pure.

Attributes are named as the Smart Data Models name them: PublicTransportStop and PublicTransportRoute (UrbanMobility),
Alert (Alert; the type is another, since what others keep as an Alert is not for everyone to read),
BikeHireDockingStation (Transportation), https://smartdatamodels.org.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from ucity.blueprint import Declared, Readings, Stream
from ucity.blueprint.frames import shaped
from ucity.blueprint.subjects import subject_of
from ucity.cloud.ioc.store.documents import place, rfc3339
from ucity.network.feeds.gbfs import System
from ucity.network.feeds.realtime_rows import Alert

PROVIDER = "dataProvider"
"""The attribute that names the feed which tells of a thing."""
_SEVERITIES = {"INFO": "informational", "WARNING": "medium", "SEVERE": "high"}
_BASIC_MODES = 7
_EXTENDED_MODES = {1: 2, 2: 3, 4: 1, 7: 3, 8: 3, 9: 0, 10: 4, 12: 4, 13: 6, 14: 7}
"""Hundreds of extended route types to basic ones, which are those that the models know."""
Attributes = dict[str, dict[str, Any]]
"""Attributes by their short names, without times of creation and change."""
Thing = tuple[str, Attributes]
"""The id of an entity, and its attributes. A country has a hundred thousand stops: they are made one by one."""


def stops_of(feed: str, stops: pl.DataFrame, stream: Stream) -> Iterator[Thing]:
    """The stops and stations of a timetable (GTFS ``stops``); those without a place or a name are left out."""
    for row in stops.iter_rows(named=True):
        if row["stop_name"] and row["stop_lon"] is not None and (row["location_type"] or 0) < _ENTRANCE:
            said = _properties(
                feed,
                name=row["stop_name"],
                stopCode=row["stop_code"],
                wheelChairAccessible=str(row["wheelchair_boarding"] or 0),
            )
            said["location"] = place(row["stop_lon"], row["stop_lat"])
            yield stream.entity_id(subject_of(feed, row["stop_id"])), said


_ENTRANCE = 2


def routes_of(feed: str, routes: pl.DataFrame, stream: Stream) -> Iterator[Thing]:
    """The lines of a timetable (GTFS ``routes``)."""
    for row in routes.iter_rows(named=True):
        yield (
            stream.entity_id(subject_of(feed, row["route_id"])),
            _properties(
                feed,
                name=row["route_long_name"] or row["route_short_name"] or row["route_id"],
                routeCode=row["route_id"],
                shortRouteCode=row["route_short_name"],
                transportationType=_mode(row["route_type"]),
                routeColor=_color(row["route_color"]),
                routeTextColor=_color(row["route_text_color"]),
            ),
        )


def _mode(route_type: int) -> int | None:
    return route_type if route_type <= _BASIC_MODES else _EXTENDED_MODES.get(route_type // 100)


def _color(value: str | None) -> str | None:
    return f"#{value.lstrip('#').lower()}" if value else None


def alerts_of(
    feed: str, namespace: str, alerts: Iterable[Alert], streams: Mapping[str, Stream]
) -> dict[str, Attributes]:
    """Alerts that a feed tells, by their ids. ``namespace``: the timetable that they speak of; ``streams``: those of
    ``alerts``, ``routes`` and ``stops``, which make the ids."""
    own = streams["alerts"]
    return {own.entity_id(subject_of(feed, each.id)): _alert(feed, namespace, each, streams) for each in alerts}


def _alert(feed: str, namespace: str, alert: Alert, streams: Mapping[str, Stream]) -> Attributes:
    begins = [start for start, _ in alert.periods if start]
    ends = [end for _, end in alert.periods]
    told_of = {
        "refPublicTransportRoute": (streams["routes"], {each.route for each in alert.informed if each.route}),
        "refPublicTransportStop": (streams["stops"], {each.stop for each in alert.informed if each.stop}),
    }
    return _properties(
        feed,
        name=_text(alert.header),
        description=_text(alert.description),
        alertSource=feed,
        category="traffic",
        subCategory=alert.effect.lower(),
        severity=_SEVERITIES.get(alert.severity),
        validFrom=_time(min(begins, default=None)),
        validTo=_time(max(filter(None, ends), default=None)) if all(ends) else None,
        seeAlso=_text(alert.url),
    ) | {
        name: _relations(stream.entity_id(subject_of(namespace, each)) for each in sorted(ids))
        for name, (stream, ids) in told_of.items()
        if ids
    }


def _text(texts: Mapping[str, str]) -> str | None:
    return next((texts[each] for each in ("ko", "", *texts) if texts.get(each)), None)


def _time(at: datetime | None) -> dict[str, str] | None:
    return None if at is None else {"@type": "DateTime", "@value": rfc3339(at)}


def _properties(feed: str, **values: Any) -> Attributes:
    said = {**values, PROVIDER: feed}
    return {name: {"type": "Property", "value": value} for name, value in said.items() if value not in (None, "")}


def _relations(ids: Iterable[str]) -> dict[str, Any]:
    return {"type": "ListRelationship", "objectList": [{"object": each} for each in ids]}


def station_readings(system: System, feed: str, declared: Declared, now: datetime) -> Readings:
    """How many bicycles and free places each station has; bicycles that stand in the street are none."""
    rows = [
        {
            "subject": subject_of(feed, each.id),
            "observed_at": min(system.at, now),
            "lon": each.lon,
            "lat": each.lat,
            "availableBikeNumber": each.bicycles,
            "freeSlotNumber": each.docks,
            "totalSlotNumber": each.capacity,
            "name": _text({"": each.names.get("und", ""), **each.names}),
            PROVIDER: feed,
        }
        for each in system.stations
        if not each.is_free
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    if frame.is_empty():
        frame = pl.DataFrame(schema={"subject": pl.String, "observed_at": pl.Datetime("us", "UTC")})
    return shaped(declared.service, declared.stream, frame)
