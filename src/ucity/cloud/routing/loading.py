"""From feeds as they are read to one ``Timetable``: rows in place of identifiers, lines, and patterns of trips."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ucity.blueprint.journeys import Place, Position
from ucity.cloud.routing.modes import mode_of
from ucity.cloud.routing.patterns import Calls, Ground, patterns_of
from ucity.cloud.routing.plane import Plane
from ucity.cloud.routing.platforms import Rows, placed, rules_of
from ucity.cloud.routing.shapes import Line, line
from ucity.cloud.routing.stations import pathways_of
from ucity.cloud.routing.timetable import MODES, Feed, Ints, Timetable
from ucity.network.feeds.gtfs import Gtfs, services_on
from ucity.network.feeds.gtfs.schema import TABLES

_DAYS_KEPT = 64
_STAYS, _STAYS_NOT = 4, 5
"""Transfer types of linked trips."""
_HEAVY = ("stops", "routes", "trips", "stop_times", "frequencies", "shapes", "transfers", "pathways", "levels")


def load(feeds: Mapping[str, Gtfs]) -> Timetable:
    """One timetable of all feeds, by their names. Takes seconds for a large city: not for an event loop."""
    feeds = feeds or {"": _nothing()}
    stops = _numbered(_together(feeds, _stops), "parent", "parent_key")
    routes = _together(feeds, _routes)
    trips = _numbered(_together(feeds, _trips), "route", "route_key", routes)
    services = trips.select("service_key").unique(maintain_order=True).with_row_index("service")
    trips = trips.join(services, on="service_key", maintain_order="left").with_columns(pl.col("service").cast(pl.Int32))
    plane = Plane.around(stops["lon"].to_numpy(), stops["lat"].to_numpy())
    rules = rules_of(feeds, Rows(stops, routes, trips))
    platforms, calls = placed(rules, _calls(feeds, trips, stops), trips, stops.height)
    pattern, patterns = patterns_of(calls, trips, routes, Ground(stops, _lines(feeds, plane), plane))
    numbers = dict(services.select("service_key", "service").iter_rows())
    return Timetable(
        feeds=tuple(
            Feed(name, ZoneInfo(feeds[name].timezone), _service_numbers(name, feeds[name], numbers)) for name in feeds
        ),
        stops=_as_their_stations(stops.drop("parent_key")),
        routes=routes,
        trips=trips.drop("route_key", "service_key", "shape_key"),
        first_call=calls.first,
        arrives=calls.arrives,
        departs=calls.departs,
        sequence=calls.sequence,
        pattern=pattern,
        patterns=patterns,
        headways=_headways(feeds, trips),
        links=_links(feeds, trips),
        platforms=platforms,
        pathways=pathways_of(feeds, stops, plane),
        places=_places(stops),
        plane=plane,
        stop_rows=_rows(stops),
        trip_rows=_rows(trips),
        route_rows=_rows(routes),
        calls_by_stop=_by_stop(calls),
    )


def _nothing() -> Gtfs:
    tables: dict[str, Any] = {name: table.empty() for name, table in TABLES.items()}
    return Gtfs(timezone="UTC", **tables)


def _together(feeds: Mapping[str, Gtfs], make: Callable[[str, Gtfs], pl.DataFrame]) -> pl.DataFrame:
    frames = [
        make(name, gtfs).with_columns(pl.lit(number, pl.Int32).alias("feed"))
        for number, (name, gtfs) in enumerate(feeds.items())
    ]
    return pl.concat(frames)


def _key(name: str, column: str) -> pl.Expr:
    return pl.lit(f"{name}:") + pl.col(column)


def _stops(name: str, gtfs: Gtfs) -> pl.DataFrame:
    with_levels = gtfs.stops.join(gtfs.levels, on="level_id", how="left", maintain_order="left")
    return with_levels.select(
        _key(name, "stop_id").alias("key"),
        "stop_id",
        pl.col("stop_name").fill_null("").alias("name"),
        pl.col("stop_code").fill_null("").alias("code"),
        pl.col("stop_lon").alias("lon"),
        pl.col("stop_lat").alias("lat"),
        _key(name, "parent_station").alias("parent_key"),
        pl.col("platform_code").fill_null("").alias("platform"),
        pl.col("location_type").alias("kind"),
        pl.col("wheelchair_boarding").alias("wheelchair"),
        _key(name, "level_id").alias("level"),
        "level_index",
        pl.col("level_name").fill_null("").alias("level_name"),
    )


def _routes(name: str, gtfs: Gtfs) -> pl.DataFrame:
    agencies = gtfs.agency.select("agency_id", pl.col("agency_name").alias("agency")).unique("agency_id", keep="first")
    only = agencies.row(0, named=True) if agencies.height else {"agency": "", "agency_id": None}
    kinds = gtfs.routes["route_type"].to_list()
    named = gtfs.routes.join(agencies, on="agency_id", how="left", maintain_order="left")
    return named.select(
        _key(name, "route_id").alias("key"),
        "route_id",
        pl.coalesce("route_short_name", "route_long_name", pl.lit("")).alias("name"),
        pl.col("route_long_name").fill_null("").alias("long_name"),
        pl.Series("mode", [MODES.index(mode_of(kind)) for kind in kinds], pl.Int32),
        pl.col("route_color").fill_null("").alias("color"),
        pl.col("route_text_color").fill_null("").alias("text_color"),
        pl.col("agency").fill_null(only["agency"]),
        pl.coalesce("agency_id", pl.lit(only["agency_id"], pl.String)),
        "route_type",
    )


def _trips(name: str, gtfs: Gtfs) -> pl.DataFrame:
    return gtfs.trips.select(
        _key(name, "trip_id").alias("key"),
        "trip_id",
        _key(name, "route_id").alias("route_key"),
        _key(name, "service_id").alias("service_key"),
        pl.col("trip_headsign").fill_null("").alias("headsign"),
        pl.col("trip_short_name").fill_null("").alias("short_name"),
        pl.col("direction_id").alias("direction"),
        _key(name, "block_id").alias("block"),
        _key(name, "shape_id").alias("shape_key"),
        pl.col("bikes_allowed").alias("bicycles"),
        pl.col("wheelchair_accessible").alias("wheelchair"),
    )


def _numbered(frame: pl.DataFrame, name: str, key: str, of: pl.DataFrame | None = None) -> pl.DataFrame:
    """The frame with the row number, in ``of`` or itself, of what ``key`` names; null where it names nothing."""
    rows = (frame if of is None else of).select(pl.col("key").alias(key)).with_row_index(name)
    return frame.join(rows, on=key, how="left", maintain_order="left").with_columns(pl.col(name).cast(pl.Int32))


def _as_their_stations(stops: pl.DataFrame) -> pl.DataFrame:
    """A platform of which nothing is said is as accessible as its station (GTFS, wheelchair_boarding)."""
    stations = stops.select(pl.col("wheelchair").alias("of_station")).with_row_index("parent")
    stations = stations.with_columns(pl.col("parent").cast(pl.Int32))
    joined = stops.join(stations, on="parent", how="left", maintain_order="left")
    said = pl.when(pl.col("wheelchair") == 0).then(pl.col("of_station").fill_null(0)).otherwise("wheelchair")
    return joined.with_columns(said.alias("wheelchair")).drop("of_station")


def _calls(feeds: Mapping[str, Gtfs], trips: pl.DataFrame, stops: pl.DataFrame) -> Calls:
    trip_rows = trips.select(pl.col("key").alias("trip"), "shape_key").with_row_index("trip_row")
    stop_rows = stops.select(pl.col("key").alias("stop")).with_row_index("stop_row")
    together = [
        gtfs.stop_times.with_columns(_key(name, "trip_id").alias("trip"), _key(name, "stop_id").alias("stop"))
        for name, gtfs in feeds.items()
    ]
    times = pl.concat(together).join(trip_rows, on="trip").join(stop_rows, on="stop").sort("trip_row", "stop_sequence")
    counts = np.bincount(times["trip_row"].to_numpy(), minlength=trips.height)
    stop = times["stop_row"].cast(pl.Int32).to_numpy()
    return Calls(
        first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        stop=stop,
        off=stop,
        on=stop,
        sequence=times["stop_sequence"].to_numpy(),
        arrives=times["arrival_time"].to_numpy(),
        departs=times["departure_time"].to_numpy(),
        pickup=times["pickup_type"].cast(pl.UInt8).to_numpy(),
        drop_off=times["drop_off_type"].cast(pl.UInt8).to_numpy(),
    )


def _lines(feeds: Mapping[str, Gtfs], plane: Plane) -> dict[str, Line]:
    lines = {}
    for name, gtfs in feeds.items():
        for (key,), points in gtfs.shapes.group_by("shape_id", maintain_order=True):
            if points.height > 1:
                lon, lat = points["shape_pt_lon"].to_numpy(), points["shape_pt_lat"].to_numpy()
                lines[f"{name}:{key}"] = line(lon, lat, plane)
    return lines


def _headways(feeds: Mapping[str, Gtfs], trips: pl.DataFrame) -> pl.DataFrame:
    rows = trips.select(pl.col("key").alias("trip_key")).with_row_index("trip")
    together = [gtfs.frequencies.with_columns(_key(name, "trip_id").alias("trip_key")) for name, gtfs in feeds.items()]
    renamed = {"start_time": "start", "end_time": "end", "headway_secs": "headway", "exact_times": "exact"}
    found = pl.concat(together).join(rows, on="trip_key", maintain_order="left").rename(renamed)
    return found.select("trip", *renamed.values())


def _links(feeds: Mapping[str, Gtfs], trips: pl.DataFrame) -> pl.DataFrame:
    together = [
        gtfs.transfers.filter(pl.col("transfer_type").is_in([_STAYS, _STAYS_NOT])).select(
            _key(name, "from_trip_id").alias("trip_key"),
            _key(name, "to_trip_id").alias("next_trip_key"),
            (pl.col("transfer_type") == _STAYS).alias("may_stay"),
        )
        for name, gtfs in feeds.items()
    ]
    both = pl.concat(together)
    for name in ("trip", "next_trip"):
        both = _numbered(both, name, f"{name}_key", trips)
    return both.select("trip", "next_trip", "may_stay").drop_nulls().unique(["trip", "next_trip"], keep="first")


def _places(stops: pl.DataFrame) -> tuple[Place, ...]:
    columns = stops.select("lon", "lat", "name", "key", "platform").iter_rows()
    return tuple(
        Place(position=Position(lon, lat), name=name, stop=key, platform=platform)
        for lon, lat, name, key, platform in columns
    )


def _rows(frame: pl.DataFrame) -> dict[str, int]:
    return {key: row for row, key in enumerate(frame["key"])}


def _by_stop(calls: Calls) -> pl.DataFrame:
    counts = np.diff(calls.first)
    trip = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    call = (np.arange(len(calls.stop)) - np.repeat(calls.first[:-1], counts)).astype(np.int32)
    return pl.DataFrame({"stop": calls.stop, "trip": trip, "call": call}).sort("stop", maintain_order=True)


def _service_numbers(name: str, gtfs: Gtfs, numbers: Mapping[str, int]) -> Callable[[date], Ints]:
    """Which services run on a day, as numbers; holds on to nothing of the feed but its calendars."""
    calendars = replace(gtfs, **{table: getattr(gtfs, table).clear() for table in _HEAVY})

    @lru_cache(_DAYS_KEPT)
    def services(day: date) -> Ints:
        keys = (f"{name}:{service}" for service in services_on(calendars, day))
        return np.array([numbers[key] for key in keys if key in numbers], np.int32)

    return services
