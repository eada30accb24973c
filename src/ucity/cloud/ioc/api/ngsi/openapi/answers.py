"""What operations answer: bodies by media type, and headers.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.16 to 5.2.18, 5.2.24 to 5.2.28, 5.2.40 and 6.3; RFC 7946; RFC 9457.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ucity.cloud.ioc.api.ngsi.media import GEO_JSON, JSON, LD_JSON
from ucity.cloud.ioc.api.ngsi.openapi.parameters import headers_of
from ucity.cloud.ioc.api.ngsi.openapi.texts import TEXT, Schema, choice, record, ref

_WHOLE: Schema = {"type": "integer", "minimum": 0}
_URI: Schema = {"type": "string", "minLength": 1}
_NAMES: Schema = {"type": "array", "items": TEXT}
_TYPES: Schema = {"anyOf": [TEXT, _NAMES]}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_PROBLEM = record(
    "type title status",
    type=_URI,
    title=TEXT,
    status={"type": "integer", "minimum": 400, "maximum": 599},
    detail={"type": "string"},
)
_ATTRIBUTE = record("id type attributeName", id=_URI, type={"const": "Attribute"}, attributeName=TEXT)
SCHEMAS: Mapping[str, Schema] = {
    "Problem": _PROBLEM,
    "EntityShown": record("", id=_URI, type=_TYPES),
    "Feature": record(
        "type properties",
        id=_URI,
        type={"const": "Feature"},
        geometry={"type": ["object", "null"]},
        properties={"type": "object"},
    ),
    "FeatureCollection": record("type features", type={"const": "FeatureCollection"}, features=_list(ref("Feature"))),
    "BatchOperationResult": record(
        "success errors",
        success=_list(_URI),
        errors=_list(record("entityId error", entityId=_URI, error=ref("Problem"))),
    ),
    "UpdateResult": record(
        "updated notUpdated",
        updated=_list(_URI),
        notUpdated=_list(record("attributeName reason", attributeName=_URI, reason=TEXT)),
    ),
    "EntityTypeList": record("id type typeList", id=_URI, type={"const": "EntityTypeList"}, typeList=_NAMES),
    "EntityType": record(
        "id type typeName attributeNames",
        id=_URI,
        type={"const": "EntityType"},
        typeName=TEXT,
        attributeNames=_NAMES,
    ),
    "EntityTypeInfo": record(
        "id type typeName entityCount attributeDetails",
        id=_URI,
        type={"const": "EntityTypeInfo"},
        typeName=TEXT,
        entityCount=_WHOLE,
        attributeDetails=_list(_ATTRIBUTE),
    ),
    "AttributeList": record("id type attributeList", id=_URI, type={"const": "AttributeList"}, attributeList=_NAMES),
    "AttributeInfo": {
        **_ATTRIBUTE,
        "properties": {
            **_ATTRIBUTE["properties"],
            "attributeCount": _WHOLE,
            "attributeTypes": _NAMES,
            "typeNames": _NAMES,
        },
    },
    "ContextSourceIdentity": record(
        "id type contextSourceAlias contextSourceUptime contextSourceTimeAt",
        id=_URI,
        type={"const": "ContextSourceIdentity"},
        contextSourceAlias=TEXT,
        contextSourceUptime=TEXT,
        contextSourceTimeAt=_MOMENT,
    ),
    "SubscriptionShown": record(
        "id type notification status",
        id=_URI,
        type={"const": "Subscription"},
        notification=record("endpoint", endpoint=record("uri", uri=_URI), timesSent=_WHOLE, timesFailed=_WHOLE),
        status=choice("active", "paused", "expired"),
    ),
    "ContextKept": record(
        "URL localId kind createdAt",
        URL=_URI,
        localId=_URI,
        kind=choice("Cached", "Hosted", "ImplicitlyCreated"),
        createdAt=_MOMENT,
        expiresAt=_MOMENT,
    ),
    "ContextServed": record("@context"),
}
"""Components of the document that tell of answers."""


@dataclass(frozen=True)
class Answer:
    """``bodies``: schema by media type, none for an answer without a body. ``headers``: as the document has them."""

    description: str
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """As the document has it."""
        content = {kind: {"schema": schema} for kind, schema in self.bodies.items()}
        headers = {**headers_of("NGSILD-Tenant"), **self.headers}
        return {"description": self.description, "headers": headers, **({"content": content} if content else {})}


Answers = Mapping[int, Answer]
_LINKED = headers_of("Link")
_PAGED = headers_of("Link", "NGSILD-Results-Count")
_IN_VERSION = headers_of(required="Preference-Applied")
_IN_PART = headers_of("NGSILD-Results-Count", "Link", required="Content-Range")


def _both(schema: Schema) -> dict[str, Schema]:
    return {JSON: schema, LD_JSON: schema}


def found(schema: Schema) -> Answers:
    """One thing, without pages."""
    return {200: Answer("What there is", _both(schema), _LINKED)}


def page(schema: Schema) -> Answers:
    """A page of such things."""
    return {200: Answer("A page of what there is", _both(_list(schema)), _PAGED)}


DONE: Answers = {204: Answer("Done")}
MADE: Answers = {201: Answer("Made", {}, headers_of(required="Location"))}
MADE_OR_DONE: Answers = {**MADE, **DONE}
UPDATED: Answers = {**DONE, 207: Answer("Done in part", {JSON: ref("UpdateResult")})}
_EACH = {207: Answer("What became of each", {JSON: ref("BatchOperationResult")})}
PURGED: Answers = {**DONE, **_EACH}
BATCH: Answers = {201: Answer("Made, all of it", {JSON: _list(_URI)}), **DONE, **_EACH}
_SHOWN, _SHOWN_LIST = ref("EntityShown"), _list(ref("EntityShown"))
_ONE_OR_LIST: Schema = {"anyOf": [_SHOWN, _SHOWN_LIST]}
_GEO: Schema = {"anyOf": [ref("Feature"), ref("FeatureCollection")]}
_OLDER = "The same in the version of NGSI-LD that was asked for"
_PART = "A part of the time that was asked about"
ENTITIES: Answers = {
    200: Answer("A page of entities", {**_both(_SHOWN_LIST), GEO_JSON: ref("FeatureCollection")}, _PAGED),
    203: Answer(_OLDER, _both(_SHOWN_LIST), {**_PAGED, **_IN_VERSION}),
}
ENTITY: Answers = {
    200: Answer("The entity, and what it is joined with", {**_both(_ONE_OR_LIST), GEO_JSON: _GEO}, _LINKED),
    203: Answer(_OLDER, _both(_ONE_OR_LIST), {**_LINKED, **_IN_VERSION}),
}


def _histories(schema: Schema) -> Answers:
    return {
        200: Answer("How it was", _both(schema), _PAGED),
        203: Answer(_OLDER, _both(schema), {**_PAGED, **_IN_VERSION}),
        206: Answer(_PART, _both(schema), _IN_PART),
    }


HISTORIES, HISTORY = _histories(_SHOWN_LIST), _histories(_SHOWN)
CONTEXTS: Answers = {200: Answer("URLs or, with details, more", _both(_list({"anyOf": [_URI, ref("ContextKept")]})))}
CONTEXT: Answers = {200: Answer("The @context", _both({"anyOf": [ref("ContextServed"), ref("ContextKept")]}))}

_DESCRIPTIONS: Mapping[int, str] = {
    400: "What was sent cannot be read, or says what cannot be",
    401: "Who asks is not known",
    403: "Not for this asker, or more than the city does in one go",
    404: "There is nothing of this name, or nothing that the asker may see",
    405: "This address has no such method",
    406: "None of the media types that are asked for",
    409: "It is there already",
    413: "The body is too large",
    422: "NGSI-LD has it, this city has not",
    429: "Too much at a time",
    500: "A fault of the city's own",
    503: "Something that is needed for it is not there now",
    504: "An @context that was named cannot be had",
}
_WITH: Mapping[int, Mapping[str, Any]] = {
    401: headers_of("WWW-Authenticate"),
    405: headers_of(required="Allow"),
    429: headers_of(required="Retry-After"),
}
PROBLEMS: Answers = {
    **{
        status: Answer(description, {JSON: ref("Problem")}, _WITH.get(status, {}))
        for status, description in _DESCRIPTIONS.items()
    },
    411: Answer("A body without its length"),
    415: Answer("A body of another media type"),
}
"""What is answered when it does not work."""
OF_BODIES = frozenset({409, 411, 413, 415})
"""Those of them that only an operation with a body has."""
