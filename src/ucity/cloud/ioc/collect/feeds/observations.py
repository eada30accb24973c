"""Real-time messages as readings: where vehicles are, and which calls at stops have been made by now.

Both are for the streams ``vehicles`` and ``stop_events`` of bus_information. Pure calculations over columns; what does
not fit a stream's declaration is left out, as validation would.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import polars as pl

from ucity.blueprint import Declared, Kind, Readings, Stream
from ucity.blueprint.frames import shaped
from ucity.blueprint.subjects import SUBJECT, subject_of
from ucity.cloud.ioc.collect.check import AHEAD, LONGEST_TEXT
from ucity.cloud.ioc.collect.feeds.matching import with_days
from ucity.cloud.ioc.collect.feeds.predictions import NAMES
from ucity.cloud.ioc.collect.feeds.schedule import Schedule
from ucity.network.feeds.gtfs_realtime import Realtime

_KM_H = 3.6
_TIME = pl.Datetime("us", "UTC")


def vehicle_readings(
    said: Realtime, declared: Declared, feed: str, now: datetime, against: tuple[Schedule, pl.DataFrame] | None
) -> Readings:
    """A reading for each vehicle that tells where it is. ``feed``: in whose name identifiers are. ``against``: the
    timetable, and what ``trip_delays`` found of this and other messages."""
    placed = said.vehicles.filter(pl.col("lon").is_not_null()).with_columns(
        own=pl.coalesce("vehicle", "label", "plate", "entity"),
        observed_at=pl.coalesce("at", pl.lit(said.at, _TIME), pl.lit(now, _TIME)),
    )
    placed = placed.filter(pl.col("own").is_not_null()).sort("observed_at").unique("own", keep="last")
    dated = _dated(placed, now, against)
    frame = dated.select(
        "observed_at",
        "lon",
        "lat",
        "bearing",
        "delay",
        "mode",
        subject=_subjects(feed, "own"),
        speed=pl.col("speed") * _KM_H,
        occupancy=pl.col("occupancy").str.to_lowercase(),
        occupancy_share=pl.col("occupancy_percentage").cast(pl.Float64),
        status=pl.when(pl.col("stop").is_not_null() | pl.col("sequence").is_not_null()).then(
            pl.col("status").str.to_lowercase()
        ),
        name=pl.coalesce("label", "own"),
        route=_key(feed, "route"),
        trip=_key(feed, "trip"),
        service_day=pl.col("day").cast(pl.String),
        direction=pl.col("direction").cast(pl.String),
        stop=_key(feed, "stop"),
        stop_sequence=pl.col("sequence").cast(pl.String),
    )
    return fitting(declared, frame, now)


def stop_readings(matches: pl.DataFrame, declared: Declared, feed: str, now: datetime) -> Readings:
    """A reading for each call that has been made by the time of its update. ``matches``: see ``matching.matched``, with
    what ``predictions.with_predictions`` adds.

    It is observed when the vehicle left; when it came, at the last stop, and where nothing is told of its leaving.
    Should that be told later, it is the same call, corrected.
    """
    left = (pl.col("departure_at") <= pl.col("at")).fill_null(value=False)
    came = (pl.col("arrival_at") <= pl.col("at")).fill_null(value=False)
    made = matches.filter(left | (came & (pl.col("is_last") | pl.col("departure_at").is_null()))).with_columns(
        observed_at=pl.when(left).then("departure_at").otherwise("arrival_at"), day=pl.col("day").cast(pl.String)
    )
    made = made.unique(["trip", "day", "sequence"], keep="last", maintain_order=True)
    call = pl.format("{}~{}~{}", "trip", "day", "sequence")
    frame = made.with_columns(call=call).select(
        "observed_at",
        "lon",
        "lat",
        *(name for name in NAMES if name in made.columns),
        subject=_subjects(feed, "stop"),
        event=_subjects(feed, "call"),
        name="stop_name",
        trip=_key(feed, "trip"),
        service_day="day",
        route=_key(feed, "route"),
        direction=pl.col("direction").cast(pl.String),
        vehicle=_key(feed, "vehicle"),
        stop_sequence=pl.col("sequence").cast(pl.Float64),
        arrival_delay=pl.when(came).then("arrival_delay").cast(pl.Float64),
        departure_delay=pl.when(left).then("departure_delay").cast(pl.Float64),
    )
    return fitting(declared, frame.with_columns(identity="event"), now)


def fitting(declared: Declared, frame: pl.DataFrame, now: datetime) -> Readings:
    """The readings that the stream takes now, without values that cannot be."""
    stream = declared.stream
    times = pl.col("observed_at")
    kept = frame.filter(times <= now + AHEAD, times > now - (stream.remember or timedelta(days=36_500)))
    return shaped(declared.service, stream, kept.with_columns(_clean(stream, set(frame.columns))))


def _clean(stream: Stream, present: set[str]) -> list[pl.Expr]:
    cleaned: list[pl.Expr] = []
    for measure in stream.measures:
        column = pl.col(measure.key)
        if measure.key not in present:
            continue
        if measure.kind is Kind.NUMBER and measure.valid:
            fits = column.is_between(*measure.valid)
        else:
            fits = column.is_in(measure.options) if measure.options else column.str.len_chars() <= LONGEST_TEXT
        cleaned.append(pl.when(fits).then(column))
    for label in present.intersection(stream.labels):
        cleaned.append(pl.when(pl.col(label).str.len_chars() <= LONGEST_TEXT).then(pl.col(label)))
    return cleaned


def _dated(placed: pl.DataFrame, now: datetime, against: tuple[Schedule, pl.DataFrame] | None) -> pl.DataFrame:
    """Vehicles with day, mode and delay, and with the timetable's route and direction, where their trip is known."""
    unknown = {"day": pl.Date, "mode": pl.String, "delay": pl.Float64}
    if against is None:
        return placed.with_columns(
            pl.col("start_date").alias("day"), *(pl.lit(None, unknown[name]).alias(name) for name in ("mode", "delay"))
        )
    schedule, delays = against
    columns = ["own", "day", "mode", "route_planned", "direction_planned"]
    known = with_days(placed.filter(pl.col("trip").is_not_null()), schedule, now)
    dated = placed.join(known.select(columns), on="own", how="left")
    dated = dated.with_columns(day=pl.coalesce("day", "start_date")).join(delays, on=["trip", "day"], how="left")
    return dated.with_columns(
        delay=pl.col("delay").cast(pl.Float64),
        route=pl.coalesce("route", "route_planned"),
        direction=pl.coalesce("direction", "direction_planned"),
    )


def _key(feed: str, column: str) -> pl.Expr:
    """``<feed>:<id>``, as it is."""
    return pl.when(pl.col(column).is_not_null()).then(pl.format(f"{feed}:{{}}", column))


def _subjects(feed: str, column: str) -> pl.Expr:
    """The same, spelled as a subject."""
    plain = pl.format(f"{feed}:{{}}", column)
    spell: Callable[[str], str] = partial(subject_of, feed)
    odd = pl.col(column).map_elements(spell, return_dtype=pl.String)
    return pl.when(plain.str.contains(SUBJECT)).then(plain).otherwise(odd)
