"""What was done with a batch of notices, and which of them are told together. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ucity.cloud.ioc.store.notices import Notice, Outcome
from ucity.cloud.ioc.store.subscriptions import Subscription

MOST_TOLD = 1000
"""Entities in one notification at most, but for those of one commit; more are told in several."""
Pair = tuple[int, str]
"""A place in the feed, and the id of an entity that was altered there."""


@dataclass
class Told:
    """``done``: notices that need not be sent any more. ``last``: when each subscription was last told something."""

    done: list[Notice] = field(default_factory=list)
    last: dict[int, datetime] = field(default_factory=dict)
    _sent: dict[int, int] = field(default_factory=dict)
    _failed: dict[int, int] = field(default_factory=dict)
    _succeeded_at: dict[int, datetime] = field(default_factory=dict)
    _failed_at: dict[int, datetime] = field(default_factory=dict)

    def succeeded(self, subscription: int) -> None:
        """A notification was taken."""
        self._succeeded_at[subscription] = self._attempted(subscription)

    def failed(self, subscription: int) -> None:
        """A notification was not taken, or not as NGSI-LD asks for (clause 5.8.6: with 200)."""
        self._failed_at[subscription] = self._attempted(subscription)
        self._failed[subscription] = self._failed.get(subscription, 0) + 1

    def _attempted(self, subscription: int) -> datetime:
        self._sent[subscription] = self._sent.get(subscription, 0) + 1
        now = self.last[subscription] = datetime.now(UTC)
        return now

    def outcomes(self) -> list[Outcome]:
        """What to count, of each subscription."""
        return [
            Outcome(
                subscription=key,
                sent=sent,
                failed=self._failed.get(key, 0),
                at=self.last[key],
                succeeded_at=self._succeeded_at.get(key),
                failed_at=self._failed_at.get(key),
            )
            for key, sent in sorted(self._sent.items())
        ]


def told_together(batch: list[tuple[Notice, Subscription]]) -> list[tuple[list[Notice], Subscription]]:
    """Notices in groups of which one notification tells: those of a throttled subscription, any other alone.

    In the order of the first of each group.
    """
    groups: dict[object, tuple[list[Notice], Subscription]] = {}
    for notice, subscription in batch:
        key = subscription.key if "throttling" in subscription.document else f"alone {notice.seq}"
        groups.setdefault(key, ([], subscription))[0].append(notice)
    return list(groups.values())


def pieces(group: list[Notice]) -> Iterator[list[Pair]]:
    """What notices are about, in order, so many entities at a time, each with all that is told of it; one empty piece
    for a notice about how everything stands."""
    pairs = [pair for notice in group for pair in zip(notice.changes, notice.entities, strict=True)]
    if len(pairs) <= MOST_TOLD:
        yield pairs
        return
    of: dict[str, list[Pair]] = {}
    for pair in pairs:
        of.setdefault(pair[1], []).append(pair)
    ids = list(of)
    for start in range(0, len(ids), MOST_TOLD):
        yield [pair for id_ in ids[start : start + MOST_TOLD] for pair in of[id_]]
