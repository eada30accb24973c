"""What the operations do to one entity: pure functions from the document as it stands to the document as it shall be.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.8, 5.5.12 and 5.6.1 to 5.6.6, 5.6.17 to 5.6.19.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import Instance, Removed, completed, dataset_of, listed, packed
from ucity.cloud.ioc.api.ngsi.entities import MOST_INSTANCES, Entity, check_place
from ucity.cloud.ioc.api.ngsi.errors import AlreadyExists, BadRequestData, ResourceNotFound
from ucity.cloud.ioc.api.ngsi.lexical import NULL
from ucity.cloud.ioc.api.ngsi.merging import merged, patched
from ucity.cloud.ioc.api.ngsi.selection import EVERY_TYPE, Types
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.documents import is_attribute


@dataclass(frozen=True)
class Changed:
    """``document`` as it shall be, None when it is gone. ``created``: it was not there. ``untouched``: attributes
    that were left as they are although the request named them."""

    document: Document | None
    created: bool = False
    untouched: tuple[str, ...] = ()


Change = Callable[[Document | None, str], Changed]
"""The document as it stands, or None, and the time as it is written, to what becomes of it. Raises what the client
shall hear."""
Keeps = Callable[[Iterable[str]], frozenset[str]]
"""Types of an entity to those of its attributes that nobody may write."""


def create(entity: Entity) -> Change:
    """Clause 5.6.1."""

    def change(doc: Document | None, now: str) -> Changed:
        if doc is not None:
            raise AlreadyExists(f"The entity {entity.id} exists already.")
        if not entity.types:
            raise BadRequestData("An entity has a type.")
        attrs = {iri: _stamped(instances, None, now) for iri, instances in entity.attributes.items()}
        return Changed(Document(id=entity.id, types=list(entity.types), attrs=attrs), created=True)

    return change


def replace_entity(entity: Entity, keeps: Keeps, types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.18. What nobody may write stays as it is."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, entity.id, types)
        attrs = {iri: _stamped(new, doc.attrs.get(iri), now) for iri, new in entity.attributes.items()}
        kept = {iri: doc.attrs[iri] for iri in keeps(doc.types) if iri in doc.attrs and iri not in attrs}
        return Changed(_with(doc, {**kept, **attrs}, list(entity.types) or doc.types))

    return change


def append(entity: Entity, *, overwrite: bool = True, types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.3."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, entity.id, types)
        attrs, untouched = dict(doc.attrs), []
        for iri, new in entity.attributes.items():
            there = {dataset_of(each) for each in listed(attrs.get(iri, []))}
            free = new if overwrite else [each for each in new if dataset_of(each) not in there]
            if iri == SCOPE and not overwrite and there:
                free = [_united(attrs[iri], new[0])]
            if len(free) < len(new):
                untouched.append(iri)
            if free:
                _set(attrs, iri, _put(attrs.get(iri), free, now))
        return Changed(_with(doc, attrs, _more(doc.types, entity.types)), untouched=tuple(untouched))

    return change


def update(entity: Entity, types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.2."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, entity.id, types)
        attrs = dict(doc.attrs)
        for iri, new in entity.attributes.items():
            if iri == SCOPE and iri not in attrs:
                continue
            _set(attrs, iri, _put(attrs.get(iri), new, now))
        return Changed(_with(doc, attrs, _more(doc.types, entity.types)))

    return change


def merge(entity: Entity, *, types: Types = EVERY_TYPE, observed_at: str | None = None) -> Change:
    """Clause 5.6.17. ``observed_at`` is for attributes that had an observedAt and are not given one."""
    return merge_with(lambda _: entity, entity.id, types=types, observed_at=observed_at)


def merge_with(
    read: Callable[[Document], Entity], id_: str, *, types: Types = EVERY_TYPE, observed_at: str | None = None
) -> Change:
    """Clause 5.6.17, for what can only be read beside the entity that it changes."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, id_, types)
        entity = read(doc)
        attrs = dict(doc.attrs)
        for iri, new in entity.attributes.items():
            _set(attrs, iri, _merge(iri, attrs.get(iri), new, now, observed_at))
        return Changed(_with(doc, attrs, _more(doc.types, entity.types)))

    return change


