"""Which entities a temporal query selects by values: those of which the instances in its time meet its conditions.

Source: ETSI GS CIM 009 V1.9.1, clause 5.7.4.4.
"""

from collections.abc import Sequence
from typing import Any

from ucity.cloud.ioc.api.ngsi.errors import TooComplexQuery
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import Document, Pool, evolution
from ucity.cloud.ioc.store.evolution import Instance, Subject, Wanted
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
    looked_at = Wanted(interval=wanted.interval, attributes=mentioned(condition))
    found: list[Subject] = []
    for start in range(0, len(candidates), _TOGETHER):
        some = candidates[start : start + _TOGETHER]
        instances, has_more = await evolution.instances(pool, predicate, some, looked_at, most=_MOST_INSTANCES)
        if has_more:
            raise TooComplexQuery("Too many values would have to be looked at. Ask for less time, or fewer entities.")
        found += [each for each in some if matches(condition, _document(each, instances))]
    return found


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
