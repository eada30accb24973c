"""Parameters of requests and headers of requests and answers, each with what it may be.

Source: ETSI GS CIM 009 V1.9.1, clauses 6.3.4 to 6.3.22 and 6.4 to 6.33.
"""

from collections.abc import Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.exchange import LONGEST_TENANT
from ucity.cloud.ioc.api.ngsi.joining import MOST_LEVEL
from ucity.cloud.ioc.api.ngsi.openapi.entities import GEOMETRIES
from ucity.cloud.ioc.api.ngsi.openapi.texts import (
    DATASET,
    DURATION,
    FLAG,
    LANGUAGES,
    LISTED_NAME,
    LISTED_URI,
    MOMENT,
    NAME,
    NUMBER,
    TEXT,
    TYPES,
    URI,
    Schema,
    choice,
    several,
    text,
)
from ucity.cloud.ioc.api.ngsi.parameters import EVERYWHERE, Accepted
from ucity.cloud.ioc.store.aggregation import METHODS

MOST = 1000
"""Entities on a page, and in a batch."""
FORMS = ("normalized", "concise", "simplified", "keyValues")
TEMPORAL_FORMS = (*FORMS, "temporalValues", "aggregatedValues")
PATTERN: Schema = {"type": "string", "format": "regex", "minLength": 1, "description": "A regular expression"}
MEMBERS: Schema = {
    **several(text(r"[^,|\x00]+")),
    "description": "Names, and of linked entities r{a,b}; in orderBy paths, each with ;asc or ;desc",
}
LANGUAGE_OF_QUERIES: Schema = {**TEXT, "description": "The query language of clause 4.9"}
LANGUAGE_OF_SCOPES: Schema = {**TEXT, "description": "The scope query language of clause 4.19"}
GEO: Mapping[str, Schema] = {
    "georel": text(
        r"near;(?:max|min)Distance==[1-9][0-9]{0,8}(?:\.[0-9]{1,6})?"
        "|within|contains|intersects|equals|disjoint|overlaps"
    ),
    "geometry": choice(*GEOMETRIES),
    "coordinates": {**TEXT, "description": "A JSON array, as GeoJSON has it"},
    "geoproperty": NAME,
}
TIME: Mapping[str, Schema] = {
    "timerel": choice("before", "after", "between"),
    "timeAt": MOMENT,
    "endTimeAt": {**MOMENT, "description": "Goes with between, and lies after timeAt"},
    "timeproperty": choice("observedAt", "createdAt", "modifiedAt", "deletedAt"),
    "lastN": {**NUMBER, "minimum": 1},
}
AGGREGATION: Mapping[str, Schema] = {
    "aggrMethods": several({"enum": list(METHODS)}),
    "aggrPeriodDuration": DURATION,
}
JOIN: Mapping[str, Schema] = {
    "join": choice("flat", "inline", "@none"),
    "joinLevel": {"type": "integer", "minimum": 1, "maximum": MOST_LEVEL},
}

_SCHEMAS: Mapping[str, Schema] = {
    **dict.fromkeys(("count", "local", "splitEntities", "details", "reload", "deleteAll", "entityMap"), FLAG),
    **dict.fromkeys(("attrs", "expandValues", "jsonKeys", "drop", "keep"), several(LISTED_NAME)),
    **dict.fromkeys(("pick", "omit", "orderBy"), MEMBERS),
    **dict.fromkeys(("q", "csf"), LANGUAGE_OF_QUERIES),
    **GEO,
    **TIME,
    **AGGREGATION,
    **JOIN,
    "scopeQ": LANGUAGE_OF_SCOPES,
    "geometryProperty": NAME,
    "orderGeometry": GEO["geometry"],
    "orderFrom": GEO["coordinates"],
    "collation": TEXT,
    "observedAt": MOMENT,
    "entityMapLifetime": DURATION,
    "type": TYPES,
    "id": several(LISTED_URI),
    "idPattern": PATTERN,
    "datasetId": several(DATASET),
    "containedBy": several(LISTED_URI),
    "lang": LANGUAGES,
    "limit": {"type": "integer", "minimum": 0, "maximum": MOST},
    "offset": NUMBER,
    "kind": choice("Cached", "Hosted", "ImplicitlyCreated"),
}
_PATHS: Mapping[str, Schema] = {"id": URI, "attr": NAME, "type": NAME, "instance": URI}