def patch_attribute(id_: str, iri: str, fragment: Mapping[str, Any], types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.4."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, id_, types)
        old = _instance(doc, iri, fragment.get("datasetId"))
        new = completed(patched(old, fragment, iri), iri)
        check_place(iri, [new])
        return Changed(_with(doc, {**doc.attrs, iri: _put(doc.attrs[iri], [new], now)}, doc.types))

    return change


def replace_attribute(id_: str, iri: str, instance: Mapping[str, Any], types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.19."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, id_, types)
        _instance(doc, iri, instance.get("datasetId"))
        return Changed(_with(doc, {**doc.attrs, iri: _put(doc.attrs[iri], [dict(instance)], now)}, doc.types))

    return change


def delete_attribute(
    id_: str, iri: str, *, dataset: str | None = None, every: bool = False, types: Types = EVERY_TYPE
) -> Change:
    """Clause 5.6.5."""

    def change(doc: Document | None, now: str) -> Changed:
        doc = existing(doc, id_, types)
        attrs = dict(doc.attrs)
        if every and iri in attrs:
            _set(attrs, iri, None)
        else:
            _instance(doc, iri, dataset)
            _set(attrs, iri, _put(attrs[iri], [Removed(dataset)], now))
        return Changed(_with(doc, attrs, doc.types))

    return change


def delete(id_: str, types: Types = EVERY_TYPE) -> Change:
    """Clause 5.6.6."""

    def change(doc: Document | None, _: str) -> Changed:
        existing(doc, id_, types)
        return Changed(None)

    return change


def without(*, drop: frozenset[str] | None = None, keep: frozenset[str] | None = None) -> Change:
    """Clause 5.6.21: the entity without these attributes, or without any but these. One that is gone stays gone."""

    def change(doc: Document | None, _: str) -> Changed:
        if doc is None:
            return Changed(None)
        gone = drop if drop is not None else doc.attrs.keys() - (keep or frozenset()) - {SCOPE, EXPIRES_AT}
        if gone.isdisjoint(doc.attrs):
            return Changed(doc)
        return Changed(_with(doc, {iri: kept for iri, kept in doc.attrs.items() if iri not in gone}, doc.types))

    return change


def purged(_: Document | None, __: str) -> Changed:
    """Clause 5.6.21: no entity, whether it was there or not."""
    return Changed(None)


def either(if_absent: Change, if_present: Change) -> Change:
    """Create or change: clause 5.6.8."""
    return lambda doc, now: (if_absent if doc is None else if_present)(doc, now)


def existing(doc: Document | None, id_: str, types: Types) -> Document:
    """The document, if it is there and of the types that the request means."""
    if doc is None or not types.match(doc.types):
        raise ResourceNotFound(f"There is no entity {id_}{' of that type' if doc else ''}.")
    return doc


def _instance(doc: Document, iri: str, dataset: str | None) -> dict[str, Any]:
    for each in listed(doc.attrs.get(iri, [])):
        if each.get("datasetId") == dataset:
            return dict(each)
    which = f" with the datasetId {dataset}" if dataset else ""
    raise ResourceNotFound(f"The entity {doc.id} has no attribute {iri}{which}.")


def _with(doc: Document, attrs: dict[str, Any], types: list[str]) -> Document:
    """The document with these; the same object when nothing is different, so that nothing is stored."""
    if types == doc.types and attrs.keys() == doc.attrs.keys() and all(attrs[iri] is doc.attrs[iri] for iri in attrs):
        return doc
    if sum(len(listed(each)) for each in attrs.values()) > MOST_INSTANCES:
        raise BadRequestData(f"An entity has at most {MOST_INSTANCES} attributes, and {doc.id} would have more.")
    return replace(doc, attrs=attrs, types=types)


def _more(types: list[str], added: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*types, *added])) if added else types


