"""Hours: means of what came within each, and the regular grid on which windows reach back over gaps.

An hour is named by its beginning, in UTC: 13:00 holds readings from 13:00:00 up to, not including, 14:00:00. A station
that sends one value an hour is taken by the hour in which it stamps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from ucity.services.environment.air_quality.bands import Array

HOUR = timedelta(hours=1)
LONGEST_WINDOW = 24
"""Hours that the longest window of an index reaches back, its own hour included."""

_SLOT = "5m"
_DIGITS = 9


def hourly_means(readings: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    """Mean of each measure in each hour of each subject, as columns ``<measure>_1h``, and the count ``readings_1h``.

    Readings: columns subject, observed_at and ``measures``, in any order; null is left out of a mean. Means are taken
    of five-minute means, so that a burst of readings does not outweigh the rest of its hour. One reading makes an hour:
    a station that sends hourly means sends just one. The running hour is the mean of what has come so far.

    Rounded to nine decimals, so that the order of addition does not show.
    """
    slots = readings.group_by("subject", pl.col("observed_at").dt.truncate(_SLOT)).agg(
        pl.col(*measures).mean(), pl.len().alias("readings_1h")
    )
    hours = slots.group_by("subject", pl.col("observed_at").dt.truncate("1h")).agg(
        pl.col(*measures).mean().round(_DIGITS).name.suffix("_1h"), pl.col("readings_1h").sum()
    )
    return hours.sort("subject", "observed_at")


@dataclass(frozen=True)
class Grid:
    """Every hour of every subject from its first to its last, gaps included, in order.

    ``frame``: columns subject, observed_at, the given measures, and ``present``: false in hours that nothing is known
    of. ``position``: how many hours of the same stretch come before each row. A silence longer than the longest window
    ends a stretch: nothing reaches across it, and no rows are spent on it.
    """

    frame: pl.DataFrame
    position: npt.NDArray[np.int64]

    def array(self, column: str) -> Array:
        """A column with gaps as NaN."""
        return self.frame[column].cast(pl.Float64).fill_null(np.nan).to_numpy()

    def lags(self, values: Array, hours: int) -> Array:
        """Shape (hours, rows): row k holds each element's value k hours ago, NaN before the stretch begins."""
        back = np.full((hours, values.size), np.nan)
        for k in range(min(hours, values.size)):
            back[k, k:] = np.where(self.position[k:] >= k, values[: values.size - k], np.nan)
        return back


def on_grid(hours: pl.DataFrame) -> Grid:
    """The grid of frames with columns subject and observed_at (whole hours, one row each), in any order."""
    ordered = hours.sort("subject", "observed_at").with_columns(present=pl.lit(True))
    silence = pl.col("observed_at").diff().over("subject") > HOUR * LONGEST_WINDOW
    stretches = ordered.with_columns(stretch=silence.fill_null(False).cum_sum().over("subject"))
    spans = stretches.group_by("subject", "stretch").agg(
        pl.col("observed_at").min().alias("first"), pl.col("observed_at").max().alias("last")
    )
    every = (
        spans.sort("subject", "stretch")
        .select("subject", "stretch", pl.datetime_ranges("first", "last", "1h").alias("observed_at"))
        .explode("observed_at")
    )
    position = every.select(pl.int_range(pl.len()).over("subject", "stretch")).to_series().to_numpy()
    frame = every.drop("stretch").join(ordered, on=("subject", "observed_at"), how="left", maintain_order="left")
    return Grid(frame.with_columns(pl.col("present").fill_null(False)), position.astype(np.int64))


def mean_of(lags: Array, least: int) -> Array:
    """Mean down the rows of ``lags``; NaN where fewer than ``least`` of them are known."""
    count = (~np.isnan(lags)).sum(axis=0)
    total = np.nansum(lags, axis=0)
    return np.where(count >= least, total / np.maximum(count, 1), np.nan)
