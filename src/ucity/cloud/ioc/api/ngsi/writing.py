"""Handlers that change one entity.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.6.1 to 5.6.6, 5.6.17 to 5.6.19 and 6.4 to 6.7.
"""

from collections.abc import Callable
from urllib.parse import quote

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi import edits
from ucity.cloud.ioc.api.ngsi.attributes import (
    MERGE,
    PATCH,
    REPLACE,
    UPDATE,
    WHOLE,
    Mode,
    Removed,
    attribute_iri,
    read_instance,
)
from ucity.cloud.ioc.api.ngsi.entities import Entity, check_place, read_entity
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, Sent, json_response, read_body
from ucity.cloud.ioc.api.ngsi.lexical import date_time, is_language, shown, uri
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import Accepted, Parameters, accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.render import Form
from ucity.cloud.ioc.api.ngsi.selection import Types, read_types
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.api.ngsi.simplified import simplified_reader
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import Document

NOTHING = accepted()
TYPED = accepted("type")
APPEND = accepted("type", options="noOverwrite")
MERGE_PARAMETERS = accepted("type format lang observedAt", options="simplified keyValues")
DELETE_ATTRIBUTE = accepted("type datasetId deleteAll")


async def create(broker: Broker, ask: Exchange) -> Response:
    """POST /entities"""
    broker.services.access.check_write_entities(ask.who)
    read_parameters(ask.query, NOTHING)
    sent, names = await _said(broker, ask)
    entity = read_entity(sent.data, names)
    await broker.write(ask.who, entity.id, edits.create(entity))
    location = f"{ask.address.rstrip('/')}/{quote(entity.id, safe=':')}"
    return Response(status_code=201, headers={"Location": location})


async def replace(broker: Broker, ask: Exchange) -> Response:
    """PUT /entities/{id}"""
    entity, _, types = await _fragment(broker, ask, TYPED, WHOLE)
    await broker.write(ask.who, entity.id, edits.replace_entity(entity, broker.declared.computed, types))
    return _done()


async def merge(broker: Broker, ask: Exchange) -> Response:
    """PATCH /entities/{id}"""
    id_, parameters = _target(broker, ask, MERGE_PARAMETERS)
    sent, names = await _said(broker, ask)
    observed_at, language = parameters.text("observedAt"), parameters.text("lang")
    if language is not None and not is_language(language):
        raise BadRequestData(f"lang is a language tag, not {shown(language)}.")
    read: Callable[[Document], Entity]
    if parameters.form() is Form.SIMPLIFIED:
        read = simplified_reader(sent.data, names, id_, language)
    else:
        entity = read_entity(sent.data, names, MERGE, id_=id_)
        read = lambda _: entity  # noqa: E731 - the two readers have one form
    change = edits.merge_with(
        read,
        id_,
        types=read_types(parameters.text("type"), names),
        observed_at=None if observed_at is None else date_time(observed_at, "observedAt"),
    )
    await broker.write(ask.who, id_, change)
    return _done()


async def delete(broker: Broker, ask: Exchange) -> Response:
    """DELETE /entities/{id}"""
    id_, parameters = _target(broker, ask, TYPED)
    names = await broker.contexts.names(ask.linked_context())
    await broker.write(ask.who, id_, edits.delete(id_, read_types(parameters.text("type"), names)))
    return _done()


async def append(broker: Broker, ask: Exchange) -> Response:
    """POST /entities/{id}/attrs"""
    entity, parameters, types = await _fragment(broker, ask, APPEND, WHOLE)
    overwrite = "noOverwrite" not in parameters.options()
    changed = await broker.write(ask.who, entity.id, edits.append(entity, overwrite=overwrite, types=types))
    if not changed.untouched:
        return _done()
    reason = "It is there already, and noOverwrite was asked for."
    return json_response(
        {
            "updated": [iri for iri in entity.attributes if iri not in changed.untouched],
            "notUpdated": [{"attributeName": iri, "reason": reason} for iri in changed.untouched],
        },
        207,
    )


async def update(broker: Broker, ask: Exchange) -> Response:
    """PATCH /entities/{id}/attrs"""
    entity, _, types = await _fragment(broker, ask, TYPED, UPDATE)
    await broker.write(ask.who, entity.id, edits.update(entity, types))
    return _done()


async def patch_attribute(broker: Broker, ask: Exchange) -> Response:
    """PATCH /entities/{id}/attrs/{attr}"""
    id_, parameters = _target(broker, ask, TYPED)
    sent, names = await _said(broker, ask)
    iri = _attribute(ask, names)
    fragment = read_instance(_without_context(sent), names, iri, PATCH)
    if isinstance(fragment, Removed):
        raise BadRequestData("An attribute as a whole is removed with DELETE.")
    types = read_types(parameters.text("type"), names)
    await broker.write(ask.who, id_, edits.patch_attribute(id_, iri, fragment, types))
    return _done()


async def replace_attribute(broker: Broker, ask: Exchange) -> Response:
    """PUT /entities/{id}/attrs/{attr}"""
    id_, parameters = _target(broker, ask, TYPED)
    sent, names = await _said(broker, ask)
    iri = _attribute(ask, names)
    instance = read_instance(_without_context(sent), names, iri, REPLACE)
    if isinstance(instance, Removed):
        raise BadRequestData("An attribute as a whole is removed with DELETE.")
    check_place(iri, [instance])
    types = read_types(parameters.text("type"), names)
    await broker.write(ask.who, id_, edits.replace_attribute(id_, iri, instance, types))
    return _done()


async def delete_attribute(broker: Broker, ask: Exchange) -> Response:
    """DELETE /entities/{id}/attrs/{attr}"""
    id_, parameters = _target(broker, ask, DELETE_ATTRIBUTE)
    names = await broker.contexts.names(ask.linked_context())
    iri = SCOPE if ask.path["attr"] == "scope" else _attribute(ask, names)
    dataset = parameters.text("datasetId")
    if dataset is not None:
        dataset = None if dataset == "@none" else uri(dataset, "datasetId")
    change = edits.delete_attribute(
        id_,
        iri,
        dataset=dataset,
        every=parameters.flag("deleteAll"),
        types=read_types(parameters.text("type"), names),
    )
    await broker.write(ask.who, id_, change)
    return _done()


def _done() -> Response:
    return Response(status_code=204)


def _target(broker: Broker, ask: Exchange, operation: Accepted) -> tuple[str, Parameters]:
    """The id in the address and the parameters, of an asker who may write."""
    broker.services.access.check_write_entities(ask.who)
    return uri(ask.path["id"], "The id of an entity"), read_parameters(ask.query, operation)


async def _said(broker: Broker, ask: Exchange) -> tuple[Sent, Names]:
    sent = await read_body(ask, broker.services.body_bytes)
    return sent, await broker.contexts.names(sent.context_of(sent.data))


async def _fragment(broker: Broker, ask: Exchange, operation: Accepted, mode: Mode) -> tuple[Entity, Parameters, Types]:
    id_, parameters = _target(broker, ask, operation)
    sent, names = await _said(broker, ask)
    types = read_types(parameters.text("type"), names)
    return read_entity(sent.data, names, mode, id_=id_), parameters, types


def _attribute(ask: Exchange, names: Names) -> str:
    return attribute_iri(ask.path["attr"], names)


def _without_context(sent: Sent) -> object:
    if not isinstance(sent.data, dict):
        return sent.data
    return {name: value for name, value in sent.data.items() if name != "@context"}
