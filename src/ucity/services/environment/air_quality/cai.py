"""Korea's comprehensive air-quality index (통합대기환경지수, CAI).

Sources:

- bands, the predicted mean and the pollutants that must be present: AirKorea's calculator page
  (airkorea.or.kr/web/caiCalculator) and Jeju province's copy of the table (air.jeju.go.kr, CAI summary);
- points added when several pollutants are unhealthy: AirKorea's page on the index (airkorea.or.kr/web/khaiInfo), seen
  quoted only, not itself. A published record agrees: on 2015-03-17 11:00 a PM10 mean of 154 ug/m3 (sub-index 253) with
  0.080 ppm of NO2 (sub-index 121) was published as 303;
- rounding half up to whole points: published records agree (O3 0.028 ppm as 47, NO2 0.044 ppm as 73, a PM2.5 mean of
  48 ug/m3 as 147), truncation would not.

Could not be checked against a primary source, and so are our choices:

- how many hours a mean needs: 75 per cent (9 of 12, 3 of 4), as EPA asks of its means;
- an index is given for an hour in which all four required pollutants were measured, though the mean of dust could be
  had without its own hour;
- the mean of 12 hours that the four ratios use is that of the hour of the index;
- concentrations, and the predicted mean, are rounded half up to the resolution of the table. Since 2025 AirKorea
  publishes gases with four decimals; the table with four could be seen second-hand only;
- a sum above 500 stays 500, the end of the scale, and the grade is that of the sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ucity.services.environment.air_quality.bands import Array, Bands, grade, highest, rounded
from ucity.services.environment.air_quality.grid import mean_of

GRADES = ("good", "moderate", "unhealthy", "very_unhealthy")
GRADE_EDGES = (50, 100, 250, 500)
UNHEALTHY = 101

TABLES = {
    "pm25": Bands(1, (15, 35, 75, 500), GRADE_EDGES),
    "pm10": Bands(1, (30, 80, 150, 600), GRADE_EDGES),
    "o3": Bands(0.001, (30, 90, 150, 600), GRADE_EDGES),
    "no2": Bands(0.001, (30, 60, 200, 2000), GRADE_EDGES),
    "so2": Bands(0.001, (20, 50, 150, 1000), GRADE_EDGES),
    "co": Bands(0.01, (200, 900, 1500, 5000), GRADE_EDGES),
}
"""PM in ug/m3 as the predicted mean of 24 hours, gases in ppm as the mean of the hour."""

REQUIRED = ("pm25", "pm10", "no2", "o3")
STEADY_FROM = {"pm10": 70.0, "pm25": 30.0}
"""M, in ug/m3: from here on a steady concentration counts at three quarters towards the next hours."""

MEAN_HOURS, RECENT_HOURS = 12, 4
_LEAST_MEAN, _LEAST_RECENT = 9, 3
_STEADY_LOW, _STEADY_HIGH, _STEADY_WEIGHT = 0.9, 1.7, 0.75

ADD_FOR_SEVERAL = True
"""Whether the city adds points when several pollutants are unhealthy, as AirKorea does."""
ADDED = (0, 0, 50, 75)
"""Points added for none, one, two, and three or more unhealthy pollutants."""


def predicted_mean(lags: Array, steady_from: float) -> Array:
    """C24E, the predicted mean of 24 hours: half the mean of 12 hours, half that of the last four adjusted ones.

    ``lags``: shape (12, n), row k the concentration k hours ago in ug/m3. Result: shape (n,), ug/m3, NaN where too few
    hours are known.
    """
    mean = mean_of(lags, _LEAST_MEAN)
    recent = lags[:RECENT_HOURS]
    steady = (recent >= steady_from) & (recent >= _STEADY_LOW * mean) & (recent <= _STEADY_HIGH * mean)
    adjusted = np.where(steady, _STEADY_WEIGHT * recent, recent)
    return (mean + mean_of(adjusted, _LEAST_RECENT)) / 2


@dataclass(frozen=True)
class Index:
    """One element an hour. ``value``: whole points 0 to 500, NaN where there is no index; ``grade``: position in
    GRADES; ``pollutant``: position among the sub-indices; ``added``: points that ``value`` was raised by."""

    value: Array
    grade: npt.NDArray[np.int64]
    pollutant: npt.NDArray[np.int64]
    added: Array


def sub_indices(concentrations: Mapping[str, Array]) -> dict[str, Array]:
    """Sub-index of each pollutant, not rounded: PM as predicted mean in ug/m3, gases as the hour's mean in ppm."""
    return {key: TABLES[key].sub_index(values) for key, values in concentrations.items()}


def index_of(subs: Mapping[str, Array], *, add_for_several: bool = ADD_FOR_SEVERAL) -> Index:
    """The index of sub-indices: the highest, with points added when several pollutants are unhealthy.

    ``subs`` has all of REQUIRED; an hour in which one of them is NaN has no index.
    """
    complete = ~np.isnan(np.stack([subs[key] for key in REQUIRED])).any(axis=0)
    top, pollutant = highest(subs)
    unhealthy = np.sum([rounded(values) >= UNHEALTHY for values in subs.values()], axis=0)
    points = np.array(ADDED, dtype=np.float64)[np.minimum(unhealthy, len(ADDED) - 1)]
    added = points if add_for_several else np.zeros_like(points)
    value = np.where(complete, np.minimum(rounded(top + added), GRADE_EDGES[-1]), np.nan)
    return Index(value, grade(value, GRADE_EDGES), np.where(complete, pollutant, -1), np.where(complete, added, np.nan))
