"""Entities and fragments of entities as clients send them, read into what edits work with.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.1, 5.2.4, 5.4 and 5.5.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import (
    WHOLE,
    Instance,
    Mode,
    Removed,
    attribute_iri,
    read_attribute,
    type_iri,
)
from ucity.cloud.ioc.api.ngsi.core_context import core_terms
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import NULL, date_time, scopes, shown, uri
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE

GEOGRAPHIC = frozenset(core_terms()[name] for name in ("location", "observationSpace", "operationSpace"))
MOST_INSTANCES = 2000
_IGNORED = frozenset({"createdAt", "modifiedAt", "deletedAt", "@context"})


@dataclass(frozen=True, kw_only=True)
class Entity:
    """``types``: IRIs, without repeats; empty where a fragment names none. ``attributes``: IRI to instances."""

    id: str
    types: tuple[str, ...] = ()
    attributes: Mapping[str, list[Instance]] = field(default_factory=dict)


def read_entity(given: Any, names: Names, mode: Mode = WHOLE, *, id_: str | None = None) -> Entity:
    """An entity, or with ``id_`` the fragment that is sent to the entity of this id, which then needs no id or type."""
    members = checked_object(given)
    found = entity_id(members, id_)
    types = _types(members, names, required=id_ is None)
    attributes: dict[str, list[Instance]] = {}
    for name, value in attributes_of(members):
        iri = attribute_iri(name, names)
        if iri in attributes:
            raise BadRequestData(f"Two names in this entity stand for {iri}.")
        attributes[iri] = read_attribute(value, names, iri, mode)
        check_place(iri, attributes[iri])
    attributes |= system_members(members, mode)
    if sum(map(len, attributes.values())) > MOST_INSTANCES:
        raise BadRequestData(f"An entity has at most {MOST_INSTANCES} attributes.")
    return Entity(id=found, types=types, attributes=attributes)


def checked_object(given: Any) -> Mapping[str, Any]:
    """What was sent, which has to be an object."""
    if not isinstance(given, dict):
        raise BadRequestData(f"An entity is a JSON object, not {shown(given)}.")
    return given


def entity_id(members: Mapping[str, Any], expected: str | None = None) -> str:
    """The id of what was sent: a URI, and the one of the address where there is one."""
    given = members.get("id", members.get("@id", expected))
    found = uri(given, "The id of an entity")
    if expected is not None and found != expected:
        raise BadRequestData(f"The id {found} is not that of the entity in the address, {expected}.")
    return found


def attributes_of(members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values of what are attributes among the members of an entity."""
    for name, value in members.items():
        if name not in _IGNORED and name not in ("id", "@id", "type", "@type", "scope", "expiresAt"):
            yield name, value


def _types(members: Mapping[str, Any], names: Names, *, required: bool) -> tuple[str, ...]:
    given = members.get("type", members.get("@type"))
    if given is None:
        if required or "type" in members or "@type" in members:
            raise BadRequestData("An entity has a type.")
        return ()
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise BadRequestData("An entity has at least one type.")
    if NULL in listed:
        raise BadRequestData(f"{NULL} is no type, and removes none: an entity keeps the types it has.")
    return tuple(dict.fromkeys(type_iri(each, names) for each in listed))


def system_members(members: Mapping[str, Any], mode: Mode) -> dict[str, list[Instance]]:
    """``scope`` and ``expiresAt`` in the form of Properties."""
    found: dict[str, list[Instance]] = {}
    for name, iri in (("scope", SCOPE), ("expiresAt", EXPIRES_AT)):
        if name not in members:
            continue
        given = members[name]
        if given == NULL and mode.nulls:
            found[iri] = [Removed()]
        else:
            value = scopes(given) if name == "scope" else date_time(given, name)
            found[iri] = [{"type": "Property", "value": value}]
    return found


def check_place(iri: str, instances: list[Instance]) -> None:
    """Raise when an attribute whose meaning NGSI-LD fixes as a place is none. Source: clauses 4.7.1 and 5.2.4."""
    for each in instances if iri in GEOGRAPHIC else ():
        if isinstance(each, dict) and each.get("type", "GeoProperty") != "GeoProperty":
            raise BadRequestData(f"{iri} is a GeoProperty, not a {each['type']}.")
