"""Times along a trip: those between two timed stops are worked out, and trips that cannot be are left out."""

import polars as pl

from ucity.network.feeds.gtfs.problems import Problems
from ucity.network.feeds.gtfs.references import Tables
from ucity.network.feeds.gtfs.table import ROW
from ucity.network.feeds.refusal import Reason

_FILE = "stop_times.txt"


def timed(tables: Tables, problems: Problems) -> Tables:
    """Stop times in order, each with arrival and departure; trips of at least two stops and no step back in time."""
    times = tables["stop_times"].sort("trip_id", "stop_sequence")
    times = times.with_columns(
        pl.coalesce("arrival_time", "departure_time").alias("arrival_time"),
        pl.coalesce("departure_time", "arrival_time").alias("departure_time"),
    )
    times = _without_trips(
        times, _open_ended(times), Reason.NO_TIME, "a trip's first or last stop has no time", problems
    )
    times = _interpolated(times)
    times = _without_trips(times, _back_in_time(times), Reason.BACK_IN_TIME, "a trip goes back in time", problems)
    counts = times.group_by("trip_id").len()
    usable = counts.filter(pl.col("len") > 1)["trip_id"]
    trips = tables["trips"]
    short = ~trips["trip_id"].is_in(usable.implode())
    detail = "A trip has fewer than two stops that can be used: it is left out."
    problems.rows("trips.txt", Reason.TOO_FEW_STOPS, detail, trips.filter(short)[ROW])
    times = times.filter(pl.col("trip_id").is_in(usable.implode()))
    return tables | {"stop_times": times, "trips": trips.filter(~short)}


def _open_ended(times: pl.DataFrame) -> pl.Series:
    """The trips whose first or last stop has no time."""
    ends = times.group_by("trip_id").agg(pl.col("arrival_time").first(), pl.col("departure_time").last())
    return ends.filter(pl.col("arrival_time").is_null() | pl.col("departure_time").is_null())["trip_id"]


def _back_in_time(times: pl.DataFrame) -> pl.Series:
    """The trips that leave before they arrive, or arrive before they left the stop before."""
    before = pl.col("departure_time").shift().over("trip_id")
    wrong = (pl.col("departure_time") < pl.col("arrival_time")) | (pl.col("arrival_time") < before)
    return times.filter(wrong)["trip_id"].unique()


def _without_trips(
    times: pl.DataFrame, trips: pl.Series, reason: Reason, what: str, problems: Problems
) -> pl.DataFrame:
    if trips.is_empty():
        return times
    inside = pl.col("trip_id").is_in(trips.implode())
    rows = times.filter(inside).group_by("trip_id", maintain_order=True).first()[ROW]
    detail = f"{what.capitalize()} ({times.filter(inside)['trip_id'][0][:60]!r}): its stop times are left out."
    problems.rows(_FILE, reason, detail, rows)
    return times.filter(~inside)


def _interpolated(times: pl.DataFrame) -> pl.DataFrame:
    """Missing times on the straight line between the timed stops around: by distance where all of the trip has it and
    it grows, otherwise evenly. They are marked as approximate (timepoint 0)."""
    missing = pl.col("arrival_time").is_null()
    partly = times.filter(missing)["trip_id"].unique()
    if partly.is_empty():
        return times
    inside = pl.col("trip_id").is_in(partly.implode())
    distance = pl.col("shape_dist_traveled")
    by_distance = (distance.is_not_null() & (distance.diff().fill_null(1.0) > 0)).all().over("trip_id")
    steps = pl.int_range(pl.len()).over("trip_id").cast(pl.Float64)
    # A vehicle that stands at a timed stop leaves it later than it came: on lines between, it starts from departure.
    filled = (
        times.filter(inside)
        .with_columns(pl.when(by_distance).then(distance).otherwise(steps).alias("__along"), missing.alias("__missing"))
        .with_columns(_between(pl.col("__along")).alias("__time"))
        .with_columns(
            pl.when("__missing").then("__time").otherwise(pl.col(name)).cast(pl.Int32).alias(name)
            for name in ("arrival_time", "departure_time")
        )
        .with_columns(pl.when("__missing").then(pl.lit(0, pl.Int32)).otherwise("timepoint").alias("timepoint"))
        .drop("__along", "__missing", "__time")
    )
    return pl.concat([times.filter(~inside), filled]).sort("trip_id", "stop_sequence")


def _between(along: pl.Expr) -> pl.Expr:
    timed_along = pl.when(pl.col("arrival_time").is_not_null()).then(along)
    left = pl.col("departure_time").forward_fill().over("trip_id")
    left_at = timed_along.forward_fill().over("trip_id")
    reached = pl.col("arrival_time").backward_fill().over("trip_id")
    reached_at = timed_along.backward_fill().over("trip_id")
    share = (along - left_at) / (reached_at - left_at)
    return (left + share * (reached - left)).round()
