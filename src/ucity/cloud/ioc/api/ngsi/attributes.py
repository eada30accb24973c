"""Attributes as clients send them, in normalized or concise form, turned into the one form that is kept.

Kept is the normalized form: ``type``, the member that holds the value, those that are no attributes themselves
(``observedAt``, ``unitCode`` ...) under their short names, and sub-attributes under their IRIs. Values stay as they
came.
Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.2, 4.5.3, 4.5.5, 4.5.18 to 4.5.24, 4.7, 5.2.5 to 5.2.7 and 5.5.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ucity.cloud.ioc.api.ngsi import geometry
from ucity.cloud.ioc.api.ngsi.core_context import core_terms
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import NULL, check_json, date_time, is_name, is_uri, shown, uri
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.values import checked_value, given_value
from ucity.cloud.ioc.store.documents import is_attribute

HOLDERS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""Kind of attribute to the member that holds its value."""
HOLDING = frozenset(HOLDERS.values())
TIMES = frozenset({"observedAt", "expiresAt"})
SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt"})
_ONLY_FOR = {
    "unitCode": frozenset({"Property", "ListProperty"}),
    "valueType": frozenset({"Property", "ListProperty"}),
    "objectType": frozenset({"Relationship", "ListRelationship"}),
}
_METADATA = frozenset({"datasetId", *TIMES, *_ONLY_FOR})
_SEALS = frozenset({"entityIdSealed", "entityTypeSealed"})
_OUTPUT_ONLY = frozenset(
    (
        *("createdAt", "modifiedAt", "deletedAt", "instanceId", "lang", "entity", "entityList"),
        *("previousValue", "previousObject", "previousObjectList", "previousValueList"),
        *("previousLanguageMap", "previousVocab", "previousJson"),
    )
)
_PROOF = core_terms()["ngsildproof"]
RESERVED = frozenset(
    core_terms()[name] for name in (*HOLDING, *_METADATA, *_OUTPUT_ONLY, "scope", "dataset", "languageMaps", "values")
)
"""IRIs that mean something else than an attribute, so that none may be called so."""
_DEEPEST = 8


@dataclass(frozen=True)
class Removed:
    """An NGSI-LD null in the place of an attribute's instance: it shall go. ``dataset`` None is the default one."""

    dataset: str | None = None


Instance = dict[str, Any] | Removed


@dataclass(frozen=True)
class Mode:
    """How much an attribute has to say. ``nulls``: it may be an NGSI-LD null. ``partial``: it may leave out what stays
    as it is. ``deep``: the same holds for all that is inside it. ``bare``: it may be the value alone."""

    nulls: bool = False
    partial: bool = False
    deep: bool = False
    bare: bool = True

    @property
    def inside(self) -> "Mode":
        """The mode of sub-attributes."""
        if self.deep:
            return self
        return UPDATE if self.partial else replace(self, bare=True)


WHOLE = Mode()
"""Create, append, replace."""
REPLACE = Mode(bare=False)
"""Replace one attribute, by an attribute."""
UPDATE = Mode(nulls=True)
"""Update: attributes are replaced or removed as a whole."""
PATCH = Mode(partial=True, bare=False)
"""Partial update of one attribute: members are replaced or removed."""
MERGE = Mode(nulls=True, partial=True, deep=True)
"""Merge patch: whatever is said replaces or removes what was said there, however deep."""


def attribute_iri(name: Any, names: Names) -> str:
    """IRI of an attribute's name. Raises BadRequestData for names that no attribute may have."""
    if not isinstance(name, str) or not (is_name(name) or is_uri(name)):
        raise BadRequestData(f"{shown(name)} is no name of an attribute: a letter, then letters, digits and _.")
    iri = names.expand(name)
    if iri in RESERVED:
        raise BadRequestData(f"{shown(name)} has a meaning of its own in NGSI-LD; no attribute may be called so.")
    return uri(iri, f"What {shown(name)} stands for")


