"""The OpenAPI document of the NGSI-LD API, made of what the handlers take: addresses, parameters, bodies, answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ucity.cloud.ioc.api.ngsi import batch, discovery, hosting, reading, temporal, temporal_writing, writing
from ucity.cloud.ioc.api.ngsi.media import GEO_JSON, JSON, LD_JSON, MERGE_PATCH
from ucity.cloud.ioc.api.ngsi.parameters import Accepted
from ucity.cloud.ioc.api.ngsi.subscriptions import handlers

_FLAGS = frozenset({"count", "local", "splitEntities", "details", "reload", "deleteAll", "entityMap"})
_NUMBERS = frozenset({"limit", "offset", "joinLevel", "lastN"})
_CHOICES = {
    "join": ["flat", "inline", "@none"],
    "timerel": ["before", "after", "between"],
    "timeproperty": ["observedAt", "createdAt", "modifiedAt", "deletedAt"],
    "kind": ["Cached", "Hosted", "ImplicitlyCreated"],
}
_SHARED = ("local", "csf", "splitEntities")
_PROBLEMS = (400, 401, 403, 404, 405, 406, 409, 413, 422, 429, 500, 503, 504)
_BARE = (411, 415)
_OBJECT: Mapping[str, Any] = {"type": "object"}
_LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}
_ENTITY: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "format": "uri", "examples": ["urn:ngsi-ld:Lamp:1"]},
        "type": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
    },
    "additionalProperties": True,
}
_ENTITIES: Mapping[str, Any] = {"type": "array", "items": _ENTITY, "minItems": 1}
_IDS: Mapping[str, Any] = {"type": "array", "items": {"type": "string", "format": "uri"}, "minItems": 1}
_QUERY: Mapping[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"const": "Query"},
        "entities": {"type": "array", "items": _OBJECT},
        **{name: {"type": "string"} for name in ("q", "scopeQ", "csf", "lang", "join")},
        **{name: {"type": "array", "items": {"type": "string"}} for name in ("attrs", "pick", "omit", "datasetId")},
        **{name: _OBJECT for name in ("geoQ", "temporalQ", "ordering", "aggrParams")},
    },
}
_SUBSCRIPTION: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "notification"],
    "properties": {
        "type": {"const": "Subscription"},
        "entities": _LIST,
        "notification": {"type": "object", "required": ["endpoint"], "properties": {"endpoint": _OBJECT}},
    },
    "additionalProperties": True,
}
_CONTEXT: Mapping[str, Any] = {"type": "object", "required": ["@context"], "properties": {"@context": {}}}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}},
}


@dataclass(frozen=True)
class Operation:
    """``answers``: status to the schema of its body by media type, empty for none."""

    summary: str
    accepted: Accepted
    answers: Mapping[int, Mapping[str, Any]]
    body: Mapping[str, Any] | None = None


def _both(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {JSON: schema, LD_JSON: schema}


_DONE: Mapping[int, Mapping[str, Any]] = {204: {}}
_MADE: Mapping[int, Mapping[str, Any]] = {201: {}}
_BATCH: Mapping[int, Mapping[str, Any]] = {201: {JSON: _IDS}, 204: {}, 207: {JSON: _OBJECT}}
_FOUND: Mapping[int, Mapping[str, Any]] = {200: {**_both(_LIST), GEO_JSON: _OBJECT}, 203: _both(_LIST)}
_HISTORIES: Mapping[int, Mapping[str, Any]] = {each: _both(_LIST) for each in (200, 203, 206)}
_HISTORY: Mapping[int, Mapping[str, Any]] = {each: _both(_OBJECT) for each in (200, 203, 206)}
_EITHER: Mapping[str, Any] = {"oneOf": [_OBJECT, _LIST]}
_ONE: Mapping[int, Mapping[str, Any]] = {200: {**_both(_EITHER), GEO_JSON: _OBJECT}, 203: _both(_EITHER)}

OPERATIONS: Mapping[Callable[..., Any], Operation] = {
    reading.query: Operation("Query Entities", reading.QUERY, _FOUND),
    reading.query_by_body: Operation("Query Entities by POST", reading.QUERY_BY_BODY, _FOUND, _QUERY),
    reading.retrieve: Operation("Retrieve Entity", reading.RETRIEVE, _ONE),
    writing.create: Operation("Create Entity", writing.NOTHING, _MADE, _ENTITY),
    writing.replace: Operation("Replace Entity", writing.TYPED, _DONE, _ENTITY),
    writing.merge: Operation("Merge Entity", writing.MERGE_PARAMETERS, _DONE, _OBJECT),
    writing.delete: Operation("Delete Entity", writing.TYPED, _DONE),
    writing.append: Operation("Append Attributes", writing.APPEND, {204: {}, 207: {JSON: _OBJECT}}, _OBJECT),
    writing.update: Operation("Update Attributes", writing.TYPED, _DONE, _OBJECT),
    writing.patch_attribute: Operation("Partial Attribute Update", writing.TYPED, _DONE, _OBJECT),
    writing.replace_attribute: Operation("Replace Attribute", writing.TYPED, _DONE, _OBJECT),
    writing.delete_attribute: Operation("Delete Attribute", writing.DELETE_ATTRIBUTE, _DONE),
    batch.create: Operation("Batch Entity Creation", batch.PLAIN, _BATCH, _ENTITIES),
    batch.upsert: Operation("Batch Entity Upsert", batch.UPSERT, _BATCH, _ENTITIES),
    batch.update: Operation("Batch Entity Update", batch.UPDATE_BATCH, _BATCH, _ENTITIES),
    batch.merge: Operation("Batch Entity Merge", batch.PLAIN, _BATCH, _ENTITIES),
    batch.delete: Operation("Batch Entity Deletion", batch.PLAIN, _BATCH, _IDS),
    batch.purge: Operation("Purge Entities", batch.PURGE, {204: {}, 207: {JSON: _OBJECT}}),
    temporal.query: Operation("Query Temporal Evolution of Entities", temporal.QUERY, _HISTORIES),
    temporal.query_by_body: Operation("The same by POST", temporal.QUERY_BY_BODY, _HISTORIES, _QUERY),
    temporal.retrieve: Operation("Retrieve Temporal Evolution of an Entity", temporal.RETRIEVE, _HISTORY),
    temporal_writing.create: Operation(
        "Create or Update Temporal Evolution of an Entity", temporal_writing.NOTHING, {201: {}, 204: {}}, _ENTITY
    ),
    temporal_writing.delete: Operation("Delete Temporal Evolution of an Entity", temporal_writing.NOTHING, _DONE),
    temporal_writing.append: Operation("Add Attributes to it", temporal_writing.NOTHING, _DONE, _OBJECT),
    temporal_writing.delete_attribute: Operation("Delete Attribute from it", temporal_writing.DELETE_ATTRIBUTE, _DONE),
    temporal_writing.modify_instance: Operation(
        "Modify Attribute instance in it", temporal_writing.NOTHING, _DONE, _OBJECT
    ),
    temporal_writing.delete_instance: Operation("Delete Attribute instance from it", temporal_writing.NOTHING, _DONE),
    discovery.types: Operation("Retrieve Available Entity Types", discovery.DETAILS, {200: _both(_EITHER)}),
    discovery.type_: Operation("Retrieve Entity Type Information", discovery.PLAIN, {200: _both(_OBJECT)}),
    discovery.attributes: Operation("Retrieve Available Attributes", discovery.DETAILS, {200: _both(_EITHER)}),
    discovery.attribute: Operation("Retrieve Attribute Information", discovery.PLAIN, {200: _both(_OBJECT)}),
    discovery.source: Operation("Retrieve Context Source Identity", discovery.PLAIN, {200: _both(_OBJECT)}),
    handlers.listed: Operation("Query Subscriptions", handlers.LIST, {200: _both(_LIST)}),
    handlers.create: Operation("Create Subscription", handlers.WRITE, _MADE, _SUBSCRIPTION),
    handlers.retrieve: Operation("Retrieve Subscription", handlers.GET, {200: _both(_OBJECT)}),
    handlers.update: Operation("Update Subscription", handlers.WRITE, _DONE, _OBJECT),
    handlers.delete: Operation("Delete Subscription", handlers.WRITE, _DONE),
    hosting.listed: Operation("List @contexts", hosting.LIST, {200: {JSON: {"type": "array"}}}),
    hosting.add: Operation("Add @context", hosting.ADD, _MADE, _CONTEXT),
    hosting.served: Operation("Serve @context", hosting.SERVE, {200: _both(_OBJECT)}),
    hosting.deleted: Operation("Delete and Reload @context", hosting.DELETE, _DONE),
}
"""Handler to what it takes and answers."""


def document(resources: Iterable[tuple[str, Mapping[str, Callable[..., Any]]]]) -> dict[str, Any]:
    """The document of these addresses and what answers to each method there."""
    paths: dict[str, Any] = {}
    for address, methods in resources:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", address)
        if path.endswith("/") or not all(each in OPERATIONS for each in methods.values()):
            continue
        names = re.findall(r"\{(\w+)\}", path)
        paths[path] = {
            "parameters": [_parameter(name, "path", required=True) for name in names],
            **{method.lower(): _operation(method, path, OPERATIONS[each]) for method, each in methods.items()},
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "NGSI-LD of this city", "version": "1.9.1"},
        "servers": [{"url": "/ngsi-ld/v1"}],
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}, {}],
    }


def _operation(method: str, path: str, operation: Operation) -> dict[str, Any]:
    accepted = operation.accepted
    names = sorted(accepted.known | set(_SHARED)) + (["options"] if accepted.options else [])
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_"),
        "summary": operation.summary,
        "parameters": [_parameter(name, "query", options=accepted.options) for name in names],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        kinds = (JSON, LD_JSON, MERGE_PATCH) if method == "PATCH" else (JSON, LD_JSON)
        content = {kind: {"schema": operation.body} for kind in kinds}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameter(
    name: str, place: str, *, required: bool = False, options: frozenset[str] = frozenset()
) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name in _FLAGS:
        schema = {"type": "boolean"}
    elif name in _NUMBERS:
        schema = {"type": "integer", "minimum": 0}
    elif name in _CHOICES:
        schema = {"enum": _CHOICES[name]}
    elif name == "options":
        return {
            "name": name,
            "in": place,
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "items": {"enum": sorted(options)}, "minItems": 1},
        }
    return {"name": name, "in": place, "required": required, "schema": schema}


def _responses(operation: Operation) -> dict[str, Any]:
    answers = {
        str(status): {
            "description": "Done",
            **({"content": {kind: {"schema": schema} for kind, schema in bodies.items()}} if bodies else {}),
        }
        for status, bodies in operation.answers.items()
    }
    problem = {"description": "A problem document", "content": {JSON: {"schema": _PROBLEM}}}
    return {
        **answers,
        **{str(status): problem for status in _PROBLEMS},
        **{str(status): {"description": "Refused, without a body"} for status in _BARE},
    }
