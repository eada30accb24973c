"""Handlers that tell what there is: types of entities and attributes, and who this broker is.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.10 to 4.5.15, 5.2.24 to 5.2.28, 5.2.40, 5.7.5 to 5.7.11, 5.15, 6.25 to 6.28
and 6.33.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri, type_iri
from ucity.cloud.ioc.api.ngsi.errors import ResourceNotFound, TooComplexQuery
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, entity_response
from ucity.cloud.ioc.api.ngsi.media import WITHOUT_PLACES, negotiated
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.store import inventory as store
from ucity.cloud.ioc.store.documents import rfc3339
from ucity.cloud.ioc.store.fetching import TooSlow
from ucity.cloud.ioc.store.inventory import AttributeCount, Inventory

DETAILS = accepted("details")
PLAIN = accepted()


async def types(broker: Broker, ask: Exchange) -> Response:
    """GET /types"""
    media, detailed, names = await _asked(broker, ask)
    if not detailed:
        found = await _counted(broker, ask)
        return _list(ask, media, "EntityTypeList", "typeList", sorted(map(names.compact, found.entities)))
    found = await _inventory(broker, ask)
    return entity_response([_type(found, each, names) for each in sorted(found.entities)], media, ask.linked_context())


async def type_(broker: Broker, ask: Exchange) -> Response:
    """GET /types/{type}"""
    media, _, names = await _asked(broker, ask, PLAIN)
    iri = type_iri(ask.path["type"], names)
    found = await _inventory(broker, ask, type_=iri)
    if iri not in found.entities:
        raise ResourceNotFound(f"There is no entity of the type {iri}, or none that you may read.")
    shown = {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": names.compact(iri),
        "entityCount": found.entities[iri],
        "attributeDetails": [
            {**_named(name, names), "attributeTypes": sorted(each.kinds)}
            for name, each in sorted(found.of_type(iri).items())
        ],
    }
    return entity_response(shown, media, ask.linked_context())


async def attributes(broker: Broker, ask: Exchange) -> Response:
    """GET /attributes"""
    media, detailed, names = await _asked(broker, ask)
    found = await _inventory(broker, ask)
    if not detailed:
        return _list(ask, media, "AttributeList", "attributeList", sorted(map(names.compact, found.attributes)))
    shown = [
        {**_named(name, names), "typeNames": _compacted(each.types, names)}
        for name, each in sorted(found.attributes.items())
    ]
    return entity_response(shown, media, ask.linked_context())


async def attribute(broker: Broker, ask: Exchange) -> Response:
    """GET /attributes/{attr}"""
    media, _, names = await _asked(broker, ask, PLAIN)
    iri = attribute_iri(ask.path["attr"], names)
    found = (await _inventory(broker, ask, attribute=iri)).attributes.get(iri)
    if found is None:
        raise ResourceNotFound(f"No entity has the attribute {iri}, or none that you may read.")
    return entity_response(_attribute(iri, found, names), media, ask.linked_context())


async def source(broker: Broker, ask: Exchange) -> Response:
    """GET /info/sourceIdentity"""
    media, _, __ = await _asked(broker, ask, PLAIN)
    own = await broker.stored_contexts.source()
    now = broker.services.clock()
    tenant = f"-{quote(ask.who.tenant, safe='')}" if ask.who.tenant else ""
    shown = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{uuid5(own, ask.who.tenant)}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": f"ucity-{own.hex[:12]}{tenant}",
        "contextSourceUptime": f"PT{max(0, int((now - broker.since).total_seconds()))}S",
        "contextSourceTimeAt": rfc3339(now),
    }
    return entity_response(shown, media, ask.linked_context())


async def _asked(broker: Broker, ask: Exchange, operation: Any = DETAILS) -> tuple[str, bool, Names]:
    """(media type of the answer, whether details are wanted, names)."""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    parameters = read_parameters(ask.query, operation)
    return media, parameters.flag("details"), await broker.contexts.names(ask.linked_context())


async def _counted(broker: Broker, ask: Exchange) -> Inventory:
    return await _in_time(lambda: _types(broker, ask))


async def _types(broker: Broker, ask: Exchange) -> Inventory:
    return Inventory(await store.types(broker.services.pool, broker.reads(ask.who)))


async def _inventory(broker: Broker, ask: Exchange, **only: str) -> Inventory:
    return await _in_time(lambda: store.inventory(broker.services.pool, broker.reads(ask.who), **only))


async def _in_time(work: Callable[[], Any]) -> Inventory:
    try:
        found: Inventory = await work()
    except TooSlow as error:
        raise TooComplexQuery(error.detail) from error
    return found


def _list(ask: Exchange, media: str, kind: str, member: str, found: list[str]) -> Response:
    id_ = f"urn:ngsi-ld:{kind}:{uuid5(NAMESPACE_URL, ask.who.tenant)}"
    return entity_response({"id": id_, "type": kind, member: found}, media, ask.linked_context())


def _type(found: Inventory, iri: str, names: Names) -> dict[str, Any]:
    return {
        "id": iri,
        "type": "EntityType",
        "typeName": names.compact(iri),
        "attributeNames": _compacted(found.of_type(iri), names),
    }


def _named(iri: str, names: Names) -> dict[str, Any]:
    return {"id": iri, "type": "Attribute", "attributeName": names.compact(iri)}


def _attribute(iri: str, found: AttributeCount, names: Names) -> dict[str, Any]:
    return {
        **_named(iri, names),
        "attributeCount": found.instances,
        "attributeTypes": sorted(found.kinds),
        "typeNames": _compacted(found.types, names),
    }


def _compacted(iris: Iterable[str], names: Names) -> list[str]:
    return sorted(map(names.compact, iris))
