"""What a journey of several fare legs costs by GTFS ``fare_transfer_rules``. Pure calculations.

Source: GTFS Schedule reference, fare_transfer_rules.txt, "To process the cost of a multi-leg journey".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from ucity.blueprint import Leg

INSTEAD_OF_NEXT, BESIDE_BOTH, INSTEAD_OF_BOTH = 0, 1, 2
"""fare_transfer_type: A + AB, A + AB + B, AB."""
_FROM_ARRIVAL = {2, 3}
_TO_ARRIVAL = {0, 3}
"""duration_limit_type: from when the first leg arrives, not departs; until the last one arrives, not departs."""

FareLeg = tuple[Leg, ...]
"""Rides that are one for fares."""


class TransferRule(NamedTuple):
    """``before`` and ``after``: leg groups, None for all that no rule lists. ``most``: changes in a row that it may be
    used for, None for any number. ``product``: what the change costs, None for nothing."""

    before: str | None
    after: str | None
    kind: int
    most: int | None = None
    within: timedelta | None = None
    limit_type: int = 0
    product: str | None = None


class _Run(NamedTuple):
    """Changes in a row between the same two groups: how many, and the number of the leg before the first of them."""

    pair: tuple[str | None, str | None]
    first: int
    changes: int = 1


@dataclass(frozen=True)
class Transfers:
    """The rules of a feed."""

    rules: tuple[TransferRule, ...] = ()

    def total(
        self,
        legs: Sequence[FareLeg],
        groups: Sequence[str | None],
        costs: Sequence[int],
        price: Callable[[str | None], int | None],
    ) -> int | None:
        """What the legs cost, each of a group and at a cost of its own; None where a change cannot be priced. Between
        two legs that no rule is for, one pays anew. ``price``: of a product."""
        before, current = 0, costs[0]
        run: _Run | None = None
        is_first = True
        for number in range(1, len(legs)):
            run = _next(run, (groups[number - 1], groups[number]), number)
            rule = self._rule(run, legs[run.first], legs[number])
            if rule is None:
                before, current, run, is_first = before + current, costs[number], None, True
                continue
            extra = price(rule.product)
            if extra is None:
                return None
            kept = 0 if rule.kind == INSTEAD_OF_BOTH and is_first else current
            more = costs[number] if rule.kind == BESIDE_BOTH else 0
            current, is_first = kept + extra + more, False
        return before + current

    def _rule(self, run: _Run, first: FareLeg, last: FareLeg) -> TransferRule | None:
        """The one that holds: of the least number of changes that is enough."""
        fitting = [
            rule
            for rule in self._between(*run.pair)
            if (rule.most is None or run.changes <= rule.most) and _is_in_time(rule, first, last)
        ]
        return min(fitting, key=lambda rule: (rule.most is None, rule.most or 0), default=None)

    def _between(self, before: str | None, after: str | None) -> Sequence[TransferRule]:
        if before is None or after is None:
            return ()
        exact = [rule for rule in self.rules if (rule.before, rule.after) == (before, after)]
        if exact:
            return exact
        listed = {rule.before for rule in self.rules}, {rule.after for rule in self.rules}
        ends = (before if before in listed[0] else None), (after if after in listed[1] else None)
        return [rule for rule in self.rules if (rule.before, rule.after) == ends]


def _next(run: _Run | None, pair: tuple[str | None, str | None], number: int) -> _Run:
    if run and run.pair == pair and pair[0] == pair[1]:
        return run._replace(changes=run.changes + 1)
    return _Run(pair, number - 1)


def _is_in_time(rule: TransferRule, first: FareLeg, last: FareLeg) -> bool:
    if rule.within is None:
        return True
    begins = first[-1].arrives if rule.limit_type in _FROM_ARRIVAL else first[0].departs
    ends = last[-1].arrives if rule.limit_type in _TO_ARRIVAL else last[0].departs
    return ends - begins <= rule.within
