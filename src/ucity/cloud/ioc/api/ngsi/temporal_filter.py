"""Which entities a temporal query selects by values: those of which the instances in its time meet its conditions.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.18 and 5.7.4.4, annex C.5.5 and C.5.16.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.errors import TooComplexQuery
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import Document, Pool, evolution
from ucity.cloud.ioc.store.evolution import Instance, Interval, Subject, TooManyAtOnce, Wanted
from ucity.cloud.ioc.store.query.matching import matches
from ucity.cloud.ioc.store.query.terms import Condition, Selection, Term
from ucity.cloud.ioc.store.search import Page

_MOST_ENTITIES = 5_000
_MOST_INSTANCES = 100_000
"""Instances that one query looks at."""
_TOGETHER = 100


def is_filter(selection: Selection) -> bool:
    """Whether values have to be looked at to decide."""
    return selection.query is not None or selection.scopes is not None or selection.place is not None


async def filtered(pool: Pool, predicate: Predicate, selection: Selection, wanted: Wanted) -> list[Subject]:
    """The entities that are selected. Raises TooComplexQuery when too much has to be looked at."""
    candidates = await evolution.subjects(pool, predicate, selection, wanted, Page(_MOST_ENTITIES + 1))
    if len(candidates) > _MOST_ENTITIES:
        raise TooComplexQuery(
            f"The values of more than {_MOST_ENTITIES} entities would have to be looked at. Select less."
        )
    condition = Selection(query=selection.query, scopes=selection.scopes, place=selection.place)
    history = _History(pool, predicate, wanted.interval, mentioned(condition))
    found: list[Subject] = []
    for start in range(0, len(candidates), _TOGETHER):
        some = candidates[start : start + _TOGETHER]
        instances = await history.of(some)
        found += await asyncio.to_thread(_meeting, condition, some, instances)
    return found


@dataclass
class _History:
    """What the conditions of one query look at. ``names``: the attributes; ``left``: how many more instances may be
    looked at."""

    pool: Pool
    predicate: Predicate
    interval: Interval
    names: frozenset[str]
    left: int = field(default_factory=lambda: _MOST_INSTANCES)

    async def of(self, some: Sequence[Subject]) -> list[Instance]:
        """The instances by which these entities are selected. Raises TooComplexQuery."""
        names = self.names - {SCOPE}
        found = await self._read(some, Wanted(interval=self.interval, attributes=names))
        if self.interval.property == "observedAt":
            found += await self._unchanging(some, names)
        if SCOPE in self.names:
            found += _valid(await self._read(some, _scopes(self.interval)), self.interval)
        return found

    async def _unchanging(self, some: Sequence[Subject], names: frozenset[str]) -> list[Instance]:
        """The values of attributes that were never observed at a time: they have no evolution, and hold at any time
        (annex C.5.5)."""
        dated = await self._read(some, Wanted(interval=Interval(stated=True), attributes=names, last=1))
        newest = await self._read(some, Wanted(interval=Interval(), attributes=names, last=1))
        evolving = {(each.entity, each.name) for each in dated}
        return [each for each in newest if (each.entity, each.name) not in evolving]

    async def _read(self, some: Sequence[Subject], wanted: Wanted) -> list[Instance]:
        found = await _all_of(self.pool, self.predicate, some, wanted, self.left)
        self.left -= len(found)
        return found


async def _all_of(pool: Pool, predicate: Predicate, of: Sequence[Subject], wanted: Wanted, most: int) -> list[Instance]:
    with suppress(TooManyAtOnce):
        found, has_more = await evolution.instances(pool, predicate, of, wanted, most=most)
        if not has_more:
            return found
    raise TooComplexQuery("Too many values would have to be looked at. Ask for less time, or fewer entities.")


async def valid_scopes(pool: Pool, predicate: Predicate, of: Sequence[Subject], interval: Interval) -> list[Instance]:
    """The scopes that entities had in an interval: each is valid from when it was set until it is replaced or removed
    (clause 4.18). Raises TooComplexQuery."""
    return _valid(await _all_of(pool, predicate, of, _scopes(interval), _MOST_INSTANCES), interval)


def _scopes(interval: Interval) -> Wanted:
    """All scopes up to the end of an interval. When one was deleted tells nothing of those that are there, which are
    then taken by when they were set."""
    property_ = "observedAt" if interval.property == "deletedAt" else interval.property
    until = replace(interval, property=property_, since=None, stated=False)
    return Wanted(interval=until, attributes=frozenset({SCOPE}))


def _valid(scopes: Sequence[Instance], interval: Interval) -> list[Instance]:
    before: dict[int, Instance] = {}
    within: list[Instance] = []
    for each in scopes:
        if interval.since is not None and each.time < interval.since:
            before[each.entity] = each
        else:
            within.append(each)
    return [each for each in (*before.values(), *within) if "deletedAt" not in each.attribute]


def _meeting(condition: Selection, subjects: Sequence[Subject], instances: Sequence[Instance]) -> list[Subject]:
    """Those whose instances meet the condition."""
    of: dict[int, dict[str, Any]] = {each.key: {} for each in subjects}
    for each in instances:
        if "deletedAt" not in each.attribute:
            of[each.entity].setdefault(each.name, []).append(each.attribute)
    return [each for each in subjects if matches(condition, _document(each, of[each.key]))]


def _document(subject: Subject, attrs: dict[str, Any]) -> Document:
    """All instances of the entity at once, as if each were one of an attribute's several."""
    return Document(
        id=subject.id,
        types=subject.types,
        attrs=attrs,
        created_at=subject.created_at,
        modified_at=subject.modified_at,
    )


def mentioned(selection: Selection) -> frozenset[str]:
    """The attributes that conditions look at."""
    found = set() if selection.query is None else _in_query(selection.query)
    if selection.scopes is not None:
        found.add(SCOPE)
    if selection.place is not None:
        found.add(selection.place.attribute)
    return frozenset(found)


def _in_query(condition: Condition) -> set[str]:
    if isinstance(condition, Term):
        return {condition.path.attribute}
    return {name for part in condition.parts for name in _in_query(part)}
