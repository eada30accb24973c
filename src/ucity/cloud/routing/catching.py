"""The chance of catching a ride after another one, from how late vehicles were observed to be.

A delay is the observed time minus the scheduled one. Delays are kept as counts in bins, of a route at a stop within an
hour of the day; where these are few, of the route in that hour, then of the route; and as long as even those are few,
an assumption by mode weighs in like ``WEIGHT`` observations, and the answer says so.

Where a ride's times are live, what is left is the error of the prediction, for which there is an assumption only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ucity.blueprint import Leg, Mode
from ucity.blueprint.figures import Chance

BIN = 30
"""Seconds."""
EDGES = np.arange(-600, 3600 + BIN, BIN)
"""Bounds of the bins, in seconds; delays beyond go into the outermost."""
MIDDLES = (EDGES[:-1] + EDGES[1:]) / 2
WEIGHT = 20
"""Observations that an assumption counts as, and below which the answer is said to rest on it."""

Counts: TypeAlias = npt.NDArray[np.int64]
Shares: TypeAlias = npt.NDArray[np.float64]
Key: TypeAlias = tuple[str, str | None, int | None]
"""Route, stop, hour of the day in UTC."""


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
"""By how much a prediction errs: our own assumption, without a source."""


@dataclass(frozen=True)
class Delays:
    """Counts of observed delays in the bins; see ``counted``."""

    counts: Mapping[Key, Counts] = field(default_factory=dict)

    def of(self, route: str, stop: str | None, hour: int) -> Counts:
        """The narrowest of route, stop and hour of which enough is known, else what is known of the route."""
        keys: tuple[Key, ...] = ((route, stop, hour), (route, None, hour), (route, None, None))
        found = [self.counts[key] for key in keys if key in self.counts]
        enough = [each for each in found if each.sum() >= WEIGHT]
        return next(iter(enough or found[-1:]), np.zeros(len(MIDDLES), np.int64))


def counted(rows: Mapping[Key, Mapping[int, int]]) -> Delays:
    """From numbers of observations by bin (its lower bound in seconds divided by ``BIN``), of a route at a stop in an
    hour; the wider sums are made here."""
    sums: dict[Key, Counts] = {}
    for (route, stop, hour), bins in rows.items():
        for key in ((route, stop, hour), (route, None, hour), (route, None, None)):
            here = sums.setdefault(key, np.zeros(len(MIDDLES), np.int64))
            for each, number in bins.items():
                here[min(max(each - EDGES[0] // BIN, 0), len(MIDDLES) - 1)] += number
    return Delays(sums)


def chance_of(before: Leg, ride: Leg, reached: float, delays: Delays) -> Chance | None:
    """Of catching ``ride`` after ``before``, both rides. ``reached``: seconds from alighting until one stands where the
    next one leaves. None unless both have a trip."""
    if before.trip is None or ride.trip is None:
        return None
    arriving, seen_arriving = _expected(before, delays, arriving=True)
    departing, seen_departing = _expected(ride, delays, arriving=False)
    slack = (ride.departs - before.arrives).total_seconds() - reached
    return Chance(
        probability=_in_time(arriving, departing, slack),
        slack_seconds=slack,
        observed=seen_arriving + seen_departing,
        is_prior=min(seen_arriving, seen_departing) < WEIGHT,
    )


def _expected(leg: Leg, delays: Delays, *, arriving: bool) -> tuple[Shares, int]:
    """Shares of the bins, and on how many observations they rest."""
    if leg.trip is None or leg.trip.is_live:
        return ASSUMED_LIVE, 0
    place, time = (leg.destination, leg.arrives) if arriving else (leg.origin, leg.departs)
    counts = delays.of(leg.trip.route, place.stop, time.hour)
    seen = int(counts.sum())
    assumed = ASSUMED.get(leg.mode, _ON_STREETS)
    return (counts + max(0, WEIGHT - seen) * assumed) / max(seen, WEIGHT), seen


def _in_time(arriving: Shares, departing: Shares, slack: float) -> float:
    """P(delay of the first - delay of the second <= slack), within a bin as if all were in its middle."""
    later = np.append(np.cumsum(departing[::-1])[::-1], 0.0)  # P(second is in bin k or later)
    first_that_waits = np.ceil((MIDDLES - slack - MIDDLES[0]) / BIN).astype(np.int64).clip(0, len(MIDDLES))
    return float(np.clip(arriving @ later[first_that_waits], 0.0, 1.0))
