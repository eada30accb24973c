"""Handlers that read how entities evolved.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.7.3, 5.7.4, 6.3.10, 6.18.3.2, 6.19.3.1 and 6.24.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.asking import read_selection
from ucity.cloud.ioc.api.ngsi.conformance import NATIVE, Version, preferred
from ucity.cloud.ioc.api.ngsi.durations import periods
from ucity.cloud.ioc.api.ngsi.errors import (
    BadRequestData,
    InvalidRequest,
    ResourceNotFound,
    TooComplexQuery,
    TooManyResults,
)
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, entity_response, partial, preferring, read_body
from ucity.cloud.ioc.api.ngsi.hosting import answered
from ucity.cloud.ioc.api.ngsi.lexical import uri
from ucity.cloud.ioc.api.ngsi.media import WITHOUT_PLACES, negotiated
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import ELSEWHERE, MAPS, Parameters, accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.query_body import query_of
from ucity.cloud.ioc.api.ngsi.reading import page_of, pointers
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.api.ngsi.temporal_asking import Evolution, TemporalForm, read_evolution
from ucity.cloud.ioc.api.ngsi.temporal_filter import filtered, is_filter, valid_scopes
from ucity.cloud.ioc.api.ngsi.temporal_render import (
    aggregated,
    evolved,
    older_aggregates,
    older_evolution,
    older_subject,
)
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store import aggregation, evolution
from ucity.cloud.ioc.store.aggregation import Aggregation
from ucity.cloud.ioc.store.evolution import Instance, Subject, TooManyAtOnce, Wanted
from ucity.cloud.ioc.store.fetching import TooSlow
from ucity.cloud.ioc.store.query.terms import Selection
from ucity.cloud.ioc.store.search import Page

_SHOWN = (
    "attrs pick omit format datasetId lang timerel timeAt endTimeAt timeproperty lastN aggrMethods aggrPeriodDuration"
)
_OPTIONS = "normalized concise simplified keyValues temporalValues aggregatedValues sysAttrs"
_MOST_VALUES = 200_000
"""Aggregated values in one answer at most."""
_PAGE = "limit offset count"
_CONDITIONS = "type id idPattern q georel geometry coordinates geoproperty scopeQ expandValues jsonKeys"
RETRIEVE = accepted(f"{_SHOWN} {MAPS}", options=_OPTIONS)
QUERY = accepted(f"{_SHOWN} {_PAGE} {_CONDITIONS} {ELSEWHERE} {MAPS} orderBy collation", options=_OPTIONS)
QUERY_BY_BODY = accepted(f"{_PAGE} {MAPS} format", options=_OPTIONS)


async def retrieve(broker: Broker, ask: Exchange) -> Response:
    """GET /temporal/entities/{id}"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    id_ = uri(ask.path["id"], "The id of an entity")
    parameters = read_parameters(ask.query, RETRIEVE)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    asked = read_evolution(parameters, names, required=False)
    answer = _Answer(broker, ask, asked, names, media, link)
    subject = await _in_time(lambda: evolution.subject(broker.services.pool, answer.predicate, id_))
    if subject is None:
        raise ResourceNotFound(f"There is no history of an entity {id_}, or none that you may read.")
    return await _in_time(lambda: answer.of([subject], alone=True))


async def query(broker: Broker, ask: Exchange) -> Response:
    """GET /temporal/entities"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    parameters = read_parameters(ask.query, QUERY)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    asked = read_evolution(parameters, names, required=True)
    selection = read_selection(parameters, names, scope=True)
    answer = _Answer(broker, ask, asked, names, media, link)
    return await _in_time(lambda: answer.page(selection, parameters))


async def query_by_body(broker: Broker, ask: Exchange) -> Response:
    """POST /temporal/entityOperations/query"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    outside = read_parameters(ask.query, QUERY_BY_BODY)
    sent = await read_body(ask, broker.services.body_bytes)
    context = sent.context_of(sent.data)
    names = await broker.contexts.names(context)
    body = query_of(sent.data, names, QUERY)
    parameters = Parameters({**body.given, **outside.given})
    asked = read_evolution(parameters, names, required=True)
    selection = read_selection(parameters, names, selectors=body.selectors, local=body.local, scope=True)
    context, names = await answered(broker, ask, media, context, names)
    answer = _Answer(broker, ask, asked, names, media, context)
    return await _in_time(lambda: answer.page(selection, outside))


_Found = TypeVar("_Found")


async def _in_time(work: Callable[[], Awaitable[_Found]]) -> _Found:
    try:
        return await work()
    except TooSlow as error:
        raise TooComplexQuery(error.detail) from error
    except TooManyAtOnce as error:
        raise TooManyResults(error.detail) from error


Shown = list[dict[str, Any]]


@dataclass(frozen=True)
class _Told:
    """What an answer tells, for any version of NGSI-LD. ``part``: where the time that it tells of begins and ends, and
    the most instances of an attribute, where it is not all."""

    shown: Callable[[Version], Shown]
    part: tuple[str, str, int | None] | None = None


