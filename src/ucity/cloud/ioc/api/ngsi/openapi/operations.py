"""What each handler takes and answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ucity.cloud.ioc.api.ngsi import batch, discovery, hosting, reading, temporal, temporal_writing, writing
from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS
from ucity.cloud.ioc.api.ngsi.openapi.answers import (
    BATCH,
    CONTEXT,
    CONTEXTS,
    DONE,
    ENTITIES,
    ENTITY,
    HISTORIES,
    HISTORY,
    MADE,
    MADE_OR_DONE,
    PURGED,
    UPDATED,
    Answers,
    found,
    page,
)
from ucity.cloud.ioc.api.ngsi.openapi.bodies import QUERY, SUBSCRIPTION, SUBSCRIPTION_FRAGMENT, TEMPORAL_QUERY
from ucity.cloud.ioc.api.ngsi.openapi.entities import ENTITY as ENTITY_SENT
from ucity.cloud.ioc.api.ngsi.openapi.entities import (
    EVOLUTION,
    EVOLUTION_FRAGMENT,
    FRAGMENT,
    SCHEMAS,
    with_context,
)
from ucity.cloud.ioc.api.ngsi.openapi.parameters import MOST
from ucity.cloud.ioc.api.ngsi.openapi.texts import DATASET, TAG, URI, Schema, record, ref, several
from ucity.cloud.ioc.api.ngsi.parameters import Accepted
from ucity.cloud.ioc.api.ngsi.subscriptions import handlers


@dataclass(frozen=True)
class Body:
    """The body of a request, as JSON and as JSON-LD. ``name``: that of its schema in the document."""

    name: str
    json: Schema
    ld: Schema


@dataclass(frozen=True)
class Operation:
    """``own``: what parameters may be there and nowhere else. ``is_public``: anyone may ask, and hears what is open."""

    summary: str
    accepted: Accepted
    answers: Answers
    body: Body | None = None
    own: Mapping[str, Schema] = field(default_factory=dict)
    is_public: bool = False


def _both(name: str, schema: Schema) -> Body:
    """A body that has its context inside when it comes as JSON-LD."""
    return Body(name, schema, with_context(schema))


def _alike(name: str, schema: Schema) -> Body:
    """A body that says the same in both."""
    return Body(name, schema, schema)


def _array(items: Schema) -> Schema:
    # A longer one is 413, which tells that it is too large and not that it is wrong: so there is no maxItems.
    return {**several(items), "description": f"At most {MOST}"}


def _asks(summary: str, accepted: Accepted, answers: Answers, body: Body | None = None) -> Operation:
    return Operation(summary, accepted, answers, body, is_public=True)


_ENTITY, _FRAGMENT = _both("Entity", ENTITY_SENT), _both("EntityFragment", FRAGMENT)
_INSTANCE = Body("AttributeSent", ref("Instance"), {"anyOf": [with_context(SCHEMAS[kind]) for kind in HOLDERS]})
_EVOLUTION, _EVOLUTION_FRAGMENT = (
    _both("EntityTemporal", EVOLUTION),
    _both("EntityTemporalFragment", EVOLUTION_FRAGMENT),
)
# A context is in each entity or, in plain JSON, in none of them.
_BATCH_OF = Body(
    "EntityList",
    _array(record("id", **{"id": URI, "@context": {"not": {}}})),
    _array(with_context(record("id", id=URI))),
)
_IDS = _alike("EntityIdList", _array(URI))
_SUBSCRIPTION = Body("Subscription", SUBSCRIPTION, {"anyOf": [with_context(each) for each in SUBSCRIPTION["anyOf"]]})
_SUBSCRIPTION_FRAGMENT = _both("SubscriptionFragment", SUBSCRIPTION_FRAGMENT)
_QUERY, _TEMPORAL_QUERY = _both("Query", QUERY), _both("TemporalQuery", TEMPORAL_QUERY)
_CONTEXT = _alike("ContextSent", with_context({"type": "object"}))
_ONE: Mapping[str, Schema] = {"datasetId": DATASET}


def _listed(short: str, each: str) -> Schema:
    """One object with the names, or an array with more of each."""
    return {"anyOf": [ref(short), {"type": "array", "items": ref(each)}]}


OPERATIONS: Mapping[Callable[..., Any], Operation] = {
    reading.query: _asks("Query Entities", reading.QUERY, ENTITIES),
    reading.query_by_body: _asks("Query Entities by POST", reading.QUERY_BY_BODY, ENTITIES, _QUERY),
    reading.retrieve: _asks("Retrieve Entity", reading.RETRIEVE, ENTITY),
    writing.create: Operation("Create Entity", writing.NOTHING, MADE, _ENTITY),
    writing.replace: Operation("Replace Entity", writing.TYPED, DONE, _FRAGMENT),
    writing.merge: Operation("Merge Entity", writing.MERGE_PARAMETERS, DONE, _FRAGMENT, {"lang": TAG}),
    writing.delete: Operation("Delete Entity", writing.TYPED, DONE),
    writing.append: Operation("Append Attributes", writing.APPEND, UPDATED, _FRAGMENT),
    writing.update: Operation("Update Attributes", writing.TYPED, DONE, _FRAGMENT),
    writing.patch_attribute: Operation("Partial Attribute Update", writing.TYPED, DONE, _INSTANCE),
    writing.replace_attribute: Operation("Replace Attribute", writing.TYPED, DONE, _INSTANCE),
    writing.delete_attribute: Operation("Delete Attribute", writing.DELETE_ATTRIBUTE, DONE, own=_ONE),
    batch.create: Operation("Batch Entity Creation", batch.PLAIN, BATCH, _BATCH_OF),
    batch.upsert: Operation("Batch Entity Upsert", batch.UPSERT, BATCH, _BATCH_OF),
    batch.update: Operation("Batch Entity Update", batch.UPDATE_BATCH, BATCH, _BATCH_OF),
    batch.merge: Operation("Batch Entity Merge", batch.PLAIN, BATCH, _BATCH_OF),
    batch.delete: Operation("Batch Entity Deletion", batch.PLAIN, BATCH, _IDS),
    batch.purge: Operation("Purge Entities", batch.PURGE, PURGED),
    temporal.query: _asks("Query Temporal Evolution of Entities", temporal.QUERY, HISTORIES),
    temporal.query_by_body: _asks("The same by POST", temporal.QUERY_BY_BODY, HISTORIES, _TEMPORAL_QUERY),
    temporal.retrieve: _asks("Retrieve Temporal Evolution of an Entity", temporal.RETRIEVE, HISTORY),
    temporal_writing.create: Operation(
        "Create or Update Temporal Evolution of an Entity", temporal_writing.NOTHING, MADE_OR_DONE, _EVOLUTION
    ),
    temporal_writing.delete: Operation("Delete Temporal Evolution of an Entity", temporal_writing.NOTHING, DONE),
    temporal_writing.append: Operation("Add Attributes to it", temporal_writing.NOTHING, DONE, _EVOLUTION_FRAGMENT),
    temporal_writing.delete_attribute: Operation(
        "Delete Attribute from it", temporal_writing.DELETE_ATTRIBUTE, DONE, own=_ONE
    ),
    temporal_writing.modify_instance: Operation(
        "Modify Attribute instance in it", temporal_writing.NOTHING, DONE, _EVOLUTION_FRAGMENT
    ),
    temporal_writing.delete_instance: Operation("Delete Attribute instance from it", temporal_writing.NOTHING, DONE),
    discovery.types: _asks(
        "Retrieve Available Entity Types", discovery.DETAILS, found(_listed("EntityTypeList", "EntityType"))
    ),
    discovery.type_: _asks("Retrieve Entity Type Information", discovery.PLAIN, found(ref("EntityTypeInfo"))),
    discovery.attributes: _asks(
        "Retrieve Available Attributes", discovery.DETAILS, found(_listed("AttributeList", "AttributeInfo"))
    ),
    discovery.attribute: _asks("Retrieve Attribute Information", discovery.PLAIN, found(ref("AttributeInfo"))),
    discovery.source: _asks("Retrieve Context Source Identity", discovery.PLAIN, found(ref("ContextSourceIdentity"))),
    handlers.listed: Operation("Query Subscriptions", handlers.LIST, page(ref("SubscriptionShown"))),
    handlers.create: Operation("Create Subscription", handlers.WRITE, MADE, _SUBSCRIPTION),
    handlers.retrieve: Operation("Retrieve Subscription", handlers.GET, found(ref("SubscriptionShown"))),
    handlers.update: Operation("Update Subscription", handlers.WRITE, DONE, _SUBSCRIPTION_FRAGMENT),
    handlers.delete: Operation("Delete Subscription", handlers.WRITE, DONE),
    hosting.listed: _asks("List @contexts", hosting.LIST, CONTEXTS),
    hosting.add: Operation("Add @context", hosting.ADD, MADE, _CONTEXT),
    hosting.served: _asks("Serve @context", hosting.SERVE, CONTEXT),
    hosting.deleted: Operation("Delete and Reload @context", hosting.DELETE, DONE),
}
"""Handler to what it takes and answers."""