def type_iri(name: Any, names: Names) -> str:
    """IRI of a type's name."""
    if not isinstance(name, str) or not (is_name(name) or is_uri(name)):
        raise BadRequestData(f"{shown(name)} is no name of a type: a letter, then letters, digits and _.")
    return uri(names.expand(name), f"What {shown(name)} stands for")


@dataclass(frozen=True)
class _At:
    """Where reading has come to: which names, how much has to be said, how many attributes lie around it."""

    names: Names
    mode: Mode
    depth: int = 0


def read_attribute(given: Any, names: Names, iri: str, mode: Mode) -> list[Instance]:
    """The instances of the attribute ``iri``: one, or several that tell themselves apart by their datasetId."""
    return _attribute(given, iri, _At(names, mode))


def read_instance(given: Any, names: Names, iri: str, mode: Mode) -> Instance:
    """One instance of the attribute ``iri``."""
    return _instance(given, iri, _At(names, mode))


def _attribute(given: Any, iri: str, at: _At) -> list[Instance]:
    if at.depth > _DEEPEST:
        raise BadRequestData(f"{iri}: attributes lie in each other more than {_DEEPEST} deep.")
    several = isinstance(given, list) and bool(given) and all(_is_instance(each, strict=True) for each in given)
    instances = [_instance(each, iri, at) for each in (given if several else [given])]
    datasets = [dataset_of(each) for each in instances]
    if len(set(datasets)) != len(datasets):
        raise BadRequestData(f"{iri} has two instances with the same datasetId, or two without one.")
    return instances


def _instance(given: Any, iri: str, at: _At) -> Instance:
    if given is None:
        raise BadRequestData(f"{iri} is null, which JSON-LD takes for absent. {NULL} removes an attribute.")
    is_whole = _is_instance(given) or (at.mode.partial and _is_fragment(given))
    is_bare = at.mode.bare or geometry.looks_like(given)
    members = {"value": given} if given == NULL or (is_bare and not is_whole) else given
    if not isinstance(members, dict):
        raise BadRequestData(f"{iri} has to be an object with the members of an attribute, not {shown(given)}.")
    instance = _members(members, iri, at)
    if _is_null(instance):
        if not at.mode.nulls:
            raise BadRequestData(f"{iri} is {NULL}, which removes nothing here.")
        return Removed(instance.get("datasetId"))
    return instance if at.mode.partial else completed(instance, iri)


def dataset_of(instance: Instance) -> str | None:
    """The datasetId of an instance, None for the default one."""
    return instance.dataset if isinstance(instance, Removed) else instance.get("datasetId")


def _is_instance(given: Any, *, strict: bool = False) -> bool:
    """Whether this is an attribute with members, and not the bare value of a concise one. ``strict``: whether it is so
    beyond doubt, with a type that attributes have."""
    if not isinstance(given, dict) or geometry.looks_like(given):
        return False
    kind = given.get("type", given.get("@type"))
    typed = isinstance(kind, str) and kind in HOLDERS if strict else kind is not None
    return typed or not HOLDING.isdisjoint(given)


def stands_alone(value: Any) -> bool:
    """Whether a value without the attribute around it is read as that value, and not as an attribute with members."""
    if isinstance(value, list):
        return not value or not all(_is_instance(each, strict=True) for each in value)
    return not _is_instance(value)


def _is_fragment(given: Any) -> bool:
    """Whether this is a part of an attribute, and not a bare value that is an object."""
    if not isinstance(given, dict) or geometry.looks_like(given):
        return False
    if not _METADATA.isdisjoint(given):
        return True
    return bool(given) and all(each == NULL or _is_instance(each) or _is_fragment(each) for each in given.values())


def _is_null(instance: Mapping[str, Any]) -> bool:
    held = [value for name, value in instance.items() if name in HOLDING]
    return held in ([NULL], [[NULL]], [{"@none": NULL}]) and not isinstance(instance.get("value"), list | dict)


