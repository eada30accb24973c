"""Entities, attributes and geometries in bodies, as JSON Schema says them.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5, 4.7 and 5.2.4 to 5.2.9; RFC 7946, section 3.1.
"""

import sys
from collections.abc import Mapping

from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS
from ucity.cloud.ioc.api.ngsi.openapi.texts import (
    DATASET,
    MOMENT,
    NAME,
    SCOPE,
    TAG,
    TEXT,
    URI,
    Schema,
    ref,
    several,
    text,
)

_STRING: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
_NOT_NULL: Schema = {"type": ["string", "number", "boolean", "array", "object"]}
_VALUE: Schema = {
    **_NOT_NULL,
    "pattern": _STRING["pattern"],
    "minimum": -sys.float_info.max,
    "maximum": sys.float_info.max,
    "not": {"const": "urn:ngsi-ld:null"},
}
_BARE_OBJECT: Schema = {
    "type": "object",
    "propertyNames": {"pattern": r"^[^\x00@]*$", "not": {"enum": ["type", *HOLDERS.values()]}},
}
_VOCAB: Schema = {"type": "string", "pattern": r"^[^\x00@][^\x00]*$"}
_TEXTS: Schema = {"anyOf": [_STRING, {"type": "array", "items": _STRING}]}
_HELD: Mapping[str, Schema] = {
    "Property": ref("Value"),
    "GeoProperty": ref("Geometry"),
    "Relationship": {"anyOf": [URI, several(URI)]},
    "LanguageProperty": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": TAG,
        "additionalProperties": _TEXTS,
    },
    "VocabProperty": {"anyOf": [_VOCAB, several(_VOCAB)]},
    "JsonProperty": {"type": ["object", "array"]},
    "ListProperty": {"type": "array", "items": _NOT_NULL},
    "ListRelationship": {"type": "array", "items": URI},
}
_OF_KIND: Mapping[str, Mapping[str, Schema]] = {
    "Property": {"unitCode": TEXT},
    "ListProperty": {"unitCode": TEXT},
    "Relationship": {"objectType": NAME},
    "ListRelationship": {"objectType": NAME},
}
_SUB_ATTRIBUTE: Schema = {**_NOT_NULL, "description": "An Attribute of the attribute"}

_POSITION: Schema = {
    "type": "array",
    "description": "Longitude and latitude in degrees, and perhaps a height in metres",
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
    "items": {"type": "number"},
    "minItems": 2,
    "maxItems": 3,
}
_LINE: Schema = {"type": "array", "items": _POSITION, "minItems": 2}
_RING: Schema = {
    "type": "array",
    "items": _POSITION,
    "minItems": 4,
    "description": "A closed line: the last position is the first one again",
}
_COORDINATES: Mapping[str, Schema] = {
    "Point": _POSITION,
    "LineString": _LINE,
    "Polygon": several(_RING),
    "MultiPoint": several(_POSITION),
    "MultiLineString": several(_LINE),
    "MultiPolygon": several(several(_RING)),
}
GEOMETRIES = tuple(_COORDINATES)


def _geometry(kind: str) -> Schema:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": kind}, "coordinates": _COORDINATES[kind]},
    }


def _attribute(kind: str) -> Schema:
    """Normalized, or concise without its type."""
    others = [member for member in HOLDERS.values() if member != HOLDERS[kind]]
    return {
        "type": "object",
        "title": kind,
        "required": [HOLDERS[kind]],
        "properties": {
            "type": {"const": kind},
            HOLDERS[kind]: _HELD[kind],
            "observedAt": MOMENT,
            "datasetId": DATASET,
            **_OF_KIND.get(kind, {}),
        },
        "propertyNames": {**NAME, "not": {"enum": others}},
        "additionalProperties": _SUB_ATTRIBUTE,
    }


def _entity(attribute: str, required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {
            "id": URI,
            "type": {"anyOf": [NAME, several(NAME)]},
            "scope": {"anyOf": [SCOPE, several(SCOPE)]},
        },
        "propertyNames": NAME,
        "additionalProperties": ref(attribute),
    }


def with_context(schema: Schema) -> Schema:
    """The same as JSON-LD, with its context inside."""
    names = schema.get("propertyNames")
    return {
        **schema,
        "required": [*schema.get("required", ()), "@context"],
        "properties": {**schema.get("properties", {}), "@context": ref("Context")},
        **({"propertyNames": {"anyOf": [names, {"const": "@context"}]}} if names else {}),
        **({"minProperties": schema["minProperties"] + 1} if "minProperties" in schema else {}),
    }


_LOCAL_CONTEXT: Schema = {
    "anyOf": [
        text(r"https://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context-v1\.[3-9]\.jsonld"),
        {"type": "object", "additionalProperties": {"type": ["string", "object", "null"]}},
    ]
}
_CONTEXT: Schema = {
    "anyOf": [*_LOCAL_CONTEXT["anyOf"], {"type": "array", "items": _LOCAL_CONTEXT}],
    "description": "Of contexts by URL, only those of the core are told of here, so that whoever makes requests of this"
    " document has the city fetch nothing from elsewhere; the city does fetch what http and https URLs name.",
}

ENTITY = _entity("Attribute", ("id", "type"))
FRAGMENT = _entity("Attribute")
EVOLUTION = _entity("Evolution", ("id", "type"))
EVOLUTION_FRAGMENT: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": NAME,
    "additionalProperties": ref("Evolution"),
}
SCHEMAS: Mapping[str, Schema] = {
    "Value": _VALUE,
    "BareValue": {"anyOf": [{**_VALUE, "type": ["string", "number", "boolean", "array"]}, _BARE_OBJECT]},
    "Geometry": {"anyOf": [_geometry(kind) for kind in _COORDINATES]},
    **{kind: _attribute(kind) for kind in HOLDERS},
    "Instance": {"anyOf": [ref(kind) for kind in HOLDERS]},
    "Instances": {**several(ref("Instance"), uniqueItems=True), "description": "Each with another datasetId, or none"},
    "Attribute": {"anyOf": [ref("Instance"), ref("Instances"), ref("BareValue")]},
    "Evolution": {"anyOf": [ref("Instance"), several(ref("Instance")), ref("BareValue")]},
    "Context": _CONTEXT,
}
"""Components of the document. Attributes come normalized, concise or, where they are values alone, simplified."""
