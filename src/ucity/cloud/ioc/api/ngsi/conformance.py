"""Entities as an older version of NGSI-LD would have them. Pure.

It is done to the form that is kept, before entities are shown, so that it holds for every representation.
Source: ETSI GS CIM 009 V1.9.1, clauses 4.3.6.8 (what each version lacks), 5.7.1, 5.7.2, 5.8.6, 6.3.6, 6.18.3.2 and
6.19.3.1; RFC 7240.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, listed, packed
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.documents import is_attribute

Version = tuple[int, int]
"""Major and minor."""
NATIVE: Version = (1, 9)
"""The version that entities come in when nothing else is asked for."""

_PREFERENCE = re.compile(r'(?:^|[,;])\s*ngsi-ld\s*=\s*"?([^\s",;]+)', re.IGNORECASE)
_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?")
_SEVERAL: Version = (1, 3)
"""Since when an entity has several types, and an attribute several instances."""
_KINDS: Mapping[str, tuple[Version, str]] = {
    "LanguageProperty": ((1, 4), "Property"),
    "JsonProperty": ((1, 8), "Property"),
    "VocabProperty": ((1, 8), "Property"),
    "ListProperty": ((1, 8), "Property"),
    "ListRelationship": ((1, 8), "Relationship"),
}
"""Kinds of attributes: since when they are known, and what they were before."""
_MEMBERS: Mapping[str, Version] = {
    "expiresAt": (1, 9),
    "valueType": (1, 9),
    "objectType": (1, 8),
    "datasetId": (1, 3),
    "observedAt": (1, 3),
    "unitCode": (1, 3),
    EXPIRES_AT: (1, 9),
    SCOPE: (1, 4),
}
"""Members of entities and attributes: since when they are known."""


def read_version(text: str) -> Version | None:
    """The version that ``1.8`` names, None when it names none. A third number says nothing of the form."""
    found = _VERSION.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def preferred(header: str | None) -> Version | None:
    """The version that a Prefer header asks for, never one newer than what there is; None when it asks for none."""
    found = _PREFERENCE.search(header or "")
    version = read_version(found[1]) if found else None
    return None if version is None else min(version, NATIVE)


def older(document: Document, version: Version, names: Names) -> Document:
    """The entity without what this version does not know; the same object when it knows all of it. ``names`` are for
    the values of VocabProperties, which no other kind of attribute has as IRIs."""
    if version >= NATIVE:
        return document
    types = older_types(document.types, version)
    attrs = older_attributes(document.attrs, version, names)
    same = types == document.types and attrs == document.attrs
    return document if same else replace(document, types=types, attrs=attrs)


def older_attributes(attrs: Mapping[str, Any], version: Version, names: Names) -> dict[str, Any]:
    """Attributes (IRI to instances, as they are kept) without what this version does not know."""
    return {
        iri: _attribute(kept, version, names) if kept is not None else None
        for iri, kept in attrs.items()
        if knows(version, iri)
    }


def knows(version: Version, member: str) -> bool:
    """Whether this version has a member of entities or attributes."""
    return version >= _MEMBERS.get(member, version)


def older_kind(kind: str, version: Version) -> str:
    """What a kind of attribute was before there was this one."""
    since, before = _KINDS.get(kind, (version, kind))
    return before if version < since else kind


def _attribute(kept: Any, version: Version, names: Names) -> Any:
    instances = listed(kept)
    if version < _SEVERAL:
        instances = [next((each for each in instances if "datasetId" not in each), instances[0])]
    return packed([older_instance(each, version, names) for each in instances])


def older_instance(instance: Mapping[str, Any], version: Version, names: Names) -> dict[str, Any]:
    """One instance of an attribute, as it is kept, without what this version does not know."""
    kind = instance["type"]
    before = older_kind(kind, version)
    shown: dict[str, Any] = {}
    for name, value in instance.items():
        if not knows(version, name):
            continue
        if is_attribute(name):
            shown[name] = _attribute(value, version, names)
        elif before != kind and name == "type":
            shown[name] = before
        elif before != kind and name == HOLDERS[kind]:
            shown[HOLDERS[before]] = _plain(kind, value, names)
        else:
            shown[name] = value
    return shown


def older_types(types: list[str], version: Version) -> list[str]:
    """The types of an entity, or the first of them where there could be but one."""
    return types[:1] if version < _SEVERAL else types


def _plain(kind: str, value: Any, names: Names) -> Any:
    """A value as the kind of attribute holds it that was there before."""
    if kind == "VocabProperty":
        return [names.compact(each) for each in value] if isinstance(value, list) else names.compact(value)
    if kind == "ListRelationship":
        # The mark of a deleted one holds an NGSI-LD null.
        return [each["object"] if isinstance(each, dict) else each for each in value]
    return value