@dataclass(frozen=True)
class _Answer:
    """What an answer is made with, once a request has been read."""

    broker: Broker
    ask: Exchange
    asked: Evolution
    names: Names
    media: str
    context: Any

    @property
    def predicate(self) -> Predicate:
        """What the asker may see."""
        return self.broker.reads(self.ask.who)

    async def page(self, selection: Selection, parameters: Parameters) -> Response:
        """One page of the entities that are selected."""
        if any(order.path != "id" or order.origin is not None for order in selection.order):
            raise BadRequestData("Histories are ordered by id alone.")
        limit, offset = page_of(parameters, self.broker.services.page_entities)
        counting = parameters.flag("count")
        found, total = await self._selected(selection, limit, offset, counting=counting)
        response = await self.of(found[:limit])
        if counting:
            response.headers["NGSILD-Results-Count"] = str(total)
        for pointer in pointers(self.ask, parameters, limit, offset, more=len(found) > limit):
            response.headers.append("Link", pointer)
        return response

    async def _selected(
        self, selection: Selection, limit: int, offset: int, *, counting: bool
    ) -> tuple[list[Subject], int | None]:
        """(entities of the page and one more if there is, how many there are)."""
        pool, wanted = self.broker.services.pool, self.asked.selecting
        if is_filter(selection):
            everyone = await filtered(pool, self.predicate, selection, wanted)
            return everyone[offset : offset + limit + 1], len(everyone)
        total = await evolution.count(pool, self.predicate, selection, wanted) if counting else None
        if not limit:
            return [], total
        found = await evolution.subjects(pool, self.predicate, selection, wanted, Page(limit + 1, offset))
        return found, total

    async def of(self, subjects: Sequence[Subject], *, alone: bool = False) -> Response:
        """These entities, in the version of NGSI-LD that the client prefers. ``alone``: one was asked for, and no list
        of them."""
        is_aggregated = self.asked.form is TemporalForm.AGGREGATED
        told = await (self._aggregated(subjects) if is_aggregated else self._evolved(subjects, alone=alone))
        response = self._response(told, NATIVE, alone=alone)
        if (version := preferred(self.ask.headers.get("prefer"))) is not None:
            response = preferring(self._response(told, version, alone=alone), response, version)
        if told.part is not None:
            partial(response, *told.part)
        return response

    def _response(self, told: _Told, version: Version, *, alone: bool) -> Response:
        shown = told.shown(version)
        return entity_response(shown[0] if alone else shown, self.media, self.context)

    async def _evolved(self, subjects: Sequence[Subject], *, alone: bool) -> _Told:
        pool, wanted = self.broker.services.pool, self.asked.wanted
        instances, has_more = await evolution.instances(pool, self.predicate, subjects, wanted)
        if self._shows_scopes and not has_more:
            valid = await valid_scopes(pool, self.predicate, subjects, wanted.interval)
            instances = [*(each for each in instances if each.name != SCOPE), *valid]
        of: dict[int, list[Instance]] = {each.key: [] for each in subjects}
        types = {each.key: each.types for each in subjects}
        for each in instances:
            of[each.entity].append(self._with_unit(each, types[each.entity]))
        kept = [one for one in subjects if of[one.key] or alone or not has_more]

        def shown(version: Version) -> Shown:
            older = [older_evolution(one, of[one.key], version, self.names) for one in kept]
            return [evolved(one, its, self.names, self.asked) for one, its in older]

        if not has_more or not instances:
            return _Told(shown)
        # What was asked for begins there, also where nothing is until the first instance.
        begins = wanted.interval.since if wanted.last is None else wanted.interval.until
        first, last = begins or instances[0].time, instances[-1].time
        return _Told(shown, (_moment(first), _moment(last), wanted.last))

    @property
    def _shows_scopes(self) -> bool:
        """Whether scopes are shown that were set before the time that is asked about."""
        wanted = self.asked.wanted
        is_asked = wanted.attributes is None or SCOPE in wanted.attributes
        return is_asked and wanted.interval.stated and wanted.last is None and wanted.interval.property != "deletedAt"

    def _with_unit(self, instance: Instance, types: list[str]) -> Instance:
        """History keeps the numbers of readings without the unit, which their stream declares."""
        attribute = instance.attribute
        if attribute["type"] != "Property" or "unitCode" in attribute or isinstance(attribute["value"], str | bool):
            return instance
        code = self.broker.declared.unit_code(types, instance.name)
        return replace(instance, attribute={**attribute, "unitCode": code}) if code else instance

    async def _span(self, subjects: Sequence[Subject], wanted: Wanted) -> tuple[datetime, datetime] | None:
        """The time that aggregates are about: what was asked for, or that of all there is, if anything is."""
        since, until = wanted.interval.since, wanted.interval.until
        if since is not None and until is not None:
            return since, until
        return await aggregation.span(self.broker.services.pool, self.predicate, subjects, wanted) if subjects else None

    async def _aggregated(self, subjects: Sequence[Subject]) -> _Told:
        pool, wanted = self.broker.services.pool, self.asked.wanted
        interval = wanted.interval
        times = await self._span(subjects, wanted)
        begins: list[datetime] = []
        until, found = self.broker.since, list[aggregation.Aggregate]()
        most = _MOST_VALUES // max(1, len(self.asked.methods))
        if times is not None:
            begins, until = periods(interval.since or times[0], times[1], interval.until, self.asked.duration)
            how = Aggregation(self.asked.methods, begins, most + 1)
            found = await aggregation.aggregates(pool, self.predicate, subjects, wanted, how)
        if self.asked.named:
            _check_methods(found)
        if len(found) > most:
            raise TooManyResults(
                f"These are more than {_MOST_VALUES} values. Ask for longer periods, or for less time."
            )

        def shown(version: Version) -> Shown:
            known = older_aggregates(found, version)
            return [
                aggregated(
                    older_subject(each, version),
                    [one for one in known if one.entity == each.key],
                    self.names,
                    self.asked,
                    (begins, until),
                )
                for each in subjects
            ]

        return _Told(shown)


def _check_methods(found: Sequence[aggregation.Aggregate]) -> None:
    for each in found:
        if missing := [method for method, value in each.values.items() if value is None]:
            raise InvalidRequest(f"The values of {each.name} have no {missing[0]}.")


def _moment(time: datetime) -> str:
    """A time of Content-Range, UTC, with as many digits of a second as tell it from others."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat()