def _members(given: Mapping[str, Any], iri: str, at: _At) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        label = f"{iri}.{name}"
        if name in ("type", "@type"):
            found["type"] = _kind(value, iri)
        elif name in HOLDING:
            found[name] = given_value(name, value, at.names, label, nulls=at.mode.nulls or at.mode.deep)
        elif name in _METADATA:
            if name != "datasetId" or value != "@none":
                found[name] = _metadata(name, value, label, at)
        elif name in _SEALS and iri == _PROOF:
            found[name] = uri(value, label) if name == "entityIdSealed" else type_iri(value, at.names)
        elif name not in _OUTPUT_ONLY:
            inner = attribute_iri(name, at.names)
            if inner in found:
                raise BadRequestData(f"Two members of {iri} stand for {inner}.")
            found[inner] = packed(_attribute(value, inner, _At(at.names, at.mode.inside, at.depth + 1)))
    return found


def _kind(value: Any, what: str) -> str:
    if not isinstance(value, str) or value not in HOLDERS:
        raise BadRequestData(f"{what} has the type {shown(value)}; an attribute is one of {', '.join(HOLDERS)}.")
    return value


def _metadata(name: str, value: Any, label: str, at: _At) -> str | list[str]:
    if name == "datasetId":
        if value == NULL:
            raise BadRequestData(f"{label} cannot be removed from an instance, since it says which one it is.")
        return uri(value, label)
    if value == NULL and (at.mode.nulls or at.mode.partial):
        return NULL
    if name in TIMES:
        return date_time(value, label)
    if name == "objectType" and isinstance(value, list) and value:
        return [_named(each, label, at) for each in value]
    return _text(value, label) if name == "unitCode" else _named(value, label, at)


def _named(value: Any, label: str, at: _At) -> str:
    return uri(at.names.expand(_text(value, label)), label)


def _text(value: Any, label: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRequestData(f"{label} has to be a text, not {shown(value)}.")
    check_json(value, label)
    return value


def listed(kept: Any) -> list[Any]:
    """Instances of an attribute in the form that is kept: alone, or in a list where there are several."""
    return kept if isinstance(kept, list) else [kept]


def packed(instances: list[Any]) -> Any:
    """Instances in the form that is kept."""
    return instances[0] if len(instances) == 1 else instances


def completed(instance: Mapping[str, Any], iri: str) -> dict[str, Any]:
    """The instance with its type told, once all that its kind asks for is there and nothing that it forbids. What an
    NGSI-LD null in it removes is gone."""
    held = HOLDING.intersection(instance)
    kind = instance.get("type") or _inferred(held, instance, iri)
    if held != {HOLDERS[kind]}:
        raise BadRequestData(f"{iri} is a {kind}: it holds its value in '{HOLDERS[kind]}' and nowhere else.")
    for name, kinds in _ONLY_FOR.items():
        if name in instance and kind not in kinds:
            raise BadRequestData(f"{iri} is a {kind}, which has no {name}.")
    holder = HOLDERS[kind]
    result: dict[str, Any] = {"type": kind, holder: checked_value(kind, instance[holder], f"{iri}.{holder}")}
    for name, value in instance.items():
        if is_attribute(name):
            left = [completed(each, name) for each in listed(value) if not isinstance(each, Removed)]
            if left:
                result[name] = packed(left)
        elif name not in result and not (name in _METADATA and value == NULL):
            result[name] = value
    return result


def _inferred(held: frozenset[str], instance: Mapping[str, Any], iri: str) -> str:
    if len(held) != 1:
        raise BadRequestData(f"{iri} has to hold its value in exactly one of {', '.join(sorted(HOLDING))}.")
    (holder,) = held
    if holder == "value":
        return "GeoProperty" if geometry.looks_like(instance["value"]) else "Property"
    return next(kind for kind, member in HOLDERS.items() if member == holder)
