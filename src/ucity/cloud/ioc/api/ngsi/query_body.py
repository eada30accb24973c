"""The body of a query by POST, read into the parameters that the same query has in an address.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.13, 5.2.21, 5.2.23, 5.2.33, 5.2.43 and 5.2.44.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ucity.cloud.ioc.api.ngsi.asking import read_selectors
from ucity.cloud.ioc.api.ngsi.durations import read_duration
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import check_json, shown
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import Accepted
from ucity.cloud.ioc.store.query.terms import Selector

_LISTS = frozenset({"attrs", "pick", "omit", "datasetId", "orderBy"})
_LISTS_OR_TEXTS = frozenset({"aggrMethods", "containedBy"})
"""Clauses 5.2.23 and 5.2.44 have them in texts, separated by commas; arrays are understood, too."""
_AGGREGATION = {name: name for name in ("aggrMethods", "aggrPeriodDuration")}
_GROUPS: Mapping[str, Mapping[str, str]] = {
    "geoQ": {name: name for name in ("georel", "geometry", "coordinates", "geoproperty")},
    "ordering": {
        "orderBy": "orderBy",
        "collation": "collation",
        "coordinates": "orderFrom",
        "geometry": "orderGeometry",
    },
    "temporalQ": {
        **{name: name for name in ("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN")},
        **_AGGREGATION,
    },
    "aggrParams": _AGGREGATION,
}
"""Members that hold parameters, by the names that these have in an address."""
_IGNORED = frozenset({"type", "@type", "@context", "id", "@id", "entities"})
_WITHOUT_EFFECT = frozenset({"splitEntities", "entityMap", "entityMapLifetime"})
"""They are about other brokers and about entity maps, of which there are none."""


@dataclass(frozen=True)
class Asked:
    """A query as a body states it. ``selectors``: None when it names no entities."""

    given: Mapping[str, str]
    selectors: tuple[Selector, ...]
    local: bool


def query_of(data: Any, names: Names, operation: Accepted) -> Asked:
    """The query that a body states, for an operation that knows these parameters."""
    if not isinstance(data, dict) or data.get("type", data.get("@type")) != "Query":
        raise BadRequestData("The body is an object with the type Query.")
    check_json(data, "The query", raw=True)
    given: dict[str, str] = {}
    for name, value in data.items():
        if name in _GROUPS:
            given |= _group(name, value)
        elif name in _WITHOUT_EFFECT:
            _check(name, value)
        elif name not in _IGNORED:
            given[name] = _text(name, value)
    for name in given:
        if name not in operation.known:
            raise BadRequestData(f"The query has {shown(name)}, which this operation does not know.")
    selectors = _entities(data)
    return Asked(given, read_selectors(selectors, names), any(each["type"] == "*" for each in selectors))


def _check(name: str, value: Any) -> None:
    if name == "entityMapLifetime":
        read_duration(_text(name, value), name)
    elif not isinstance(value, bool):
        raise BadRequestData(f"{name} is true or false, not {shown(value)}.")


def _group(group: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadRequestData(f"{group} is an object, not {shown(value)}.")
    strange = value.keys() - _GROUPS[group].keys() - {"type", "@type"}
    if strange:
        raise BadRequestData(f"{group} has {shown(min(strange))}, which is not known there.")
    return {outside: _text(name, value[name]) for name, outside in _GROUPS[group].items() if name in value}


def _text(name: str, value: Any) -> str:
    """A value as an address would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "coordinates" and isinstance(value, list):
        return msgspec.json.encode(value).decode()
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    if name in (_LISTS | _LISTS_OR_TEXTS) and is_texts(value):
        return ",".join(value)
    if isinstance(value, str) and value and name not in _LISTS:
        return value
    raise BadRequestData(f"{name} has a value that it cannot have: {shown(value)}.")


def _entities(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "entities" not in data:
        return []
    given = data["entities"]
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise BadRequestData("entities is an array of objects that is not empty.")
    for each in given:
        if not isinstance(each.get("type"), str):
            raise BadRequestData("Each object in entities names a type, or * for all.")
    return [selector_of(each) for each in given]


def selector_of(given: Mapping[str, Any]) -> dict[str, str]:
    """An object that selects entities, its ids in a text as in an address (clause 5.2.33: an id says more than a
    pattern)."""
    ids = given.get("id", "urn:")
    if not isinstance(ids, str) and not is_texts(ids):
        raise BadRequestData(f"id in entities is a URI or an array of URIs, not {shown(ids)}.")
    if not isinstance(given.get("idPattern", ""), str):
        raise BadRequestData("idPattern in entities is a text.")
    kept = {name: each for name, each in given.items() if name != "idPattern" or "id" not in given}
    return {**kept, **({"id": ids if isinstance(ids, str) else ",".join(ids)} if "id" in given else {})}


def is_texts(value: Any) -> bool:
    """Whether it is an array of texts, not empty, and none of them empty."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each for each in value)
