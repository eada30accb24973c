"""Handlers that change how an entity evolved: instances added, corrected, removed.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.20, 5.6.11 to 5.6.16, 6.18.3.1, 6.19.3.2 and 6.20 to 6.22.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.attributes import (
    HOLDERS,
    HOLDING,
    UPDATE,
    WHOLE,
    Removed,
    attribute_iri,
    read_attribute,
    read_instance,
)
from ucity.cloud.ioc.api.ngsi.entities import (
    MOST_INSTANCES,
    Entity,
    attributes_of,
    check_place,
    checked_object,
    read_entity,
)
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, read_body
from ucity.cloud.ioc.api.ngsi.lexical import NULL, date_time, scopes, shown, uri
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.amending import Amendment, Removal, amend

NOTHING = accepted()
DELETE_ATTRIBUTE = accepted("datasetId deleteAll")
_MOST = 50_000

Instances = list[tuple[str, dict[str, Any]]]
"""(IRI, attribute) in the form that is kept."""


async def create(broker: Broker, ask: Exchange) -> Response:
    """POST /temporal/entities"""
    broker.services.access.check_write_entities(ask.who)
    read_parameters(ask.query, NOTHING)
    entity, instances = await _said(broker, ask, None)
    amendment = Amendment(tenant=ask.who.tenant, id=entity.id, types=entity.types, makes=True, instances=instances)
    _check(broker, entity.id, entity.types, instances)
    if not await amend(broker.services.committer, amendment):
        return _done()
    location = f"{ask.address.rstrip('/')}/{quote(entity.id, safe=':')}"
    return Response(status_code=201, headers={"Location": location})


async def delete(broker: Broker, ask: Exchange) -> Response:
    """DELETE /temporal/entities/{id}"""
    read_parameters(ask.query, NOTHING)
    return await _removed(broker, ask, Removal())


async def append(broker: Broker, ask: Exchange) -> Response:
    """POST /temporal/entities/{id}/attrs"""
    id_ = _target(broker, ask)
    read_parameters(ask.query, NOTHING)
    entity, instances = await _said(broker, ask, id_)
    await _check_stored(broker, ask, id_, entity.types, instances)
    amendment = Amendment(tenant=ask.who.tenant, id=id_, types=entity.types, instances=instances)
    await amend(broker.services.committer, amendment)
    return _done()


async def delete_attribute(broker: Broker, ask: Exchange) -> Response:
    """DELETE /temporal/entities/{id}/attrs/{attr}"""
    parameters = read_parameters(ask.query, DELETE_ATTRIBUTE)
    dataset = parameters.text("datasetId")
    if dataset is not None:
        dataset = None if dataset == "@none" else uri(dataset, "datasetId")
    attribute = await _attribute(broker, ask)
    return await _removed(
        broker, ask, Removal(attribute=attribute, dataset=dataset, every=parameters.flag("deleteAll"))
    )


async def modify_instance(broker: Broker, ask: Exchange) -> Response:
    """PATCH /temporal/entities/{id}/attrs/{attr}/{instance}"""
    id_ = _target(broker, ask)
    read_parameters(ask.query, NOTHING)
    instance = uri(ask.path["instance"], "The id of an instance")
    sent = await read_body(ask, broker.services.body_bytes)
    names = await broker.contexts.names(sent.context_of(sent.data))
    attribute = _iri(ask.path["attr"], names)
    _, instances = read_temporal(sent.data, names, id_)
    if [name for name, _ in instances] != [attribute]:
        raise BadRequestData(f"The body has one instance of {attribute}, and nothing else.")
    await _check_stored(broker, ask, id_, (), instances)
    removal = Removal(attribute=attribute, instance=instance)
    amendment = Amendment(tenant=ask.who.tenant, id=id_, instances=instances, removal=removal)
    await amend(broker.services.committer, amendment)
    return _done()


async def delete_instance(broker: Broker, ask: Exchange) -> Response:
    """DELETE /temporal/entities/{id}/attrs/{attr}/{instance}"""
    read_parameters(ask.query, NOTHING)
    instance = uri(ask.path["instance"], "The id of an instance")
    attribute = await _attribute(broker, ask)
    return await _removed(broker, ask, Removal(attribute=attribute, instance=instance))


async def _removed(broker: Broker, ask: Exchange, removal: Removal) -> Response:
    id_ = _target(broker, ask)
    await amend(broker.services.committer, Amendment(tenant=ask.who.tenant, id=id_, removal=removal))
    return _done()


async def _attribute(broker: Broker, ask: Exchange) -> str:
    return _iri(ask.path["attr"], await broker.contexts.names(ask.linked_context()))


def _iri(name: str, names: Names) -> str:
    return SCOPE if name == "scope" else attribute_iri(name, names)


def _target(broker: Broker, ask: Exchange) -> str:
    broker.services.access.check_write_entities(ask.who)
    return uri(ask.path["id"], "The id of an entity")


def _done() -> Response:
    return Response(status_code=204)


async def _said(broker: Broker, ask: Exchange, id_: str | None) -> tuple[Entity, Instances]:
    sent = await read_body(ask, broker.services.body_bytes)
    names = await broker.contexts.names(sent.context_of(sent.data))
    return read_temporal(sent.data, names, id_)


def read_temporal(given: Any, names: Names, id_: str | None) -> tuple[Entity, Instances]:
    """The entity without its attributes, and the instances of these. ``id_``: the body is a fragment of this one."""
    members = checked_object(given)
    rest = {name: members[name] for name in ("id", "@id", "type", "@type") if name in members}
    entity = read_entity(rest, names, WHOLE, id_=id_)
    instances: Instances = []
    for name, value in attributes_of(members):
        iri = attribute_iri(name, names)
        instances += [(iri, each) for each in _instances(value, names, iri)]
    if "scope" in members:
        instances += [(SCOPE, each) for each in _scope_instances(members["scope"], names)]
    if len(instances) > _MOST:
        raise BadRequestData(f"A body has at most {_MOST} instances.")
    if not instances and id_ is not None:
        raise BadRequestData("The body has no instance of an attribute.")
    return entity, instances


def _instances(given: Any, names: Names, iri: str) -> list[dict[str, Any]]:
    several = isinstance(given, list) and bool(given) and all(map(_is_instance, given))
    marks = [mark for each in (given if several else [given]) if (mark := _mark(each, names, iri)) is not None]
    if marks:
        others = [each for each in (given if several else []) if _mark(each, names, iri) is None]
        return [*marks, *(_instances(others, names, iri) if others else [])]
    found = (
        [read_instance(each, names, iri, WHOLE) for each in given]
        if several
        else read_attribute(given, names, iri, WHOLE)
    )
    check_place(iri, found)
    if any(isinstance(each, Removed) for each in found):
        raise BadRequestData(f"{iri} is {NULL}, which removes nothing from a history.")
    return [each for each in found if isinstance(each, dict)]


def _mark(given: Any, names: Names, iri: str) -> dict[str, Any] | None:
    """The mark of a deletion, when that was sent: an NGSI-LD null with the time of it (clauses 4.8 and 5.5.4)."""
    if not isinstance(given, dict) or given.get("deletedAt") is None:
        return None
    read = read_instance(given, names, iri, UPDATE)
    if not isinstance(read, Removed):
        return None
    (holder,) = HOLDING.intersection(given)
    kind = next(kind for kind, each in HOLDERS.items() if each == holder)
    mark = {
        "type": given.get("type", kind),
        holder: given[holder],
        "deletedAt": date_time(given["deletedAt"], "deletedAt"),
    }
    if HOLDERS[mark["type"]] != holder:
        raise BadRequestData(f"{iri} is a {mark['type']}, which has no {holder}.")
    return {**mark, **({"datasetId": read.dataset} if read.dataset else {})}


def _is_instance(given: Any) -> bool:
    return isinstance(given, dict) and ("type" in given or not HOLDING.isdisjoint(given))


def _scope_instances(given: Any, names: Names) -> list[dict[str, Any]]:
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(each, dict) for each in listed):
        return [{"type": "Property", "value": scopes(given)}]
    found = []
    for each in listed:
        if not isinstance(each, Mapping) or "value" not in each:
            raise BadRequestData(f"An instance of scope has a value, and {shown(each)} has none.")
        read = read_instance({**each, "type": "Property"}, names, SCOPE, WHOLE)
        if isinstance(read, dict):
            found.append({**read, "value": scopes(each["value"])})
    return found


async def _check_stored(broker: Broker, ask: Exchange, id_: str, types: tuple[str, ...], instances: Instances) -> None:
    """Hold the instances against what services declare of the types that the entity has."""
    doc = await broker.finder.find(broker.reads(ask.who), id_)
    _check(broker, id_, tuple(dict.fromkeys([*(doc.types if doc else ()), *types])), instances)


def _check(broker: Broker, id_: str, types: tuple[str, ...], instances: Instances) -> None:
    if len({name for name, _ in instances}) > MOST_INSTANCES:
        raise BadRequestData(f"An entity has at most {MOST_INSTANCES} attributes.")
    if not types:
        return
    for name, each in instances:
        if "deletedAt" in each:
            continue
        broker.declared.check(None, Document(id=id_, types=list(types), attrs={name: each}))
