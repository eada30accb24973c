"""What a subscription wants to hear of, and whether an alteration is that. Pure.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.12 (notificationTrigger, watchedAttributes) and 5.8.6.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.alterations import Alteration
from ucity.cloud.ioc.store.query.matching import Linked, matches, nobody
from ucity.cloud.ioc.store.query.terms import Selection


class Trigger(StrEnum):
    """Kinds of changes."""

    ENTITY_CREATED = "entityCreated"
    ENTITY_UPDATED = "entityUpdated"
    ENTITY_DELETED = "entityDeleted"
    ATTRIBUTE_CREATED = "attributeCreated"
    ATTRIBUTE_UPDATED = "attributeUpdated"
    ATTRIBUTE_DELETED = "attributeDeleted"


DEFAULT_TRIGGERS = frozenset({Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED})
OF_ATTRIBUTES = frozenset({*DEFAULT_TRIGGERS, Trigger.ATTRIBUTE_DELETED})
"""What entityUpdated stands for."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``key``: of the subscription; changes up to ``since`` do not concern it, nor those from ``until`` on.
    ``watched``: attributes (IRIs) of which a change matters, None for any. ``triggers``: without entityUpdated.
    ``merges``: what waits for it is merged."""

    key: int
    tenant: str
    owner: str
    endpoint: str
    since: int
    selection: Selection
    watched: frozenset[str] | None = None
    triggers: frozenset[Trigger] = DEFAULT_TRIGGERS
    merges: bool = False
    until: datetime | None = None


def seen(alteration: Alteration, predicate: Predicate) -> Alteration | None:
    """What somebody may know of an alteration; None when nothing."""
    document = alteration.document
    if document.tenant != predicate.tenant:
        return None
    if predicate.everything:
        return alteration
    if predicate.types is None or predicate.types.keys().isdisjoint(document.types):
        return None
    allowed = predicate.attributes(document.types)
    if allowed is None:
        return alteration
    return replace(
        alteration,
        document=replace(document, attrs=_of(document.attrs, allowed)),
        before=_of(alteration.before, allowed),
    )


def _of(attrs: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in attrs.items() if name in allowed}


def fires(wanted: Wanted, alteration: Alteration, linked: Linked = nobody) -> bool:
    """Whether an alteration, as far as the subscriber may know of it, is what the subscription wants to hear of."""
    return any(_is_meant(wanted, *each) for each in _events(alteration)) and matches(
        wanted.selection, alteration.document, linked
    )


def _is_meant(wanted: Wanted, trigger: Trigger, attribute: str | None) -> bool:
    if trigger not in wanted.triggers:
        return False
    return attribute is None or wanted.watched is None or attribute in wanted.watched


def _events(alteration: Alteration) -> Iterator[tuple[Trigger, str | None]]:
    if alteration.deleted_at is not None:
        yield Trigger.ENTITY_DELETED, None
        return
    if alteration.created:
        yield Trigger.ENTITY_CREATED, None
    for name, old in alteration.before.items():
        if old is None:
            yield Trigger.ATTRIBUTE_CREATED, name
        elif name in alteration.document.attrs:
            yield Trigger.ATTRIBUTE_UPDATED, name
        else:
            yield Trigger.ATTRIBUTE_DELETED, name
