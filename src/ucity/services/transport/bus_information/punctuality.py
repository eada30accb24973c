"""How punctual vehicles are at stops: hours of a stop, vehicles far behind, vehicles that come together. Pure.

On time is from one minute before the timetable to five minutes after it: Transit Capacity and Quality of Service
Manual, 3rd edition (TCRP Report 165, 2013), chapter 5.
"""

from datetime import timedelta

import polars as pl

EARLY_S, LATE_S = -60.0, 300.0
FAR_BEHIND_S = 600.0
"""From which a vehicle is told of by itself; a choice of ours."""
TOGETHER = 0.25
"""Vehicles come together when this share of the planned time between them is left, or less; a choice of ours."""
SHORTEST_PLANNED = timedelta(minutes=4)
"""Lines that go more often than this are not told of when their vehicles come together; a choice of ours."""
LONGEST_PLANNED = timedelta(minutes=40)

_RUN = ("trip", "service_day")


def delays(calls: pl.DataFrame) -> pl.Expr:
    """Seconds of a call's delay: at departure, or at arrival where nothing else is known."""
    return pl.coalesce("departure_delay", "arrival_delay")


def hours(calls: pl.DataFrame) -> pl.DataFrame:
    """Each hour of each stop: subject, observed_at (its beginning), calls_1h, delay_1h (mean, s), on_time_1h (%)."""
    late = delays(calls)
    return (
        calls.with_columns(late=late)
        .drop_nulls("late")
        .sort("subject", "observed_at", "late")
        .group_by("subject", pl.col("observed_at").dt.truncate("1h"), maintain_order=True)
        .agg(
            calls_1h=pl.len().cast(pl.Float64),
            delay_1h=pl.col("late").mean().round(3),
            on_time_1h=(pl.col("late").is_between(EARLY_S, LATE_S).mean() * 100).round(3),
        )
    )


def far_behind(calls: pl.DataFrame) -> pl.DataFrame:
    """Calls of trips that are known by name and are very late, with their delay in ``late``; the first one of each."""
    late = calls.with_columns(late=delays(calls)).filter(pl.col("late") >= FAR_BEHIND_S).drop_nulls(["trip"])
    return late.sort("observed_at", "subject", "late").unique(_RUN, keep="first", maintain_order=True)


def together(calls: pl.DataFrame) -> pl.DataFrame:
    """Calls at a stop that follow closely on one of the same line and direction, with the trip before (``before``), the
    seconds between the two (``gap``) and those planned (``planned``)."""
    planned_at = pl.col("observed_at") - pl.duration(microseconds=(pl.col("late") * 1e6).round())
    line = ("subject", "route", "direction")
    ordered = (
        calls.with_columns(late=delays(calls))
        .drop_nulls(["late", "trip", "route", "direction"])
        .with_columns(planned_at=planned_at)
        .sort(*line, "observed_at", "trip", "late")
        .unique([*line, "trip", "service_day", "observed_at"], keep="first", maintain_order=True)
    )
    gaps = ordered.with_columns(
        before=pl.col("trip").shift(1).over(line),
        gap=pl.col("observed_at").diff().over(line),
        planned=pl.col("planned_at").diff().over(line).abs(),
    )
    close = pl.col("gap") <= TOGETHER * pl.col("planned")
    usual = pl.col("planned").is_between(pl.lit(SHORTEST_PLANNED), pl.lit(LONGEST_PLANNED))
    found = gaps.filter(close & usual & (pl.col("before") != pl.col("trip")))
    return found.with_columns(pl.col("gap", "planned").dt.total_seconds())
