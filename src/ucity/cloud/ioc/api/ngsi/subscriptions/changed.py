"""Entities in notifications: as they stand, with what they were and what is gone. Pure.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.0, 5.2.14 (showChanges, sysAttrs) and 5.8.6 (deleted entities, attributes).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, listed, packed
from ucity.cloud.ioc.api.ngsi.lexical import NULL
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.render import Form, View, render
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.alterations import Alteration
from ucity.cloud.ioc.store.documents import is_attribute, rfc3339

_NAMED = frozenset({"vocab"})


def together(alterations: Iterable[Alteration]) -> list[Alteration]:
    """One alteration of each entity: from how it was before the first to how it stands after the last."""
    found: dict[str, Alteration] = {}
    for each in alterations:
        first = found.get(each.document.id)
        # Entities that were gone in between are others.
        follows = first is not None and first.deleted_at is None and not each.created
        found[each.document.id] = (
            replace(each, before={**each.before, **first.before}, created=first.created)
            if first is not None and follows
            else each
        )
    return list(found.values())


def with_changes(alteration: Alteration, names: Names) -> Document:
    """The entity with what the values of its changed attributes were before, beside what they are."""
    document = alteration.document
    attrs = dict(document.attrs)
    for name, old in alteration.before.items():
        if old is not None and name in attrs:
            attrs[name] = packed([_with_previous(each, _same(old, each), names) for each in listed(attrs[name])])
    return replace(document, attrs=attrs)


def _same(kept: Any, instance: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The instance with the same datasetId."""
    return next((each for each in listed(kept) if each.get("datasetId") == instance.get("datasetId")), None)


def _with_previous(instance: Mapping[str, Any], old: Mapping[str, Any] | None, names: Names) -> dict[str, Any]:
    """The instance with what it was before; one that is new or as it was has nothing before it."""
    return {**instance, **(_previous(old, names) if old is not None and old != instance else {})}


def _previous(old: Mapping[str, Any], names: Names) -> dict[str, Any]:
    holder = HOLDERS[old["type"]]
    value = old[holder]
    if holder in _NAMED:
        value = packed([names.compact(each) for each in listed(value)])
    return {f"previous{holder[0].upper()}{holder[1:]}": value}


def deleted_attributes(alteration: Alteration, names: Names, view: View, *, changes: bool) -> dict[str, Any]:
    """What is told of attributes and instances that are gone, by short name; ``changes``: with what they were."""
    found: dict[str, Any] = {}
    for name, old in alteration.before.items():
        there = {each.get("datasetId") for each in listed(alteration.document.attrs.get(name, []))}
        gone = [each for each in listed(old or []) if each.get("datasetId") not in there]
        if view.datasets is not None:
            gone = [each for each in gone if each.get("datasetId") in view.datasets]
        if gone and is_attribute(name) and view.shows(name):
            found[names.compact(name)] = packed(
                [_gone(each, alteration, names, view, changes=changes) for each in gone]
            )
    return found


def _gone(old: Mapping[str, Any], alteration: Alteration, names: Names, view: View, *, changes: bool) -> Any:
    """NGSI-LD null in the place of an instance; an object only where there is more to tell."""
    if view.form is Form.SIMPLIFIED or not (changes or view.system or "datasetId" in old):
        return NULL
    kind = old["type"]
    shown: dict[str, Any] = {} if view.form is Form.CONCISE else {"type": kind}
    shown[HOLDERS[kind]] = _NULLS.get(kind, NULL)
    if "datasetId" in old:
        shown["datasetId"] = old["datasetId"]
    if changes:
        shown |= _previous(old, names)
    if view.system:
        shown |= {name: old[name] for name in ("createdAt", "modifiedAt") if name in old}
        gone_at = alteration.deleted_at or alteration.document.modified_at
        shown |= {"deletedAt": rfc3339(gone_at)} if gone_at else {}
    return shown


_NULLS: Mapping[str, Any] = {"LanguageProperty": {"@none": NULL}, "ListProperty": [NULL], "ListRelationship": [NULL]}


def deleted_entity(alteration: Alteration, names: Names, view: View, *, changes: bool) -> dict[str, Any]:
    """What is told of an entity that is gone: when, and only with ``changes`` what it was."""
    document = alteration.document
    shown = render(replace(document, attrs={}), names, view)
    if alteration.deleted_at is not None:
        shown["deletedAt"] = rfc3339(alteration.deleted_at)
    if changes:
        emptied = replace(alteration, document=replace(document, attrs={}), before=document.attrs)
        shown |= deleted_attributes(emptied, names, view, changes=True)
    return shown
