"""Entities as clients get them: normalized, concise or simplified, with the names of the request's context.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.2 to 4.5.5, 4.5.16, 4.5.18 to 4.5.24, 4.7.3, 4.15, 6.3.7 and 6.3.11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ucity.cloud.ioc.api.ngsi import geometry
from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, SYSTEM, listed, packed, stands_alone
from ucity.cloud.ioc.api.ngsi.languages import in_languages
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.selection import Members, is_kept
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.documents import is_attribute, rfc3339

_BESIDE = frozenset({SCOPE, EXPIRES_AT})
_NAMED = frozenset({"vocab", "objectType", "valueType", "entityTypeSealed"})
_PLAIN = frozenset({"type", "value", "observedAt", "unitCode", "datasetId"})
"""Members that are shown as they are kept."""
_SIMPLE_WRAPPED = frozenset({"LanguageProperty", "JsonProperty", "VocabProperty"})


class Form(StrEnum):
    """Representations of an entity."""

    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


@dataclass(frozen=True)
class View:
    """What of an entity is shown and how. ``system``: times and expiry too. ``attributes``: these alone, None for all.
    ``datasets``: instances with these datasetIds alone, None standing for the default one. ``languages``: texts of
    LanguageProperties in the first of these that there is, None for all."""

    form: Form = Form.NORMALIZED
    system: bool = False
    attributes: frozenset[str] | None = None
    pick: Members | None = None
    omit: Members | None = None
    datasets: frozenset[str | None] | None = None
    languages: tuple[str, ...] | None = None

    @property
    def whole(self) -> bool:
        """Whether every member and instance is shown."""
        return self.attributes is None and self.pick is None and self.omit is None and self.datasets is None

    def shows(self, name: str) -> bool:
        """Whether ``id``, ``type`` or an attribute (IRI) is shown."""
        if is_attribute(name) and self.attributes is not None and name not in self.attributes:
            return False
        return is_kept(name, self.pick, self.omit)


def render(doc: Document, names: Names, view: View) -> dict[str, Any]:
    """The entity as JSON."""
    attrs = shown_attributes(doc, view)
    shown: dict[str, Any] = {}
    if view.shows("id"):
        shown["id"] = doc.id
    if view.shows("type"):
        shown["type"] = packed([names.compact(each) for each in doc.types])
    form = _FORMS[view.form]
    for iri, kept in attrs.items():
        if iri not in _BESIDE:
            shown[names.compact(iri)] = form(kept, names, view.system)
    if SCOPE in attrs:
        shown["scope"] = packed(attrs[SCOPE]["value"])
    return shown | _system(doc) if view.system else shown


def shown_attributes(doc: Document, view: View) -> dict[str, Any]:
    """The attributes of an entity as they are kept, as far as the view shows them."""
    attrs = doc.attrs if view.whole else _selected(doc.attrs, view)
    return attrs if view.languages is None else in_languages(attrs, view.languages)


def _selected(attrs: Mapping[str, Any], view: View) -> dict[str, Any]:
    """The attributes and instances that are shown."""
    found = {}
    for iri, kept in attrs.items():
        if not view.shows(iri):
            continue
        instances = [each for each in listed(kept) if view.datasets is None or each.get("datasetId") in view.datasets]
        if instances or iri in _BESIDE:
            found[iri] = packed(instances) if instances else kept
    return found


def feature(entity: Mapping[str, Any], doc: Document, view: View, geometry_iri: str) -> dict[str, Any]:
    """What is shown of an entity as a GeoJSON feature, with the value of a GeoProperty as its geometry, null where it
    has none."""
    kept = listed(doc.attrs.get(geometry_iri, []))
    meant = [each for each in kept if _is_meant(each, view.datasets)]
    place = meant[0]["value"] if meant and meant[0]["type"] == "GeoProperty" else None
    properties = {name: value for name, value in entity.items() if name != "id"}
    return {"id": doc.id, "type": "Feature", "geometry": place, "properties": properties}


def _is_meant(instance: Mapping[str, Any], datasets: frozenset[str | None] | None) -> bool:
    return instance.get("datasetId") in (datasets if datasets is not None else (None,))


def _system(doc: Document) -> dict[str, str]:
    found = {}
    if EXPIRES_AT in doc.attrs:
        found["expiresAt"] = doc.attrs[EXPIRES_AT]["value"]
    if doc.created_at:
        found["createdAt"] = rfc3339(doc.created_at)
    if doc.modified_at:
        found["modifiedAt"] = rfc3339(doc.modified_at)
    return found


def _normalized(kept: Any, names: Names, system: bool) -> Any:
    if isinstance(kept, list):
        return [normalized_instance(each, names, system) for each in kept]
    return normalized_instance(kept, names, system)


def normalized_instance(instance: Mapping[str, Any], names: Names, system: bool) -> dict[str, Any]:
    """An instance of an attribute with all of its members. ``system``: times of creation and change too."""
    shown: dict[str, Any] = {}
    for name, value in instance.items():
        if name in _PLAIN:
            shown[name] = value
        elif name in SYSTEM:
            if system:
                shown[name] = value
        elif is_attribute(name):
            shown[names.compact(name)] = _normalized(value, names, system)
        else:
            shown[name] = _short(value, names) if name in _NAMED else value
    return shown


def _short(value: Any, names: Names) -> Any:
    return [names.compact(each) for each in value] if isinstance(value, list) else names.compact(value)


def _concise(kept: Any, names: Names, system: bool) -> Any:
    if isinstance(kept, list):
        return [concise_instance(each, names, system) for each in kept]
    shown = concise_instance(kept, names, system)
    return shown["value"] if set(shown) == {"value"} and stands_alone(shown["value"]) else shown


def concise_instance(instance: Mapping[str, Any], names: Names, system: bool) -> dict[str, Any]:
    """An instance of an attribute without what is evident."""
    shown: dict[str, Any] = {}
    for name, value in instance.items():
        if name in SYSTEM:
            if system:
                shown[name] = value
        elif is_attribute(name):
            shown[names.compact(name)] = _concise(value, names, system)
        elif name == "objectList":
            # A deleted one holds an NGSI-LD null.
            shown[name] = [each["object"] if isinstance(each, dict) else each for each in value]
        elif name != "type" or not _is_evident(instance):
            shown[name] = _short(value, names) if name in _NAMED else value
    return shown


def _is_evident(instance: Mapping[str, Any]) -> bool:
    """Whether the kind can be told from the member that holds the value."""
    kind = instance["type"]
    if kind not in ("Property", "GeoProperty"):
        return True
    return geometry.looks_like(instance["value"]) is (kind == "GeoProperty")


def _simplified(kept: Any, names: Names, _: bool) -> Any:
    instances = listed(kept)
    if len(instances) == 1 and "datasetId" not in instances[0]:
        return _simple_value(instances[0], names)
    return {"dataset": {each.get("datasetId", "@none"): _simple_value(each, names) for each in instances}}


def _simple_value(instance: Mapping[str, Any], names: Names) -> Any:
    kind = instance["type"]
    holder = HOLDERS[kind]
    value = instance[holder]
    if kind in _SIMPLE_WRAPPED:
        return {holder: _short(value, names) if holder == "vocab" else value}
    return [each["object"] for each in value] if kind == "ListRelationship" else value


_FORMS: dict[Form, Callable[[Any, Names, bool], Any]] = {
    Form.NORMALIZED: _normalized,
    Form.CONCISE: _concise,
    Form.SIMPLIFIED: _simplified,
}
