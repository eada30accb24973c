"""The rules: pure functions from new readings to what follows from them.

Stations: readings -> hourly means -> indices. Buses: readings -> comparisons -> confidence. Each step keeps what the
next one reads, so that a reading every few seconds costs its own hour again, not the last day. A late or corrected
reading goes the same way: its hour is computed again, then every hour whose windows reach back to it, and the outcome
is what a computation from scratch gives. Comparisons of buses are the exception: they are made when the bus's reading
comes, and not again when a station is corrected.

From the indices come the days: a new index makes its own day of its station anew.
"""

from datetime import timedelta

import polars as pl

from ucity.blueprint import NOTHING, Effects, Given, Rule, Stream
from ucity.blueprint.frames import rows, shaped
from ucity.services.environment.air_quality.confidence import PERIOD, confidences
from ucity.services.environment.air_quality.days import LONGEST_DAY, days, touched
from ucity.services.environment.air_quality.grid import HOUR, LONGEST_WINDOW, hourly_means, on_grid
from ucity.services.environment.air_quality.indices import POLLUTANTS, indices
from ucity.services.environment.air_quality.passing import checks
from ucity.services.environment.air_quality.streams import (
    BUS_CHECKS,
    BUS_CONFIDENCE,
    BUSES,
    DAYS,
    HOURS,
    INDICES,
    STATIONS,
)

_KEY = ("subject", "observed_at")


def _hours_of(readings: pl.DataFrame) -> pl.DataFrame:
    """Which hours of which subjects the readings fall into."""
    return readings.select("subject", pl.col("observed_at").dt.truncate("1h")).unique()


def _effects(given: Given, stream: Stream, frame: pl.DataFrame) -> Effects:
    if frame.is_empty():
        return NOTHING
    return Effects(readings=(shaped(given.new.service, stream, frame),))


def _reached(frame: pl.DataFrame, new: pl.DataFrame, reach: timedelta) -> pl.DataFrame:
    """Rows of ``frame`` at the time of a new reading of their subject, or less than ``reach`` after one."""
    newest = new.select("subject", pl.col("observed_at").cast(frame.schema["observed_at"]).alias("of_new")).unique()
    joined = frame.sort("observed_at").join_asof(
        newest.sort("of_new"), left_on="observed_at", right_on="of_new", by="subject", check_sortedness=False
    )
    touched = joined.filter(pl.col("observed_at") - pl.col("of_new") < reach)
    return touched.drop("of_new").sort(_KEY)


def mean_hours(given: Given) -> Effects:
    """Means of the hours that new station readings fall into."""
    means = hourly_means(given.around, POLLUTANTS).join(_hours_of(given.new.frame), on=_KEY, how="semi")
    return _effects(given, HOURS, means.sort(_KEY))


def index_hours(given: Given) -> Effects:
    """Indices of the new hours and of those after them whose windows reach back to one.

    An hour of which no index can be given says nothing.
    """
    if given.around.is_empty():
        return NOTHING
    told = indices(on_grid(given.around)).filter(pl.col("cai").is_not_null() | pl.col("us_aqi").is_not_null())
    return _effects(given, INDICES, _reached(told, given.new.frame, HOUR * LONGEST_WINDOW))


def sum_days(given: Given) -> Effects:
    """The local days that new indices fall into."""
    found = days(given.around, given.zone).join(
        touched(given.new.frame, given.zone), on=("station", "day"), how="semi", maintain_order="left"
    )
    return Effects(records=(rows(DAYS, found),)) if len(found) else NOTHING


def check_buses(given: Given) -> Effects:
    """Comparisons of the hours that new bus readings fall into."""
    compared = checks(given.around, given.also[HOURS.name])
    return _effects(given, BUS_CHECKS, compared.join(_hours_of(given.new.frame), on=_KEY, how="semi"))


def trust_buses(given: Given) -> Effects:
    """Confidence after the new comparisons, and after those that follow within the period."""
    if given.around.is_empty():
        return NOTHING
    return _effects(given, BUS_CONFIDENCE, _reached(confidences(given.around), given.new.frame, PERIOD))


RULES = (
    Rule(name="air_quality.mean_hours", on=STATIONS, then=mean_hours, window=HOUR, writes=(HOURS,)),
    Rule(name="air_quality.index_hours", on=HOURS, then=index_hours, window=HOUR * LONGEST_WINDOW, writes=(INDICES,)),
    Rule(name="air_quality.sum_days", on=INDICES, then=sum_days, window=LONGEST_DAY, around=("cai",), records=(DAYS,)),
    Rule(
        name="air_quality.check_buses", on=BUSES, then=check_buses, window=2 * HOUR, also=(HOURS,), writes=(BUS_CHECKS,)
    ),
    Rule(name="air_quality.trust_buses", on=BUS_CHECKS, then=trust_buses, window=PERIOD, writes=(BUS_CONFIDENCE,)),
)
