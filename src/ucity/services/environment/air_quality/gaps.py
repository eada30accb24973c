"""Gaps: which hours of a station are missing, measure by measure."""

from datetime import datetime, timedelta

import polars as pl

HOUR = timedelta(hours=1)


def expected_hours(since: datetime, until: datetime) -> pl.Series:
    """The whole hours from ``since`` up to, not including, ``until``; both in UTC, on the hour."""
    return pl.datetime_range(since, until, "1h", closed="left", time_unit="us", time_zone="UTC", eager=True)


def missing(hours: pl.DataFrame, subjects: list[str], measures: list[str], expected: pl.Series) -> pl.DataFrame:
    """Every subject, measure and expected hour, and whether the measure is missing in it.

    ``hours``: columns subject, observed_at and ``measures``, in any order; null is a gap. Result: columns subject,
    measure, observed_at, missing; in order of subject, measure and time.
    """
    every = pl.DataFrame({"subject": subjects}, schema={"subject": pl.String}).join(
        pl.DataFrame({"observed_at": expected}), how="cross"
    )
    return (
        every.join(hours.select("subject", "observed_at", *measures), on=("subject", "observed_at"), how="left")
        .unpivot(on=measures, index=["subject", "observed_at"], variable_name="measure")
        .select("subject", "measure", "observed_at", missing=pl.col("value").is_null())
        .sort("subject", "measure", "observed_at")
    )


def counts(marked: pl.DataFrame) -> pl.DataFrame:
    """Of the frame that ``missing`` gives: columns subject, measure, expected, present, in order."""
    return (
        marked.group_by("subject", "measure", maintain_order=True)
        .agg(expected=pl.len(), present=(~pl.col("missing")).sum())
        .sort("subject", "measure")
    )


def runs(marked: pl.DataFrame) -> pl.DataFrame:
    """Stretches of missing hours: columns subject, measure, since, until (the first hour after it), hours; in order."""
    return (
        marked.with_columns(run=pl.col("missing").rle_id().over("subject", "measure"))
        .filter("missing")
        .group_by("subject", "measure", "run")
        .agg(
            since=pl.col("observed_at").min(),
            until=pl.col("observed_at").max() + HOUR,
            hours=pl.len(),
        )
        .drop("run")
        .sort("subject", "measure", "since")
    )
