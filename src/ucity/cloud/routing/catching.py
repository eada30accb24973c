"""The chance of catching a ride after another one, from how late vehicles were observed to be.

A delay is the observed time minus the scheduled one. Delays are kept as counts in bins, of a route at a stop within an
hour of the day; where these are few, of the route in that hour, then of the route; and as long as even those are few,
an assumption by mode weighs in like ``WEIGHT`` observations, and the answer says so.

Where a ride's times are live, what is left is the error of the prediction: the delay with which a vehicle came minus
the one that its feed had predicted so many minutes before (``HORIZONS``; the nearest to how far ahead the ride is).
Errors are counted in the same bins, of a route, and where these are few, of all routes of its feed, which one maker
predicts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from ucity.blueprint import Leg, Mode
from ucity.blueprint.figures import Chance
from ucity.blueprint.predictions import HORIZONS, predicted

BIN = 30
"""Seconds."""
EDGES = np.arange(-300, 2100 + BIN, BIN)
"""Bounds of the bins, in seconds; delays beyond go into the outermost."""
MIDDLES = (EDGES[:-1] + EDGES[1:]) / 2
WEIGHT = 20
"""Observations that an assumption counts as, and below which the answer is said to rest on it."""
MOST_KEYS = 60_000
"""Stops in an hour, of a route, that are told apart: some 30 MB."""

Counts: TypeAlias = npt.NDArray[np.uint32]
Shares: TypeAlias = npt.NDArray[np.float64]
Key: TypeAlias = tuple[str, str | None, int | None]
"""Route, stop, hour of the day in UTC."""
_Horizon: TypeAlias = tuple[str, int]
"""Route, or feed with the colon that ends it; minutes ahead."""


def _assumed(middle: float, sooner: float, later: float) -> Shares:
    """A Laplace distribution that falls off at different speeds on its two sides, all in seconds."""
    away = MIDDLES - middle
    density = np.exp(np.where(away < 0, away / sooner, -away / later))
    shares: Shares = density / density.sum()
    return shares


_STEADY, _ON_STREETS = _assumed(0, 15, 40), _assumed(30, 45, 150)
ASSUMED: Mapping[Mode, Shares] = {
    Mode.BUS: _ON_STREETS,
    Mode.TRAM: _assumed(20, 30, 90),
    Mode.METRO: _STEADY,
    Mode.RAIL: _assumed(30, 20, 120),
    Mode.FERRY: _assumed(60, 30, 180),
}
"""How late vehicles are before any was observed: our own assumption, without a source."""
ASSUMED_LIVE = _assumed(0, 40, 60)
"""By how much a prediction errs before any was observed: our own assumption, without a source."""


class Delays:
    """Counts of observed delays, and of errors of predictions; ``learn`` takes more in while others ask."""

    def __init__(self) -> None:
        self._counts: dict[Key, Counts] = {}
        self._errors: dict[_Horizon, Counts] = {}

    def learn(self, events: pl.DataFrame) -> None:
        """Take in observed calls; columns as in the stream ``bus_information/stop_events``."""
        self.add(observed(events))
        self.add_errors(errors(events))

    def add(self, rows: Iterable[tuple[str, str, int, int, int]]) -> None:
        """Take observations in: route, stop, hour, delay in seconds, and how many of them. Of stops only so many are
        told apart as memory is meant for; further ones count for their route."""
        for route, stop, hour, seconds, number in rows:
            for key in ((route, stop, hour), (route, None, hour), (route, None, None)):
                if key in self._counts or stop not in key or len(self._counts) < MOST_KEYS:
                    self._counts.setdefault(key, _nothing())[_bin(seconds)] += number

    def add_errors(self, rows: Iterable[tuple[str, int, int, int]]) -> None:
        """Take errors of predictions in: route, minutes ahead, error in seconds, and how many of them."""
        for route, minutes, seconds, number in rows:
            for whose in (route, _feed(route)):
                self._errors.setdefault((whose, minutes), _nothing())[_bin(seconds)] += number

    def of(self, route: str, stop: str | None, hour: int) -> Counts:
        """The narrowest of route, stop and hour of which enough is known, else what is known of the route."""
        keys: tuple[Key, ...] = ((route, stop, hour), (route, None, hour), (route, None, None))
        return _narrowest([self._counts[key] for key in keys if key in self._counts])

    def errors_of(self, route: str, ahead: float) -> Counts:
        """Of predictions for the route, or else the feed, so many seconds ahead."""
        minutes = min(HORIZONS, key=lambda each: abs(60 * each - ahead))
        keys = ((route, minutes), (_feed(route), minutes))
        return _narrowest([self._errors[key] for key in keys if key in self._errors])


def _narrowest(found: list[Counts]) -> Counts:
    enough = [each for each in found if each.sum() >= WEIGHT]
    return next(iter(enough or found[-1:]), _nothing())


def _nothing() -> Counts:
    return np.zeros(len(MIDDLES), np.uint32)


def _bin(seconds: int) -> int:
    return int(min(max((seconds - EDGES[0]) // BIN, 0), len(MIDDLES) - 1))


def _feed(route: str) -> str:
    return route.partition(":")[0] + ":"


def observed(events: pl.DataFrame) -> list[tuple[str, str, int, int, int]]:
    """What ``Delays.add`` takes, from observed calls: columns observed_at, route, subject (the stop), and in seconds
    arrival_delay and departure_delay, either of which may be null."""
    times = events.select(
        "route",
        pl.col("subject").alias("stop"),
        pl.col("observed_at").dt.hour().cast(pl.Int64).alias("hour"),
        (pl.coalesce("arrival_delay", "departure_delay") // BIN * BIN).cast(pl.Int64).alias("seconds"),
    ).drop_nulls()
    return times.group_by("route", "stop", "hour", "seconds").len().rows()


def errors(events: pl.DataFrame) -> list[tuple[str, int, int, int]]:
    """What ``Delays.add_errors`` takes, from observed calls: as ``observed``, with what was predicted of them."""
    known = [(minutes, predicted(minutes)) for minutes in HORIZONS if predicted(minutes) in events.columns]
    found: list[tuple[str, int, int, int]] = []
    for minutes, name in known:
        error = pl.coalesce("arrival_delay", "departure_delay") - pl.col(name)
        seconds = (error // BIN * BIN).cast(pl.Int64).alias("seconds")
        rows = events.select("route", pl.lit(minutes).alias("minutes"), seconds).drop_nulls()
        found += rows.group_by("route", "minutes", "seconds").len().rows()
    return found


def chance_of(before: Leg, ride: Leg, reached: float, delays: Delays, now: datetime) -> Chance | None:
    """Of catching ``ride`` after ``before``, both rides. ``reached``: seconds from alighting until one stands where the
    next one leaves. None unless both have a trip."""
    if before.trip is None or ride.trip is None:
        return None
    arriving, seen_arriving = _expected(before, delays, now, arriving=True)
    departing, seen_departing = _expected(ride, delays, now, arriving=False)
    slack = (ride.departs - before.arrives).total_seconds() - reached
    return Chance(
        probability=_in_time(arriving, departing, slack),
        slack_seconds=slack,
        observed=seen_arriving + seen_departing,
        is_prior=min(seen_arriving, seen_departing) < WEIGHT,
    )


def _expected(leg: Leg, delays: Delays, now: datetime, *, arriving: bool) -> tuple[Shares, int]:
    """Shares of the bins, and on how many observations they rest."""
    if leg.trip is None:
        return ASSUMED_LIVE, 0
    place, time = (leg.destination, leg.arrives) if arriving else (leg.origin, leg.departs)
    if leg.trip.is_live:
        counts = delays.errors_of(leg.trip.route, (time - now).total_seconds())
        assumed = ASSUMED_LIVE
    else:
        counts = delays.of(leg.trip.route, place.stop, time.hour)
        assumed = ASSUMED.get(leg.mode, _ON_STREETS)
    seen = int(counts.sum())
    return (counts + max(0, WEIGHT - seen) * assumed) / max(seen, WEIGHT), seen


def _in_time(arriving: Shares, departing: Shares, slack: float) -> float:
    """P(delay of the first - delay of the second <= slack), within a bin as if all were in its middle."""
    later = np.append(np.cumsum(departing[::-1])[::-1], 0.0)  # P(second is in bin k or later)
    first_that_waits = np.ceil((MIDDLES - slack - MIDDLES[0]) / BIN).astype(np.int64).clip(0, len(MIDDLES))
    return float(np.clip(arriving @ later[first_that_waits], 0.0, 1.0))
