"""Handlers that read: one entity, or those that a query selects.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.9, 5.7.1, 5.7.2, 6.4.3.2, 6.5.3.1 and 6.23.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.asking import Shown, read_selection, read_shown
from ucity.cloud.ioc.api.ngsi.conformance import older, preferred
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, ResourceNotFound, TooComplexQuery
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, entity_response, geo_response, preferring, read_body
from ucity.cloud.ioc.api.ngsi.hosting import answered
from ucity.cloud.ioc.api.ngsi.joining import joined, rendered
from ucity.cloud.ioc.api.ngsi.lexical import uri
from ucity.cloud.ioc.api.ngsi.media import GEO_JSON, LD_JSON, negotiated
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import ELSEWHERE, MAPS, Parameters, accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.query_body import query_of
from ucity.cloud.ioc.api.ngsi.render import feature, render
from ucity.cloud.ioc.api.ngsi.selection import read_types
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.fetching import TooSlow
from ucity.cloud.ioc.store.query.terms import Selection
from ucity.cloud.ioc.store.search import Page, search

_VIEW = "attrs pick omit format datasetId lang join joinLevel containedBy geometryProperty"
_OPTIONS = "normalized concise simplified keyValues sysAttrs"
_PAGE = "limit offset count"
_CONDITIONS = "type id idPattern q georel geometry coordinates geoproperty scopeQ expandValues jsonKeys"
_ORDER = "orderBy orderFrom orderGeometry collation"
RETRIEVE = accepted(f"{_VIEW} {MAPS} type", options=_OPTIONS)
QUERY = accepted(f"{_VIEW} {_PAGE} {_CONDITIONS} {ELSEWHERE} {MAPS} {_ORDER}", options=_OPTIONS)
QUERY_BY_BODY = accepted(f"{_PAGE} {MAPS} format", options=_OPTIONS)
PAGE = 20


async def retrieve(broker: Broker, ask: Exchange) -> Response:
    """GET /entities/{id}"""
    media = negotiated(ask.headers.get("accept"))
    id_ = uri(ask.path["id"], "The id of an entity")
    parameters = read_parameters(ask.query, RETRIEVE)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    how = read_shown(parameters, names, media)
    types = read_types(parameters.text("type"), names)
    doc = await broker.finder.find(broker.reads(ask.who), id_)
    if doc is None or not types.match(doc.types):
        raise ResourceNotFound(f"There is no entity {id_}, or none that you may read.")
    if how.view.attributes is not None and how.view.attributes.isdisjoint(doc.attrs):
        raise ResourceNotFound(f"The entity {id_} has none of the attributes in attrs.")
    if media == GEO_JSON or how.join.level or "prefer" in ask.headers:
        return await _Answer(broker, ask, names, how, media, link).entities([doc], alone=True)
    return entity_response(render(doc, names, how.view), media, link)


async def query(broker: Broker, ask: Exchange) -> Response:
    """GET /entities"""
    media = negotiated(ask.headers.get("accept"))
    parameters = read_parameters(ask.query, QUERY)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    how = read_shown(parameters, names, media)
    selection = read_selection(parameters, names)
    return await _Answer(broker, ask, names, how, media, link).page(selection, parameters)


async def query_by_body(broker: Broker, ask: Exchange) -> Response:
    """POST /entityOperations/query"""
    media = negotiated(ask.headers.get("accept"))
    outside = read_parameters(ask.query, QUERY_BY_BODY)
    sent = await read_body(ask, broker.services.body_bytes)
    context = sent.context_of(sent.data)
    names = await broker.contexts.names(context)
    asked = query_of(sent.data, names, QUERY)
    parameters = Parameters({**asked.given, **outside.given})
    how = read_shown(parameters, names, media)
    selection = read_selection(parameters, names, selectors=asked.selectors, local=asked.local)
    context, names = await answered(broker, ask, media, context, names)
    return await _Answer(broker, ask, names, how, media, context).page(selection, outside)


@dataclass(frozen=True)
class _Answer:
    """What an answer is made with, once a request has been read."""

    broker: Broker
    ask: Exchange
    names: Names
    how: Shown
    media: str
    context: Any

    async def page(self, selection: Selection, parameters: Parameters) -> Response:
        """One page of the entities that are selected."""
        limit, offset = page_of(parameters, self.broker.services.page_entities)
        # One more than is shown tells whether there is another page.
        page = Page(limit + 1 if limit else 0, offset, counted=parameters.flag("count"))
        try:
            found = await search(self.broker.services.pool, self._predicate, selection, page)
        except TooSlow as error:
            raise TooComplexQuery(error.detail) from error
        response = await self.entities(found.documents[:limit])
        if page.counted:
            response.headers["NGSILD-Results-Count"] = str(found.total)
        for pointer in pointers(self.ask, parameters, limit, offset, more=len(found.documents) > limit):
            response.headers.append("Link", pointer)
        return response

    @property
    def _predicate(self) -> Predicate:
        return self.broker.reads(self.ask.who)

    async def entities(self, docs: Sequence[Document], *, alone: bool = False) -> Response:
        """These entities and what is joined to them, in the version of NGSI-LD that the client prefers. ``alone``: one
        was asked for, and no list of them."""
        view, join = self.how.view, self.how.join
        linked = await joined(self.broker.finder, self._predicate, docs, view, join) if join.level else {}
        version = preferred(self.ask.headers.get("prefer")) if self.media != GEO_JSON else None
        newest = self._shown(docs, linked, alone=alone)
        if version is None:
            return newest
        beside = {id_: older(each, version, self.names) for id_, each in linked.items()}
        shown = self._shown([older(each, version, self.names) for each in docs], beside, alone=alone)
        return preferring(shown, newest, version)

    def _shown(self, docs: Sequence[Document], linked: Mapping[str, Document], *, alone: bool) -> Response:
        join = self.how.join
        shown = rendered(docs, linked, self.names, self.how.view, join)
        alone = alone and (join.inline or not join.level)
        if self.media == GEO_JSON:
            features = [feature(*each, self.how.geometry) for each in shown]
            whole = features[0] if alone else {"type": "FeatureCollection", "features": features}
            return geo_response(whole, self.ask, self.context)
        entities = [entity for entity, _, _ in shown]
        return entity_response(entities[0] if alone else entities, self.media, self.context)


def page_of(parameters: Parameters, most: int) -> tuple[int, int]:
    """(limit, offset) of the page that is asked for."""
    limit = parameters.number("limit", PAGE, most)
    if limit == 0 and not parameters.flag("count"):
        raise BadRequestData("limit=0 only goes with count=true.")
    return limit, parameters.number("offset", 0)


def pointers(ask: Exchange, parameters: Parameters, limit: int, offset: int, *, more: bool) -> list[str]:
    """Link headers to the page after and the page before."""
    pages = []
    if more and limit:
        pages.append(("next", offset + limit))
    if offset and limit:
        pages.append(("prev", max(0, offset - limit)))
    same = parameters.given
    return [
        f'<{ask.address}?{urlencode({**same, "limit": limit, "offset": at})}>; rel="{rel}"; type="{LD_JSON}"'
        for rel, at in pages
    ]
