"""Finds the subscriptions that an alteration may concern, without looking at the others. In memory, pure.

Each subscription stands at some spots: at the ids that it names, or at pairs of a type that it names and an attribute
that it watches. An alteration is looked up at its own spots, and those who stand there are told apart by their queries,
scopes and places, so that the cost grows with what it may concern.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal

from ucity.cloud.ioc.share.notify.narrow import FEW, Shelf
from ucity.cloud.ioc.share.notify.wanted import OF_ATTRIBUTES, Wanted
from ucity.cloud.ioc.store.alterations import Alteration
from ucity.cloud.ioc.store.query.terms import Selector

_ANY = ""
Spot = tuple[str, Literal["id", "type", "all"], str, str]
"""Tenant, what it is a spot of, the id or type, the attribute or "" for any."""


class Index:
    """Subscriptions by where they stand. ``few``: so many at one spot are not worth telling apart."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._known: dict[int, Wanted] = {}
        self._spots: dict[Spot, Shelf] = {}

    def __len__(self) -> int:
        return len(self._known)

    def put(self, wanted: Wanted) -> None:
        """Take in a subscription, in the place of what was known of it."""
        self.remove(wanted.key)
        self._known[wanted.key] = wanted
        for spot in set(spots_of(wanted)):
            if spot not in self._spots:
                self._spots[spot] = Shelf(self._few)
            self._spots[spot].put(wanted.key, wanted.selection)

    def remove(self, key: int) -> None:
        """Forget a subscription, if it is known."""
        known = self._known.pop(key, None)
        for spot in set(spots_of(known)) if known else ():
            self._spots[spot].remove(key)
            if not self._spots[spot]:
                del self._spots[spot]

    def merges(self, key: int) -> bool:
        """Whether what waits for this subscription is merged."""
        return key in self._known and self._known[key].merges

    def candidates(self, alteration: Alteration) -> list[Wanted]:
        """All that the alteration may concern: those that it does concern are among them."""
        shelves = (self._spots[spot] for spot in spots_for(alteration) if spot in self._spots)
        found = dict.fromkeys(chain.from_iterable(shelf.find(alteration.document) for shelf in shelves))
        return [self._known[key] for key in found]


def spots_of(wanted: Wanted) -> Iterator[Spot]:
    """Where a subscription stands."""
    # A thing that comes or goes is heard of whatever its attributes are.
    by_attribute = wanted.watched is not None and wanted.triggers <= OF_ATTRIBUTES
    attributes = (wanted.watched or ()) if by_attribute else (_ANY,)
    for selector in wanted.selection.selectors or (Selector(),):
        if selector.ids:
            yield from ((wanted.tenant, "id", id_, _ANY) for id_ in selector.ids)
        elif selector.types:
            # Of types that an entity must have all, one is enough to find it by.
            kinds = {group[0] for group in selector.types}
            yield from ((wanted.tenant, "type", kind, each) for kind in kinds for each in attributes)
        else:
            yield from ((wanted.tenant, "all", _ANY, each) for each in attributes)


def spots_for(alteration: Alteration) -> Iterator[Spot]:
    """Where subscriptions stand that an alteration may concern."""
    tenant, document = alteration.document.tenant, alteration.document
    attributes: Iterable[str] = (_ANY, *alteration.before)
    yield tenant, "id", document.id, _ANY
    for each in attributes:
        yield tenant, "all", _ANY, each
        yield from ((tenant, "type", kind, each) for kind in document.types)
