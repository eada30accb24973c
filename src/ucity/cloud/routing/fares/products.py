"""What rides cost by GTFS Fares V2: fare products by rules for legs, and for the changes between them.

A rider of the default category pays for all rides of the feed in one way: with whatever medium makes them cheapest.
Source: GTFS Schedule reference, fare_leg_rules.txt, "To process the cost of a leg", and fare_leg_join_rules.txt.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from itertools import islice, product
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ucity.blueprint import Leg
from ucity.blueprint.figures import Money
from ucity.cloud.routing.fares.paid import Paid
from ucity.cloud.routing.fares.transfers import FareLeg, Transfers

_MOST_WAYS = 1_000
"""Combinations of leg groups that are looked through; a journey with more is not priced."""
_MOST_MEDIA = 32
"""Among which the cheapest is looked for."""
Prices = Mapping[str | None, int]
"""Of a product, by the medium that it is paid with; None for one that is not told."""


def _never(_: date) -> frozenset[str]:
    return frozenset()


class LegRule(NamedTuple):
    """None is for what no rule of the feed lists, or for anything where rules have priorities; a time that is None is
    for any. ``group``: its ``leg_group_id``."""

    product: str
    group: str | None = None
    network: str | None = None
    origin: str | None = None
    destination: str | None = None
    begins: str | None = None
    ends: str | None = None
    priority: int = 0


class JoinRule(NamedTuple):
    """A change within a network that makes one leg of two; without stops it is within one station."""

    network: str
    before: str | None = None
    after: str | None = None


class Timeframe(NamedTuple):
    """``start`` and ``end``: seconds of a local day, on days of the service."""

    service: str
    start: int
    end: int


@dataclass(frozen=True)
class Places:
    """Of one feed; identifiers as in ``Trip`` and ``Place``. ``networks`` of routes, ``areas`` and ``stations`` of
    stops."""

    networks: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stations: Mapping[str, str] = field(default_factory=dict)

    def network(self, leg: Leg) -> str | None:
        """Of the leg's route."""
        return self.networks.get(leg.trip.route) if leg.trip else None

    def at(self, stop: str | None) -> frozenset[str]:
        """The areas of a stop."""
        return self.areas.get(stop or "", frozenset())

    def station(self, stop: str | None) -> str:
        """The stop's station, or itself."""
        return self.stations.get(stop or "", stop or "")


@dataclass(frozen=True)
class Times:
    """Named times of the day. ``zones``: of stops that have one of their own. ``services``: that run on a day."""

    frames: Mapping[str, Sequence[Timeframe]] = field(default_factory=dict)
    zone: tzinfo = UTC
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    services: Callable[[date], frozenset[str]] = _never

    def are(self, name: str | None, at: datetime, stop: str | None) -> bool:
        """Whether it is such a time at a stop; None is at any time."""
        if name is None:
            return True
        local = at.astimezone(self.zones.get(stop or "", self.zone))
        second = 3600 * local.hour + 60 * local.minute + local.second
        frames = [each for each in self.frames.get(name, ()) if each.start <= second < each.end]
        return any(each.service in self.services(local.date()) for each in frames)


