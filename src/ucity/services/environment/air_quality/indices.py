"""Both indices of every hour, from hourly means: the one calculation behind the rule and the views."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from ucity.services.environment.air_quality import cai, us_aqi
from ucity.services.environment.air_quality.bands import Array, grade, highest, rounded
from ucity.services.environment.air_quality.grid import LONGEST_WINDOW, Grid

POLLUTANTS = ("pm25", "pm10", "o3", "no2", "so2", "co")
"""What the indices are made from; ``<pollutant>_1h`` is the hourly mean of each. Of equals the first is named."""


class SubIndices(NamedTuple):
    """By pollutant, one element a row of the grid, not rounded. ``means``: what the CAI took, in ug/m3 and ppm."""

    means: dict[str, Array]
    cai: dict[str, Array]
    us: dict[str, Array]


def sub_indices(grid: Grid) -> SubIndices:
    """Sub-indices of every row of a grid with the columns ``<pollutant>_1h``."""
    lags = {key: grid.lags(grid.array(f"{key}_1h"), LONGEST_WINDOW) for key in POLLUTANTS}
    means = {key: lags[key][0] for key in POLLUTANTS}
    for key, steady_from in cai.STEADY_FROM.items():
        mean = cai.predicted_mean(lags[key][: cai.MEAN_HOURS], steady_from)
        means[key] = np.where(np.isnan(lags[key][0]), np.nan, mean)
    return SubIndices(means, cai.sub_indices(means), us_aqi.sub_indices(lags))


def _names(positions: npt.NDArray[np.int64], names: Sequence[str]) -> pl.Series:
    at = pl.Series(positions, dtype=pl.Int64)
    return pl.Series(names, dtype=pl.String).gather(at.set(at < 0, None))


def _frame(grid: Grid, subs: SubIndices) -> pl.DataFrame:
    korean = cai.index_of(subs.cai)
    top, pollutant = highest(subs.us)
    american = rounded(top)
    return grid.frame.select(
        "subject",
        "observed_at",
        "present",
        cai=pl.Series(korean.value),
        cai_grade=_names(korean.grade, cai.GRADES),
        cai_pollutant=_names(korean.pollutant, POLLUTANTS),
        us_aqi=pl.Series(american),
        us_category=_names(grade(american, us_aqi.CATEGORY_EDGES), us_aqi.CATEGORIES),
        us_pollutant=_names(pollutant, POLLUTANTS),
        cai_added=pl.Series(korean.added),
    )


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter("present").drop("present").with_columns(cs.float().fill_nan(None))


def indices(grid: Grid) -> pl.DataFrame:
    """The indices of every hour that something is known of: columns subject, observed_at, cai, cai_grade,
    cai_pollutant, us_aqi, us_category, us_pollutant, cai_added; null where an index cannot be given."""
    return _known(_frame(grid, sub_indices(grid)))


def explained(grid: Grid) -> pl.DataFrame:
    """The indices with what they are made from: the columns of ``indices``, and of each pollutant ``<pollutant>_mean``
    (what the CAI took), ``<pollutant>_cai`` and ``<pollutant>_us`` (its sub-indices, in whole points)."""
    subs = sub_indices(grid)
    parts = {f"{key}_mean": subs.means[key] for key in POLLUTANTS}
    parts |= {f"{key}_cai": rounded(subs.cai[key]) for key in POLLUTANTS}
    parts |= {f"{key}_us": rounded(subs.us[key]) for key in POLLUTANTS}
    return _known(_frame(grid, subs).with_columns(**{name: pl.Series(values) for name, values in parts.items()}))
