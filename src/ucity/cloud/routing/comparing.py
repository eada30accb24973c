"""The same way by car, taxi and bicycle, to compare a journey with. Pure calculations.

It is the way that one gets who asks for that mode. Where there is none, for it would be too long, it is the straight
line times 1.3 (``ground.STRAIGHT``), and labelled as estimated.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from ucity.blueprint import Journey, JourneyQuery, Mode
from ucity.blueprint.figures import Comparison
from ucity.cloud.routing.emissions import carbon_of
from ucity.cloud.routing.ground import DETOUR, STRAIGHT, metres_between
from ucity.cloud.routing.taxi import Taxi

_TAXI_COMES_IN = timedelta(minutes=5)
"""Until a taxi is there: our own assumption."""

Plan = Callable[[JourneyQuery], Sequence[Journey]]


def compared(
    query: JourneyQuery, plan: Plan, *, occupancy: float = 1.0, taxi: Taxi | None = None
) -> tuple[Comparison, ...]:
    """By car, taxi and, for who needs no wheelchair, bicycle. ``plan`` finds ways. ``occupancy``: people in the car.
    ``taxi``: what one costs."""
    car = _way(query, plan, Mode.CAR)
    waited = car[0] + _TAXI_COMES_IN.total_seconds()
    driven = (
        _comparison(query, Mode.CAR, car, occupancy),
        replace(
            _comparison(query, Mode.TAXI, (waited, *car[1:]), 1.0),
            fare=taxi.fare(car[1], query.at) if taxi else None,
        ),
    )
    if query.wheelchair:
        return driven
    return (*driven, _comparison(query, Mode.BICYCLE, _way(query, plan, Mode.BICYCLE), 1.0))


def _way(query: JourneyQuery, plan: Plan, mode: Mode) -> tuple[float, float, bool]:
    """Seconds, metres, and whether they are estimated."""
    asked = replace(query, modes=frozenset({mode}), arrive_by=False, window=timedelta())
    for journey in plan(asked):
        if all(leg.mode is mode for leg in journey.legs):
            seconds = (journey.arrives - journey.departs).total_seconds()
            return seconds, sum(leg.metres for leg in journey.legs), any(leg.is_estimated for leg in journey.legs)
    metres = DETOUR * metres_between(query.origin, query.destination)
    return metres / STRAIGHT[mode], metres, True


def _comparison(query: JourneyQuery, mode: Mode, way: tuple[float, float, bool], occupancy: float) -> Comparison:
    seconds, metres, is_estimated = way
    return Comparison(
        mode=mode,
        seconds=seconds,
        metres=metres,
        carbon=carbon_of(mode, metres, query.at.date(), occupancy=occupancy),
        is_estimated=is_estimated,
    )