@dataclass(frozen=True)
class ProductFares:
    """Of one feed. ``products``: what the default rider pays. ``media``: names of what is paid with.
    ``has_priorities``: whether the rules of ``legs`` have."""

    legs: tuple[LegRule, ...]
    products: Mapping[str, Prices]
    currency: str
    media: Mapping[str, str] = field(default_factory=dict)
    transfers: Transfers = field(default_factory=Transfers)
    joins: tuple[JoinRule, ...] = ()
    places: Places = field(default_factory=Places)
    times: Times = field(default_factory=Times)
    has_priorities: bool = False

    def cheapest(self, rides: Sequence[Leg]) -> Paid | None:
        """The least that the rides cost together; None where one of them, or of the changes, cannot be priced."""
        legs = self._joined(rides)
        rules = [self._rules(leg) for leg in legs]
        totals = [(total, medium) for medium in self._media if (total := self._total(legs, rules, medium)) is not None]
        if not totals:
            return None
        least = min(total for total, _ in totals)
        media = [medium for total, medium in totals if total == least]
        # Where it costs no less with anything, it need not be told.
        named = () if None in media else tuple(self.media.get(each or "", each or "") for each in media)
        return Paid(Money(amount=least, currency=self.currency), named)

    @cached_property
    def _media(self) -> Sequence[str | None]:
        named = dict.fromkeys(each for prices in self.products.values() for each in prices if each is not None)
        return (None, *islice(named, _MOST_MEDIA))

    def _price(self, name: str | None, medium: str | None) -> int | None:
        if name is None:
            return 0
        prices = self.products.get(name, {})
        return min((prices[each] for each in {medium, None} if each in prices), default=None)

    def _total(self, legs: Sequence[FareLeg], rules: Sequence[Sequence[LegRule]], medium: str | None) -> int | None:
        """With this medium, of all ways to take the legs for such as the rules are for."""
        choices = [self._by_group(each, medium) for each in rules]
        ways = 1
        for choice in choices:
            ways *= len(choice)
        if not 0 < ways <= _MOST_WAYS:
            return None
        totals = [
            self.transfers.total(
                legs, [group for group, _ in way], [cost for _, cost in way], lambda name: self._price(name, medium)
            )
            for way in product(*(choice.items() for choice in choices))
        ]
        return min((total for total in totals if total is not None), default=None)

    def _by_group(self, rules: Sequence[LegRule], medium: str | None) -> Mapping[str | None, int]:
        """The least that a leg costs, by group of the rule that it is priced by."""
        found: dict[str | None, int] = {}
        for rule in rules:
            cost = self._price(rule.product, medium)
            if cost is not None:
                found[rule.group] = min(cost, found.get(rule.group, cost))
        return found

    def _joined(self, rides: Sequence[Leg]) -> list[FareLeg]:
        legs: list[FareLeg] = []
        for ride in rides:
            if legs and (ride.stays or self._is_one(legs[-1][-1], ride)):
                legs[-1] = (*legs[-1], ride)
            else:
                legs.append((ride,))
        return legs

    def _is_one(self, before: Leg, after: Leg) -> bool:
        ends = [(stop, self.places.station(stop)) for stop in (before.destination.stop, after.origin.stop)]
        return any(
            {rule.network} == {self.places.network(before), self.places.network(after)}
            and (
                (rule.before in ends[0] and rule.after in ends[1])
                if rule.before and rule.after
                else ends[0][1] == ends[1][1]
            )
            for rule in self.joins
        )

    @cached_property
    def _by_ends(self) -> Mapping[tuple[str | None, str | None], Sequence[LegRule]]:
        found = defaultdict[tuple[str | None, str | None], list[LegRule]](list)
        for rule in self.legs:
            found[rule.origin, rule.destination].append(rule)
        return found

    @cached_property
    def _listed(self) -> tuple[set[str | None], set[str | None], set[str | None]]:
        """Networks, origins and destinations that rules list: what is empty does not mean these, without priorities."""
        if self.has_priorities:
            return set(), set(), set()
        each = zip(*((rule.network, rule.origin, rule.destination) for rule in self.legs), strict=True)
        networks, origins, destinations = map(set, each)
        return networks - {None}, origins - {None}, destinations - {None}

    def _rules(self, leg: FareLeg) -> Sequence[LegRule]:
        """The rules that price a leg."""
        networks = {self.places.network(ride) for ride in leg}
        if len(networks) > 1:
            return ()
        network, listed = networks.pop(), self._listed
        origins, destinations = self.places.at(leg[0].origin.stop), self.places.at(leg[-1].destination.stop)
        starts = [*origins, *([] if origins & listed[1] else [None])]
        ends = [*destinations, *([] if destinations & listed[2] else [None])]
        fitting = [
            rule
            for pair in product(starts, ends)
            for rule in self._by_ends.get(pair, ())
            if (rule.network == network or (rule.network is None and network not in listed[0]))
            and self._is_then(rule, leg)
        ]
        best = max((rule.priority for rule in fitting), default=0)
        return [rule for rule in fitting if rule.priority == best]

    def _is_then(self, rule: LegRule, leg: FareLeg) -> bool:
        first, last = leg[0].calls[0], leg[-1].calls[-1]
        return self.times.are(rule.begins, first.departs_scheduled, first.place.stop) and self.times.are(
            rule.ends, last.arrives_scheduled, last.place.stop
        )
