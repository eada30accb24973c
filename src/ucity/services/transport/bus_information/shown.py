"""From what the city knows of its public transport to what the views answer. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from ucity.blueprint.boards import BoardCall, CallState, Disturbance, LineName, StopName, Way
from ucity.services.transport.bus_information import texts
from ucity.services.transport.bus_information.models import (
    AlertInfo,
    CallInfo,
    DisplayRow,
    LineInfo,
    StopInfo,
    VehicleInfo,
    WayInfo,
)

STALE = timedelta(seconds=90)
"""Real-time feeds are made anew twice a minute or more often; after three times that, something is wrong."""
GONE = timedelta(minutes=5)
"""A vehicle that has told nothing for so long is not shown any more."""


def line_info(line: LineName) -> LineInfo:
    """A line."""
    return LineInfo(
        line=line.key,
        name=line.name,
        long_name=line.long_name,
        mode=line.mode,
        color=line.color,
        agency=line.agency,
    )


def stop_info(stop: StopName) -> StopInfo:
    """A stop."""
    return StopInfo(
        stop=stop.key,
        name=stop.name,
        lon=stop.position.lon,
        lat=stop.position.lat,
        code=stop.code,
        platform=stop.platform,
        station=stop.station,
        wheelchair=stop.is_wheelchair,
    )


def age(now: datetime, then: datetime | None) -> float | None:
    """Seconds since then, never negative."""
    return None if then is None else max((now - then).total_seconds(), 0.0)


def minutes_until(now: datetime, then: datetime) -> int:
    """Whole minutes; 0 for what is past."""
    return max(int((then - now).total_seconds() // 60), 0)


def call_info(call: BoardCall, now: datetime) -> CallInfo:
    """A call, seen at ``now``."""
    return CallInfo(
        line=line_info(call.line),
        headsign=call.headsign,
        stop=call.stop,
        platform=call.platform,
        trip=call.trip,
        day=call.day,
        sequence=call.sequence,
        state=call.state,
        arrives=call.arrives,
        departs=call.departs,
        arrives_scheduled=call.arrives_scheduled,
        departs_scheduled=call.departs_scheduled,
        minutes=minutes_until(now, call.arrives),
        ends_here=call.ends_here,
        delay_seconds=call.delay,
        uncertainty_seconds=call.uncertainty,
        age_seconds=age(now, call.told_at),
        stale=call.told_at is not None and now - call.told_at > STALE,
        vehicle=call.vehicle,
        occupancy=call.occupancy,
        stops_away=call.stops_away,
        wheelchair=call.is_wheelchair,
    )


def way_info(way: Way) -> WayInfo:
    """A line in one direction."""
    return WayInfo(
        direction=way.direction,
        headsign=way.headsign,
        stops=[stop_info(stop) for stop in way.stops],
        seconds=list(way.seconds),
        path=list(way.path),
    )


def alert_infos(told: Iterable[Disturbance], now: datetime) -> list[AlertInfo]:
    """Alerts: those that hold now first, then by when they begin."""
    shown = [_alert(each, now) for each in told]
    return sorted(shown, key=lambda each: (not each.active, each.since or now, each.alert))


def _alert(told: Disturbance, now: datetime) -> AlertInfo:
    """With the period that holds now, or else the next one."""
    left = [(since, until) for since, until in told.periods if until is None or until > now]
    since, until = min(left, key=lambda period: period[0] or now) if left else (None, None)
    return AlertInfo(
        alert=told.key,
        cause=told.cause,
        effect=told.effect,
        severity=told.severity,
        header=told.header,
        description=told.description,
        url=told.url,
        lines=list(told.lines),
        stops=list(told.stops),
        since=since,
        until=until,
        active=since is None or since <= now,
        age_seconds=age(now, told.told_at),
    )


def vehicle_infos(current: pl.DataFrame, line: str, now: datetime) -> list[VehicleInfo]:
    """Vehicles of a line, from the current state of the stream, by name of the vehicle."""
    fresh = current.filter((pl.col("route") == line) & (pl.col("observed_at") > now - GONE))
    placed = fresh.drop_nulls(["lon", "lat"]).sort("subject")
    return [_vehicle(row, now) for row in placed.iter_rows(named=True)]


def _vehicle(row: dict[str, Any], now: datetime) -> VehicleInfo:
    same = ("name", "lon", "lat", "bearing", "speed", "direction", "trip", "stop", "status", "occupancy")
    return VehicleInfo(
        vehicle=row["subject"],
        delay_seconds=row["delay"],
        age_seconds=max((now - row["observed_at"]).total_seconds(), 0.0),
        **{name: row[name] for name in same},
    )


def said(text: dict[str, str], lang: str) -> str:
    """A text in this language, or in whichever there is."""
    return text.get(lang) or next(iter(text.values()), "")


def display_row(call: BoardCall, now: datetime, lang: str) -> DisplayRow:
    """A call as a display shows it."""
    minutes = minutes_until(now, call.arrives)
    return DisplayRow(
        line=said(call.line.name, lang),
        color=call.line.color,
        mode=call.line.mode,
        to=said(call.headsign, lang),
        platform=call.platform,
        minutes=minutes,
        text=texts.CANCELLED[lang] if call.state is CallState.CANCELLED else texts.until(minutes, lang),
        live=call.state is CallState.EXPECTED,
        occupancy=texts.OCCUPANCY.get(call.occupancy or "", texts.NOTHING)[lang],
        wheelchair=bool(call.is_wheelchair),
    )
