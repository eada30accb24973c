"""Adds to a journey what is told of it beside its times: carbon, air, fare, chances, crowding. Pure calculations."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise, takewhile
from typing import TypeAlias

from ucity.blueprint import Journey, Leg, Mode
from ucity.blueprint.boards import Disturbance
from ucity.blueprint.figures import Chance, LegFigures, Money, Told
from ucity.cloud.routing.catching import Delays, chance_of
from ucity.cloud.routing.disturbed import touching
from ucity.cloud.routing.emissions import carbon_of_leg
from ucity.cloud.routing.exposure import Air, dose_of_leg
from ucity.cloud.routing.fares import AnyFares, fare_of
from ucity.cloud.routing.taxi import Taxi

Crowding: TypeAlias = Mapping[tuple[str, date, int | None], str]
"""How full a vehicle is, in GTFS-Realtime's words in lower case: by trip, service day, and sequence of the call that it
leaves so (None: now)."""


@dataclass(frozen=True)
class Known:
    """What is known beside timetables and streets, at ``at``.
    ``disturbances``: all that feeds tell of now. ``taxi``: what one costs."""

    at: datetime

    air: Air | None = None
    delays: Delays = field(default_factory=Delays)
    fares: Mapping[str, AnyFares] = field(default_factory=dict)
    occupancy: Crowding = field(default_factory=dict)
    disturbances: Sequence[Disturbance] = ()
    taxi: Taxi | None = None


def told(journey: Journey, known: Known) -> Told:
    """The journey with its figures."""
    waits = [timedelta(), *(later.departs - earlier.arrives for earlier, later in pairwise(journey.legs))]
    chances, singles = _chances(journey, known), _singles(journey, known)
    legs = tuple(
        LegFigures(
            carbon=carbon_of_leg(leg),
            dose=dose_of_leg(leg, known.air, waited=wait),
            chance=chances.get(number),
            occupancy=_occupancy(leg, known.occupancy),
            disturbances=touching(leg, known.disturbances),
            fare=known.taxi.fare(leg.metres, leg.departs) if known.taxi and leg.mode is Mode.TAXI else None,
            single=singles.get(number),
        )
        for number, (leg, wait) in enumerate(zip(journey.legs, waits, strict=True))
    )
    paid = fare_of(journey, known.fares)
    return Told(journey=journey, legs=legs, fare=paid and paid.price, media=paid.media if paid else ())


def _occupancy(leg: Leg, known: Crowding) -> str | None:
    """How full the vehicle will be where one gets on, or else how full it is now."""
    if leg.trip is None:
        return None
    trip, day = leg.trip.trip, leg.trip.day
    return known.get((trip, day, leg.calls[0].sequence)) or known.get((trip, day, None))


def _singles(journey: Journey, known: Known) -> dict[int, Money]:
    """What each ride costs by itself, by number of the leg where one gets on; whoever stays aboard pays once."""
    found = {}
    for number, leg in enumerate(journey.legs):
        if leg.trip and not leg.stays:
            aboard = takewhile(lambda each: each.stays, journey.legs[number + 1 :])
            if paid := fare_of(Journey(legs=(leg, *aboard)), known.fares):
                found[number] = paid.price
    return found


def chosen(ways: Sequence[Told], most: int) -> list[Told]:
    """At most so many, in their order: the best in each respect first of all, then the soonest there."""
    if len(ways) <= most:
        return list(ways)
    respects: tuple[Callable[[Told], float], ...] = (
        lambda way: way.journey.arrives.timestamp(),
        lambda way: math.inf if way.grams is None else way.grams,
        lambda way: way.journey.changes,
        lambda way: sum(leg.metres for leg in way.journey.legs if leg.mode is Mode.WALK),
        lambda way: -way.journey.departs.timestamp(),
    )
    best = [min(range(len(ways)), key=[of(way) for way in ways].__getitem__) for of in respects]
    kept = set(list(dict.fromkeys([*best, *range(len(ways))]))[:most])
    return [way for number, way in enumerate(ways) if number in kept]


def _chances(journey: Journey, known: Known) -> dict[int, Chance]:
    """By number of the leg, of every ride that one changes to."""
    found: dict[int, Chance] = {}
    before: Leg | None = None
    on_foot = timedelta()
    for number, leg in enumerate(journey.legs):
        if leg.trip is None:
            on_foot += leg.arrives - leg.departs
            continue
        if before and not leg.stays:
            chance = chance_of(before, leg, on_foot.total_seconds(), known.delays, known.at)
            if chance:
                found[number] = chance
        before, on_foot = leg, timedelta()
    return found
