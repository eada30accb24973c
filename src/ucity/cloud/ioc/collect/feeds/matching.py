"""Updates of trips, held against the timetable: which call of which service day each is about, and how late it is.

Messages may tell times, delays or both, stops by sequence or by identifier, and often no service day. A time counts
more than a delay, as GTFS-Realtime has it.
"""

from datetime import datetime

import polars as pl

from ucity.cloud.ioc.collect.feeds.schedule import Schedule
from ucity.network.feeds.gtfs_realtime import Realtime

_NOT_ON_SCHEDULE = ("ADDED", "CANCELED", "DELETED", "DUPLICATED", "NEW", "REPLACEMENT", "UNSCHEDULED")
_MOST = 86_400
_TIME = pl.Datetime("us", "UTC")
_SECOND = pl.duration(seconds=1)


def with_days(rows: pl.DataFrame, schedule: Schedule, at: datetime) -> pl.DataFrame:
    """``rows`` (trip, start_date, start_time ...) of scheduled trips, with ``day`` and ``midnight`` (UTC), from which
    the timetable's seconds count: for a trip that runs by headway, such that they are right for this run.

    A trip without date runs on the service day on which it is under way now, or is nearest to.
    """
    trips = rows.select("trip").unique().join(schedule.trips.select("trip", "starts", "ends"), on="trip")
    near = trips.join(schedule.midnights(at), how="cross")
    now = (pl.lit(at) - pl.col("midnight")).dt.total_seconds()
    away = (now - now.clip(pl.col("starts"), pl.col("ends"))).abs()
    guessed = near.sort(away, "day").unique("trip", keep="first").select("trip", guess="day")
    dated = (
        rows.join(schedule.trips, on="trip", suffix="_planned", maintain_order="left")
        .join(guessed, on="trip", maintain_order="left")
        .with_columns(day=pl.coalesce("start_date", "guess"))
    )
    starts = schedule.starts(dated["day"].unique().drop_nulls().to_list())
    shift = pl.when(pl.col("is_repeated")).then(pl.col("start_time") - pl.col("starts")).fill_null(0)
    return dated.join(starts, on="day", maintain_order="left").with_columns(
        midnight=pl.col("midnight") + shift * _SECOND
    )


def matched(said: Realtime, schedule: Schedule, at: datetime) -> pl.DataFrame:
    """A row for each call that the message speaks of and the timetable knows, in the message's order.

    Columns: trip, day, route, direction, vehicle, sequence, stop, stop_name, lon, lat, is_last, at (when it was
    measured), and arrival_at, arrival_delay, departure_at, departure_delay (UTC; seconds), null where nothing is said.
    """
    told = said.trip_updates.filter(
        pl.col("trip").is_not_null(),
        ~pl.col("trip_state").is_in(_NOT_ON_SCHEDULE),
        pl.col("stop_state") == "SCHEDULED",
    )
    calls = _calls(told.with_row_index("order"), schedule)
    dated = with_days(calls, schedule, at)
    events = [column for which in ("arrival", "departure") for column in _event(which)]
    return (
        dated.with_columns(events)
        .join(schedule.stops, on="stop", how="left")
        .sort("order")
        .select(
            *("trip", "day", "vehicle", "sequence", "stop", "stop_name", "lon", "lat", "is_last"),
            *("arrival_at", "arrival_delay", "departure_at", "departure_delay"),
            route=pl.coalesce("route_planned", "route"),
            direction="direction_planned",
            at=pl.coalesce("at", pl.lit(said.at, _TIME), pl.lit(at, _TIME)),
        )
    )


def stationed(said: Realtime, schedule: Schedule, at: datetime) -> pl.DataFrame:
    """A row for each vehicle that tells at or before which call of a scheduled trip it is.

    Columns: own (its name), vehicle, trip, day, route, direction, sequence, stop, stop_name, lon, lat (of the stop),
    is_last, is_stopped, at (when that was so), arrival_planned, departure_planned (UTC).
    """
    told = said.vehicles.filter(
        pl.col("trip").is_not_null(),
        ~pl.col("trip_state").is_in(_NOT_ON_SCHEDULE),
        pl.col("sequence").is_not_null() | pl.col("stop").is_not_null(),
    ).with_columns(
        own=pl.coalesce("vehicle", "label", "plate", "entity"),
        at=pl.coalesce("at", pl.lit(said.at, _TIME), pl.lit(at, _TIME)),
    )
    calls = _calls(told.drop("lon", "lat").with_row_index("order"), schedule)
    dated = with_days(calls, schedule, at).join(schedule.stops, on="stop", how="left")
    return (
        dated.sort("at")
        .unique("own", keep="last")
        .select(
            *("own", "vehicle", "trip", "day", "sequence", "stop", "stop_name", "lon", "lat", "is_last", "at"),
            route=pl.coalesce("route_planned", "route"),
            direction="direction_planned",
            is_stopped=pl.col("status") == "STOPPED_AT",
            arrival_planned=pl.col("midnight") + pl.col("arrival") * _SECOND,
            departure_planned=pl.col("midnight") + pl.col("departure") * _SECOND,
        )
    )


def trip_delays(matches: pl.DataFrame) -> pl.DataFrame:
    """``trip``, ``day`` and ``delay`` (seconds): of the call that each trip's update names first."""
    delay = pl.coalesce("arrival_delay", "departure_delay")
    return (
        matches.select("trip", "day", delay=delay)
        .drop_nulls()
        .unique(["trip", "day"], keep="first", maintain_order=True)
    )


def _calls(told: pl.DataFrame, schedule: Schedule) -> pl.DataFrame:
    """The updates with the timetable's call that each is about: by its sequence, or else by its stop."""
    planned = schedule.calls.join(told.select("trip").unique(), on="trip", how="semi")
    by_sequence = told.filter(pl.col("sequence").is_not_null()).join(
        planned.rename({"stop": "planned_stop"}), on=["trip", "sequence"]
    )
    others = told.join(by_sequence, on="order", how="anti").drop("sequence")
    by_stop = others.join(planned.unique(["trip", "stop"], keep="first", maintain_order=True), on=["trip", "stop"])
    columns = [*told.columns, "arrival", "departure", "is_last"]
    found = by_sequence.with_columns(stop=pl.col("planned_stop")).select(columns)
    return pl.concat([found, by_stop.select(columns)])


def _event(which: str) -> list[pl.Expr]:
    """``<which>_at`` and ``<which>_delay`` from whichever of time and delay is told."""
    planned = pl.col("midnight") + pl.col(which) * _SECOND
    told, delay = pl.col(f"{which}_time"), pl.col(f"{which}_delay").cast(pl.Int64)
    late = pl.coalesce((told - planned).dt.total_seconds(), delay)
    late = pl.when(late.abs() <= _MOST).then(late)
    return [late.alias(f"{which}_delay"), (planned + late * _SECOND).alias(f"{which}_at")]
