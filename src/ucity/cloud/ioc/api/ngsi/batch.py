"""Handlers that change many entities at once: each succeeds or fails for itself.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.16, 5.5.11, 5.6.7 to 5.6.10, 5.6.20, 5.6.21, 6.4.3.3, 6.14 to 6.17
and 6.31.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi import edits
from ucity.cloud.ioc.api.ngsi.asking import read_selection
from ucity.cloud.ioc.api.ngsi.attributes import MERGE, UPDATE, WHOLE, Mode
from ucity.cloud.ioc.api.ngsi.edits import Change, Changed
from ucity.cloud.ioc.api.ngsi.entities import Entity, checked_object, entity_id, read_entity
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, TooComplexQuery, problem
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, Sent, json_response, read_body
from ucity.cloud.ioc.api.ngsi.lexical import uri
from ucity.cloud.ioc.api.ngsi.parameters import accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.selection import read_attributes
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.api.ngsi.writer import Job
from ucity.cloud.ioc.store.fetching import TooSlow
from ucity.cloud.ioc.store.search import ids
from ucity.errors import TooLarge, UcityError

log = structlog.get_logger()
UPSERT = accepted(options="replace update")
UPDATE_BATCH = accepted(options="noOverwrite")
PLAIN = accepted()
PURGE = accepted(
    "type id idPattern attrs q georel geometry coordinates geoproperty scopeQ expandValues jsonKeys drop keep"
    " geometryProperty csf"
)
_BREATH = 100
_TOGETHER = 500


@dataclass
class Outcome:
    """What became of a batch: ids in the order in which they were sent."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, id_: str, result: Changed | UcityError) -> None:
        """Take in what became of one entity."""
        if isinstance(result, UcityError):
            self.errors.append({"entityId": id_, "error": problem(result)})
        else:
            (self.created if result.created else self.changed).append(id_)

    def response(self) -> Response:
        """201 with what was created, 204 when nothing was, 207 when something went wrong."""
        if self.errors:
            succeeded = list(dict.fromkeys([*self.created, *self.changed]))
            return json_response({"success": succeeded, "errors": self.errors}, 207)
        return json_response(self.created, 201) if self.created else Response(status_code=204)


async def create(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/create"""
    read_parameters(ask.query, PLAIN)
    return await _entities(broker, ask, WHOLE, edits.create)


async def upsert(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/upsert"""
    options = read_parameters(ask.query, UPSERT).options()
    if len(options) > 1:
        raise BadRequestData("options is either replace or update.")
    if "update" in options:
        return await _entities(
            broker, ask, UPDATE, lambda entity: edits.either(edits.create(entity), edits.update(entity))
        )
    keeps = broker.declared.computed
    return await _entities(
        broker, ask, WHOLE, lambda entity: edits.either(edits.create(entity), edits.replace_entity(entity, keeps))
    )


async def update(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/update"""
    overwrite = "noOverwrite" not in read_parameters(ask.query, UPDATE_BATCH).options()
    mode = UPDATE if overwrite else WHOLE
    return await _entities(broker, ask, mode, lambda entity: edits.append(entity, overwrite=overwrite))


async def merge(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/merge"""
    read_parameters(ask.query, PLAIN)
    return await _entities(broker, ask, MERGE, edits.merge)


async def delete(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/delete"""
    read_parameters(ask.query, PLAIN)
    sent = await _array(broker, ask)
    named = [uri(each, f"Item {index}") for index, each in enumerate(sent.data)]
    return await _written(broker, [broker.job(ask.who, id_, edits.delete(id_)) for id_ in named])


async def purge(broker: Broker, ask: Exchange) -> Response:
    """DELETE /entities"""
    broker.services.access.check_write_entities(ask.who)
    parameters = read_parameters(ask.query, PURGE)
    names = await broker.contexts.names(ask.linked_context())
    drop = read_attributes(parameters.text("drop"), names)
    keep = read_attributes(parameters.text("keep"), names)
    if drop is not None and keep is not None:
        raise BadRequestData("Attributes are either named to drop or to keep.")
    selection = read_selection(parameters, names)
    change = edits.purged if drop is None and keep is None else edits.without(drop=drop, keep=keep)
    try:
        found = await ids(broker.services.pool, broker.reads(ask.who), selection)
    except TooSlow as error:
        raise TooComplexQuery(error.detail) from error
    outcome = Outcome()
    for some in range(0, len(found), _TOGETHER):
        await _write(broker, [broker.job(ask.who, id_, change) for id_ in found[some : some + _TOGETHER]], outcome)
    return outcome.response()


async def _entities(broker: Broker, ask: Exchange, mode: Mode, change: Callable[[Entity], Change]) -> Response:
    sent = await _array(broker, ask)
    items = [checked_object(item) for item in sent.data]
    named = [entity_id(item) for item in items]
    contexts = [sent.context_of(item) for item in items]
    jobs: list[Job | tuple[str, UcityError]] = []
    for index, (id_, item, context) in enumerate(zip(named, items, contexts, strict=True)):
        try:
            names = await broker.contexts.names(context)
            # An entity that is there already has a type; one that is created without is refused by the edit.
            entity = read_entity(item, names, mode, id_=id_)
            jobs.append(broker.job(ask.who, id_, change(entity)))
        except UcityError as error:
            jobs.append((id_, error))
        if index % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
    return await _written(broker, jobs)


async def _array(broker: Broker, ask: Exchange) -> Sent:
    broker.services.access.check_write_entities(ask.who)
    sent = await read_body(ask, broker.services.body_bytes)
    if not isinstance(sent.data, list) or not sent.data or None in sent.data:
        raise BadRequestData("The body of a batch is an array that is not empty and has no nulls.")
    if len(sent.data) > broker.services.batch_entities:
        raise TooLarge(f"A batch has at most {broker.services.batch_entities} entities.")
    return sent


async def _written(broker: Broker, jobs: list[Job | tuple[str, UcityError]] | list[Job]) -> Response:
    outcome = Outcome()
    await _write(broker, jobs, outcome)
    return outcome.response()


async def _write(broker: Broker, jobs: list[Job | tuple[str, UcityError]] | list[Job], outcome: Outcome) -> None:
    broker.writer.submit([each for each in jobs if isinstance(each, Job)])
    for each in jobs:
        if isinstance(each, Job):
            outcome.add(each.id, await _heard(each))
        else:
            outcome.add(*each)


async def _heard(job: Job) -> Changed | UcityError:
    try:
        return await job.done
    except UcityError as error:
        return error
    except Exception:  # whatever it was, it must not keep from the client what became of the others
        log.exception("an entity of a batch could not be stored", tenant=job.tenant, entity=job.id)
        return UcityError()
