"""Which entities a temporal query selects by values: those of which the instances in its time meet its conditions.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.18 and 5.7.4.4, annex C.5.5 and C.5.16.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.errors import TooComplexQuery
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import Document, Pool, evolution
from ucity.cloud.ioc.store.evolution import Instance, Interval, Subject, Wanted
from ucity.cloud.ioc.store.query.matching import matches
from ucity.cloud.ioc.store.query.terms import Condition, Selection, Term
from ucity.cloud.ioc.store.search import Page

_MOST_ENTITIES = 5_000
_MOST_INSTANCES = 100_000
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
    names = mentioned(condition)
    found: list[Subject] = []
    for start in range(0, len(candidates), _TOGETHER):
        some = candidates[start : start + _TOGETHER]
        instances = await _looked_at(pool, predicate, some, names, wanted.interval)
        found += [each for each in some if matches(condition, _document(each, instances))]
    return found


async def _looked_at(
    pool: Pool, predicate: Predicate, of: Sequence[Subject], names: frozenset[str], interval: Interval
) -> list[Instance]:
    """The instances of these attributes by which entities are selected."""
    wanted = Wanted(interval=interval, attributes=names - {SCOPE})
    found, has_more = await evolution.instances(pool, predicate, of, wanted, most=_MOST_INSTANCES)
    if has_more:
        raise TooComplexQuery("Too many values would have to be looked at. Ask for less time, or fewer entities.")
    if interval.property == "observedAt":
        found += await _unchanging(pool, predicate, of, names - {SCOPE})
    if SCOPE in names:
        found += await valid_scopes(pool, predicate, of, interval)
    return found


async def _unchanging(pool: Pool, predicate: Predicate, of: Sequence[Subject], names: frozenset[str]) -> list[Instance]:
    """The values of attributes that were never observed at a time: they have no evolution, and hold at any time
    (annex C.5.5)."""
    dated, _ = await evolution.instances(pool, predicate, of, _last(names, Interval(stated=True)))
    newest, _ = await evolution.instances(pool, predicate, of, _last(names, Interval()))
    evolving = {(each.entity, each.name) for each in dated}
    return [each for each in newest if (each.entity, each.name) not in evolving]


def _last(names: frozenset[str], interval: Interval) -> Wanted:
    return Wanted(interval=interval, attributes=names, last=1)


async def valid_scopes(pool: Pool, predicate: Predicate, of: Sequence[Subject], interval: Interval) -> list[Instance]:
    """The scopes that entities had in an interval: each is valid from when it was set until it is replaced or removed
    (clause 4.18)."""
    up_to = Wanted(interval=replace(interval, since=None, stated=False), attributes=frozenset({SCOPE}))
    found, _ = await evolution.instances(pool, predicate, of, up_to, most=_MOST_INSTANCES)
    before: dict[int, Instance] = {}
    within: list[Instance] = []
    for each in found:
        if interval.since is not None and each.time < interval.since:
            before[each.entity] = each
        else:
            within.append(each)
    return [each for each in (*before.values(), *within) if "deletedAt" not in each.attribute]


def _document(subject: Subject, instances: Sequence[Instance]) -> Document:
    """All instances of the entity at once, as if each were one of an attribute's several."""
    attrs: dict[str, Any] = {}
    for each in instances:
        if each.entity == subject.key and "deletedAt" not in each.attribute:
            attrs.setdefault(each.name, []).append(each.attribute)
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