def _set(attrs: dict[str, Any], iri: str, value: Any) -> None:
    if value is None:
        attrs.pop(iri, None)
    else:
        attrs[iri] = value


def _stamped(instances: Iterable[Instance], before: Any, now: str) -> Any:
    """Instances as they are kept, with the times of their creation and change.

    The same content for the same observedAt is a repeat: it changes nothing, not even when it was modified.
    """
    old: dict[str | None, Any] = {dataset_of(each): each for each in listed(before or [])}
    stamped: list[Any] = []
    for each in instances:
        if isinstance(each, Removed):
            raise BadRequestData(f"{NULL} removes nothing from an entity that is not there yet.")
        was = old.get(dataset_of(each), {})
        fresh = _timed(each, was, now)
        stamped.append(was if "observedAt" in fresh and _same(fresh, was) else fresh)
    unchanged = len(stamped) == len(old) and all(each is old.get(dataset_of(each)) for each in stamped)
    return before if unchanged and before else packed(stamped)


def _timed(instance: Mapping[str, Any], was: Mapping[str, Any], now: str, since: str | None = None) -> dict[str, Any]:
    """The instance as changed now; the attributes in it that are as they were keep their times. ``since``: when it was
    created if it was there without a time of its own, as attributes inside others were stored once."""
    created = was.get("createdAt", was and since) or now
    fresh = {
        name: _timed_inside(value, was.get(name), now, created) if is_attribute(name) else value
        for name, value in instance.items()
    }
    return {**fresh, "createdAt": created, "modifiedAt": now}


def _timed_inside(attribute: Any, before: Any, now: str, since: str) -> Any:
    old = {dataset_of(each): each for each in listed(before or [])}
    fresh = [
        (_timed(each, was, now, since), was) for each in listed(attribute) for was in [old.get(dataset_of(each), {})]
    ]
    return packed([was if _same(each, was) else each for each, was in fresh])


def _same(fresh: Mapping[str, Any], was: Mapping[str, Any]) -> bool:
    """Whether an instance that was just timed is as it was, apart from its own times; the attributes in it that are as
    they were have theirs already."""
    return bool(was) and {**was, "createdAt": fresh["createdAt"], "modifiedAt": fresh["modifiedAt"]} == fresh


def _put(before: Any, new: Iterable[Instance], now: str) -> Any:
    """An attribute with these instances put in the place of those with the same datasetId, or removed; None when none
    is left."""
    instances: dict[str | None, Any] = {dataset_of(each): each for each in listed(before or [])}
    for each in new:
        if isinstance(each, Removed):
            instances.pop(each.dataset, None)
        else:
            instances[dataset_of(each)] = _stamped([each], instances.get(dataset_of(each)), now)
    left = list(instances.values())
    if left == listed(before or []):
        return before if before else None
    return packed(left) if left else None


def _merge(iri: str, before: Any, new: Iterable[Instance], now: str, observed_at: str | None) -> Any:
    old: dict[str | None, Any] = {dataset_of(each): each for each in listed(before or [])}
    merges: list[Instance] = []
    for each in new:
        was = old.get(dataset_of(each))
        if isinstance(each, Removed):
            merges.append(each)
            continue
        is_dated = was is not None and observed_at and "observedAt" in was and "observedAt" not in each
        fragment = {**each, "observedAt": observed_at} if is_dated else each
        merges.append(completed(merged(was or {}, fragment, iri), iri))
    check_place(iri, merges)
    return _put(before, merges, now)


def _united(scope: Mapping[str, Any], more: Instance) -> dict[str, Any]:
    added = more["value"] if isinstance(more, dict) else []
    return {"type": "Property", "value": list(dict.fromkeys([*scope["value"], *added]))}
