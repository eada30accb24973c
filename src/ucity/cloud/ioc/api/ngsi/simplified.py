"""Fragments in simplified form (key and value alone), which take their attributes' kinds from the entity they change.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.4 and 5.6.17, table 6.5.3.4-1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi import geometry
from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, MERGE, Instance, attribute_iri, listed, read_instance
from ucity.cloud.ioc.api.ngsi.entities import (
    Entity,
    attributes_of,
    check_place,
    checked_object,
    read_entity,
    system_members,
)
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import NULL, is_uri
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.store import Document

_WRAPPED = {"languageMap": "LanguageProperty", "json": "JsonProperty", "vocab": "VocabProperty"}


def simplified_reader(given: Any, names: Names, id_: str, language: str | None = None) -> Callable[[Document], Entity]:
    """What reads a simplified fragment beside the entity that it is for. ``language``: that of bare texts in it."""
    members = checked_object(given)
    rest = {name: members[name] for name in ("id", "@id", "type", "@type") if name in members}
    frame = read_entity(rest, names, MERGE, id_=id_)
    values: dict[str, Any] = {}
    for name, value in attributes_of(members):
        iri = attribute_iri(name, names)
        if iri in values:
            raise BadRequestData(f"Two names in this entity stand for {iri}.")
        values[iri] = value
    system = system_members(members, MERGE)

    def read(doc: Document) -> Entity:
        attributes: dict[str, list[Instance]] = {
            iri: _instances(iri, value, doc.attrs.get(iri), names, language) for iri, value in values.items()
        }
        return Entity(id=id_, types=frame.types, attributes={**attributes, **system})

    return read


def _instances(iri: str, value: Any, stored: Any, names: Names, language: str | None) -> list[Instance]:
    kinds = {each.get("datasetId"): each["type"] for each in listed(stored or [])}
    found: list[Instance] = []
    for dataset, one in _by_dataset(value).items():
        # The instances that are there are of one kind, so that a new one is, too.
        kind = kinds.get(dataset) or next(iter(kinds.values()), None) or _inferred(one)
        held = {"value": NULL} if one == NULL else {"type": kind, HOLDERS[kind]: _held(kind, one, language)}
        beside = {} if dataset is None else {"datasetId": dataset}
        found.append(read_instance({**held, **beside}, names, iri, MERGE))
    check_place(iri, found)
    return found


def _by_dataset(value: Any) -> dict[str | None, Any]:
    """The values of an attribute by their datasetIds, None for the default one."""
    several = value["dataset"] if isinstance(value, dict) and set(value) == {"dataset"} else None
    if isinstance(several, dict) and several and all(each == "@none" or is_uri(each) for each in several):
        return {None if dataset == "@none" else dataset: one for dataset, one in several.items()}
    return {None: value}


def _inferred(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1 and (wrapped := _WRAPPED.get(next(iter(value)))):
        return wrapped
    return "GeoProperty" if geometry.looks_like(value) else "Property"


def _held(kind: str, value: Any, language: str | None) -> Any:
    holder = HOLDERS[kind]
    if isinstance(value, Mapping) and kind in _WRAPPED.values() and set(value) == {holder}:
        return value[holder]
    if kind == "LanguageProperty" and language and not isinstance(value, Mapping):
        return {language: value}
    return value
