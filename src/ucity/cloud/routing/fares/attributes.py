"""What rides cost by GTFS ``fare_attributes`` and ``fare_rules`` (Fares V1).

One fare may carry several rides: as many changes as it allows, within its time. The cheapest way to carry all of them
by such fares is found by going from ride to ride.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from ucity.blueprint import Leg
from ucity.blueprint.figures import Money
from ucity.cloud.routing.fares.paid import Paid, added


@dataclass(frozen=True)
class Rule:
    """Where a fare is good; None for anywhere. ``contains``: a zone that is passed through."""

    route: str | None = None
    origin: str | None = None
    destination: str | None = None
    contains: str | None = None


@dataclass(frozen=True)
class Fare:
    """``transfers``: changes that it allows, None for any number. ``lasts``: from boarding first, None for ever.
    ``agency``: whose routes it is for, None for all."""

    price: Money
    transfers: int | None = None
    lasts: timedelta | None = None
    agency: str | None = None
    rules: tuple[Rule, ...] = ()

    @cached_property
    def by_ends(self) -> Mapping[tuple[str | None, str | None], Mapping[str | None, set[str]]]:
        """The rules by zones of origin and destination (a metro has one for each pair of stations): zones that are
        passed through, by route."""
        found: dict[tuple[str | None, str | None], dict[str | None, set[str]]] = {}
        for rule in self.rules:
            zones = found.setdefault((rule.origin, rule.destination), {}).setdefault(rule.route, set())
            if rule.contains:
                zones.add(rule.contains)
        return found


@dataclass(frozen=True)
class Fares:
    """Of one feed. ``zones`` of stops, ``agencies`` of routes; identifiers as in ``Trip`` and ``Place``."""

    fares: tuple[Fare, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)

    def cheapest(self, rides: Sequence[Leg]) -> Paid | None:
        """The least that the rides cost together; None unless all of them are paid for in one currency."""
        totals: list[Money | None] = [None] * (len(rides) + 1)
        for end in range(1, len(rides) + 1):
            options = [
                added(totals[begin] if begin else None, price)
                for begin in range(end)
                if (begin == 0 or totals[begin]) and (price := self._price(rides[begin:end]))
            ]
            totals[end] = min((each for each in options if each), key=lambda price: price.amount, default=None)
        return Paid(totals[-1]) if totals[-1] else None

    def _price(self, rides: Sequence[Leg]) -> Money | None:
        """Of one fare that carries these rides, the cheapest; None when no fare does."""
        fitting = [fare.price for fare in self.fares if self._carries(fare, rides)]
        return min(fitting, key=lambda price: price.amount, default=None)

    def _carries(self, fare: Fare, rides: Sequence[Leg]) -> bool:
        routes = {ride.trip.route for ride in rides if ride.trip}
        if fare.transfers is not None and sum(not ride.stays for ride in rides[1:]) > fare.transfers:
            return False
        if fare.lasts is not None and rides[-1].departs - rides[0].departs > fare.lasts:
            return False
        if fare.agency and any(self.agencies.get(route, fare.agency) != fare.agency for route in routes):
            return False
        return not fare.rules or self._is_good(fare, rides, routes)

    def _is_good(self, fare: Fare, rides: Sequence[Leg], routes: set[str]) -> bool:
        start, end = self._zone(rides[0].origin.stop), self._zone(rides[-1].destination.stop)
        good: set[str | None] = set()
        for ends in {(None, None), (start, None), (None, end), (start, end)}:
            for route, zones in fare.by_ends.get(ends, {}).items():
                if not zones or zones == {self._zone(call.place.stop) for ride in rides for call in ride.calls}:
                    good.add(route)
        return None in good or routes <= good

    def _zone(self, stop: str | None) -> str | None:
        return self.zones.get(stop or "")
