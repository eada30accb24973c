"""PM2.5 breathed in on the way: the concentration along it, times the time, times how much one breathes.

The concentration between instruments is a Gaussian process over its logarithm (simple kriging): an exponential
covariance whose spread is that of the readings themselves, and errors of the instruments that grow with the age of a
reading, as that of the air does with the time between now and a leg. Its standard deviation gives the bounds. What is
assumed: air in vehicles and stations is that outside, and along one leg the error is the same everywhere, which makes
the bounds wide rather than narrow.

Breathing rates: US EPA, Exposure Factors Handbook (2011), chapter 6, table 6-2, means of people from 31 to 40 years in
cubic metres a minute: sitting 0.0043, moderate effort 0.027, high effort 0.049. Quoted from memory of the table, which
could not be opened from here. That riding a bicycle is half way between the last two is our own inference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from ucity.blueprint import Leg, Mode
from ucity.blueprint.figures import Dose
from ucity.cloud.routing.ground import METRES_PER_DEGREE, Array, spread_along

SITTING, MODERATE, HIGH = 0.0043, 0.027, 0.049
"""Cubic metres of air a minute."""
RATES: Mapping[Mode, float] = {
    Mode.WALK: MODERATE,
    Mode.BICYCLE: (MODERATE + HIGH) / 2,
    Mode.SHARED_BICYCLE: (MODERATE + HIGH) / 2,
}
"""Of whoever moves by their own strength; others sit."""

OLDEST = timedelta(hours=3)
"""Readings that are older tell nothing of the air now, nor does the air now of a time farther off."""
FARTHEST = 20_000.0
"""Metres from the nearest instrument beyond which nothing is said."""
_REACH = 3_000.0
"""Metres over which concentrations in a city resemble one another: an assumption."""
_PRIOR_SPREAD, _PRIOR_WEIGHT = 0.3, 5
"""Spread of the logarithm before any reading is seen, and how many readings it counts as: an assumption."""
_FIXED_ERROR, _MOVING_ERROR, _ERROR_PER_HOUR = 0.10, 0.25, 0.20
"""Standard deviations of the logarithm: of a station's reading, of a moving sensor's, and for each hour of age."""
_LEAST = 1.0
"""Micrograms a cubic metre below which instruments see nothing."""
_MOST_INSTRUMENTS = 200
_BETWEEN = 1.2816
"""Standard deviations on either side of the middle between which 80 per cent lie."""
_CELL = 200.0
"""Metres: points within one cell breathe the same air."""
_EVERY = 250.0
"""Metres between two points of the way at which the air is looked up."""


@dataclass(frozen=True)
class Air:
    """The air at one time: what the instruments read, and how it varies between them. ``of`` makes one.

    ``now``: that time. ``places``: metres east and north of ``origin``, shape (n, 2). ``level``: mean of the
    logarithms. ``known``: what was worked out already, by cell.
    """

    now: datetime
    places: Array
    weights: Array
    inverse: Array
    level: float
    spread: float
    origin: tuple[float, float]
    age_seconds: float
    known: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, readings: pl.DataFrame, now: datetime) -> Self | None:
        """From columns lon, lat, observed_at, pm25 (micrograms a cubic metre) and is_moving; None without any that are
        recent. The newest are taken where there are too many."""
        recent = (
            readings.drop_nulls(["lon", "lat", "observed_at", "pm25"])
            .filter(pl.col("observed_at").is_between(now - OLDEST, now + timedelta(minutes=1)))
            .sort("is_moving", pl.col("observed_at"), descending=[False, True])
            .head(_MOST_INSTRUMENTS)
        )
        if recent.is_empty():
            return None
        ages = (now - recent["observed_at"]).dt.total_seconds().cast(pl.Float64).clip(0).to_numpy()
        own = np.where(recent["is_moving"].to_numpy(), _MOVING_ERROR, _FIXED_ERROR)
        errors = own**2 + (_ERROR_PER_HOUR * ages / 3600) ** 2
        found = recent.select("lon", "lat").to_numpy(), recent["pm25"].to_numpy()
        return cls._fitted(now, *found, errors, float(ages.min()))

    @classmethod
    def _fitted(cls, now: datetime, degrees: Array, pm25: Array, errors: Array, age: float) -> Self:
        origin = (float(degrees[:, 0].mean()), float(degrees[:, 1].mean()))
        places = _metres(degrees, origin)
        logs = np.log(np.maximum(pm25, _LEAST))
        level = float(np.average(logs, weights=1 / (errors + _PRIOR_SPREAD**2)))
        excess = max(0.0, float(np.sum((logs - level) ** 2 - errors)))
        spread = np.sqrt((excess + _PRIOR_WEIGHT * _PRIOR_SPREAD**2) / (len(logs) + _PRIOR_WEIGHT))
        inverse: Array = np.linalg.inv(_covariance(places, places, float(spread)) + np.diag(errors)).astype(np.float64)
        return cls(now, places, inverse @ (logs - level), inverse, level, float(spread), origin, age)

    def at(self, degrees: Array) -> tuple[Array, Array]:
        """At points of shape (n, 2), (lon, lat): the median in micrograms a cubic metre, and the standard deviation of
        its logarithm. NaN where no instrument is near enough. The same for all points of a cell, worked out once."""
        cells = np.floor(_metres(degrees, self.origin) / _CELL).astype(np.int64)
        keys: list[tuple[int, int]] = [(east, north) for east, north in cells.tolist()]
        missing = [key for key in dict.fromkeys(keys) if key not in self.known]
        if missing:
            worked_out = self._worked_out((np.array(missing, np.float64) + 0.5) * _CELL)
            self.known.update(zip(missing, worked_out, strict=True))
        found = np.array([self.known[key] for key in keys])
        return found[:, 0], found[:, 1]

    def _worked_out(self, points: Array) -> list[tuple[float, float]]:
        near = _distances(points, self.places).min(axis=1) <= FARTHEST
        covariance = _covariance(points, self.places, self.spread)
        middle = np.where(near, np.exp(self.level + covariance @ self.weights), np.nan)
        left = self.spread**2 - ((covariance @ self.inverse) * covariance).sum(axis=1)
        return list(zip(middle.tolist(), np.sqrt(np.maximum(left, 0)).tolist(), strict=True))


def dose_of_leg(leg: Leg, air: Air | None, *, waited: timedelta = timedelta()) -> Dose | None:
    """Breathed on this leg and while waiting, sitting, where it begins; None where the air is not known, or not yet."""
    if air is None or abs(leg.departs - air.now) > OLDEST:
        return None
    points = spread_along(leg.path, _EVERY)
    middle, deviation = air.at(points)
    if np.isnan(middle).any():
        return None
    moving = (leg.arrives - leg.departs).total_seconds() / 60 * RATES.get(leg.mode, SITTING)
    # Points lie at equal distances, and each stands for the way around it.
    shares = np.full(len(points), moving / (len(points) - 1))
    shares[[0, -1]] /= 2
    shares[0] += max(0.0, waited.total_seconds()) / 60 * SITTING
    by_then = _ERROR_PER_HOUR * (leg.departs - air.now) / timedelta(hours=1)
    return _summed(shares, middle, np.hypot(deviation, by_then), air)


def _summed(cubic_metres: Array, middle: Array, deviation: Array, air: Air) -> Dose:
    total, most = float(cubic_metres.sum()), float(cubic_metres @ middle)
    return Dose(
        micrograms=most,
        low=float(cubic_metres @ (middle * np.exp(-_BETWEEN * deviation))),
        high=float(cubic_metres @ (middle * np.exp(_BETWEEN * deviation))),
        concentration=most / total if total else float(middle.mean()),
        litres=total * 1000,
        instruments=len(air.places),
        age_seconds=air.age_seconds,
    )


def _metres(degrees: Array, origin: tuple[float, float]) -> Array:
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(origin[1])), 1.0])
    found: Array = (degrees - np.array(origin)) * scale
    return found


def _distances(some: Array, others: Array) -> Array:
    found: Array = np.hypot(*(some[:, None, :] - others[None, :, :]).transpose(2, 0, 1))
    return found


def _covariance(some: Array, others: Array, spread: float) -> npt.NDArray[np.float64]:
    found: Array = spread**2 * np.exp(-_distances(some, others) / _REACH)
    return found