REQUEST_HEADERS: Mapping[str, tuple[Schema, str]] = {
    "Link": ({"type": "string"}, 'The @context: <URL>; rel="http://www.w3.org/ns/json-ld#context"'),
    "NGSILD-Tenant": (
        {"type": "string", "maxLength": LONGEST_TENANT},
        "The tenant of the key, or without keys any one; others are not there",
    ),
}
PREFER: Mapping[str, tuple[Schema, str]] = {
    "Prefer": ({"type": "string", "examples": ["ngsi-ld=1.6"]}, "ngsi-ld=VERSION, or body=json of GeoJSON"),
}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
RESPONSE_HEADERS: Mapping[str, tuple[Schema, str]] = {
    "Link": ({"type": "string", "minLength": 1}, "The @context of the body, and the pages before and after"),
    "NGSILD-Tenant": ({"type": "string"}, "The tenant that the request named"),
    "NGSILD-Results-Count": (_WHOLE, "How many there are, when count=true asks for it"),
    "Location": ({"type": "string", "format": "uri-reference"}, "Where what was made is"),
    "Content-Range": (
        text(r"date-time [0-9T:-]{19}-[0-9T:-]{19}/(?:\*|[0-9]+)"),
        "The time that this part of the answer is about",
    ),
    "Preference-Applied": (text(r"ngsi-ld=[0-9]+\.[0-9]+"), "The version of NGSI-LD that the body is in"),
    "Allow": (text("[A-Z]+(?:, [A-Z]+)*"), "The methods of this address"),
    "Retry-After": (_WHOLE, "Seconds after which to ask again"),
    "WWW-Authenticate": ({"type": "string", "minLength": 1}, "How to say who asks"),
}


def path_parameter(path: str, name: str) -> dict[str, Any]:
    """A variable in this address."""
    schema = {"type": "string", "minLength": 1} if path.startswith("/jsonldContexts/") else _PATHS[name]
    return {"name": name, "in": "path", "required": True, "schema": schema}


def query_parameters(accepted: Accepted, own: Mapping[str, Schema]) -> list[dict[str, Any]]:
    """The parameters of an operation. ``own``: what some of them may be there and nowhere else."""
    names = sorted(accepted.known | EVERYWHERE)
    found = [_query(name, own.get(name) or _schema(name, accepted)) for name in names]
    return [*found, _query("options", _options(accepted.options))] if accepted.options else found


def _schema(name: str, accepted: Accepted) -> Schema:
    if name == "format":
        return choice(*(TEMPORAL_FORMS if "temporalValues" in accepted.options else FORMS))
    if name == "type" and "limit" in accepted.known:
        return {"anyOf": [{"const": "*"}, TYPES]}
    return _SCHEMAS[name]


def _options(words: frozenset[str]) -> Schema:
    forms = sorted(words & {*TEMPORAL_FORMS, "replace", "update"})
    alone: Schema = {"contains": {"enum": forms}, "minContains": 0, "maxContains": 1} if len(forms) > 1 else {}
    return several({"enum": sorted(words)}, uniqueItems=True, **alone)


def _query(name: str, schema: Schema) -> dict[str, Any]:
    form = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    return {"name": name, "in": "query", "required": False, **form, "schema": schema}


def header_parameters(headers: Mapping[str, tuple[Schema, str]]) -> list[dict[str, Any]]:
    """Headers that a request may have."""
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": description}
        for name, (schema, description) in headers.items()
    ]


def headers_of(*names: str, required: str = "") -> dict[str, Any]:
    """Headers of an answer; ``required``: the one that it always has."""
    return {
        name: {"schema": schema, "description": description, "required": name == required}
        for name in (*names, *((required,) if required else ()))
        for schema, description in (RESPONSE_HEADERS[name],)
    }
