"""Handlers that read: one entity, or those that a query selects. Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.9, 5.7.1,
5.7.2, 6.4.3.2 and 6.5.3.1."""

from urllib.parse import urlencode

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, ResourceNotFound, TooComplexQuery
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, entity_response
from ucity.cloud.ioc.api.ngsi.lexical import uri
from ucity.cloud.ioc.api.ngsi.media import LD_JSON, negotiated
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import Parameters, accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.render import View, render
from ucity.cloud.ioc.api.ngsi.selection import Types, read_attributes, read_members, read_types
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.store import entities
from ucity.cloud.ioc.store.entities import Selection, TooSlow

_VIEW = "attrs pick omit format datasetId"
_OPTIONS = "normalized concise simplified keyValues sysAttrs"
_LATER = "lang join joinLevel containedBy entityMap entityMapLifetime geometryProperty"
RETRIEVE = accepted(f"{_VIEW} type", options=_OPTIONS, later=_LATER)
QUERY = accepted(
    f"{_VIEW} type id idPattern limit offset count",
    options=_OPTIONS,
    later=f"{_LATER} q georel geometry coordinates geoproperty scopeQ orderBy orderFrom orderGeometry collation"
    " expandValues jsonKeys",
)
PAGE = 20
_LONGEST_PATTERN = 512


async def retrieve(broker: Broker, ask: Exchange) -> Response:
    """GET /entities/{id}"""
    media = negotiated(ask.headers.get("accept"))
    id_ = uri(ask.path["id"], "The id of an entity")
    parameters = read_parameters(ask.query, RETRIEVE)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    view = read_view(parameters, names)
    types = read_types(parameters.text("type"), names)
    doc = await broker.finder.find(broker.reads(ask.who), id_)
    if doc is None or not types.match(doc.types):
        raise ResourceNotFound(f"There is no entity {id_}, or none that you may read.")
    if view.attributes is not None and view.attributes.isdisjoint(doc.attrs):
        raise ResourceNotFound(f"The entity {id_} has none of the attributes in attrs.")
    return entity_response(render(doc, names, view), media, link)


_PLAIN = View()


def read_view(parameters: Parameters, names: Names) -> View:
    """What is to be shown of entities."""
    if not parameters.given:
        return _PLAIN
    return View(
        form=parameters.form(),
        system="sysAttrs" in parameters.options(),
        attributes=read_attributes(parameters.text("attrs"), names),
        pick=read_members(parameters.text("pick"), names, "pick"),
        omit=read_members(parameters.text("omit"), names, "omit"),
        datasets=parameters.datasets(),
    )


async def query(broker: Broker, ask: Exchange) -> Response:
    """GET /entities"""
    media = negotiated(ask.headers.get("accept"))
    parameters = read_parameters(ask.query, QUERY)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    view = read_view(parameters, names)
    selection = read_selection(parameters, view, names)
    limit, offset = _page(parameters, broker.services.page_entities)
    pool, predicate = broker.services.pool, broker.reads(ask.who)
    headers = {}
    try:
        if parameters.flag("count"):
            headers["NGSILD-Results-Count"] = str(await entities.count(pool, predicate, selection))
        found = await entities.select(pool, predicate, selection, limit=limit + 1, offset=offset) if limit else []
    except TooSlow as error:
        raise TooComplexQuery(error.detail) from error
    response = entity_response([render(doc, names, view) for doc in found[:limit]], media, link, headers)
    for pointer in _pointers(ask, parameters, limit, offset, more=len(found) > limit):
        response.headers.append("Link", pointer)
    return response


def read_selection(parameters: Parameters, view: View, names: Names) -> Selection:
    """Which entities a query means. Raises BadRequestData for one that means all without saying so."""
    type_text = parameters.text("type")
    is_local = parameters.flag("local") or type_text == "*"
    if type_text == "*" and parameters.given.get("local") == "false":
        raise BadRequestData("type=* asks for what is here, and local=false for what is elsewhere.")
    if type_text is None and view.attributes is None and not is_local:
        raise BadRequestData("This query is too wide. Give type or attrs, or local=true.")
    types = Types() if type_text == "*" else read_types(type_text, names)
    ids = parameters.text("id")
    pattern = parameters.text("idPattern")
    if pattern is not None and len(pattern) > _LONGEST_PATTERN:
        raise BadRequestData(f"idPattern has at most {_LONGEST_PATTERN} characters.")
    return Selection(
        types=types.groups,
        ids=tuple(uri(each, "Each id") for each in ids.split(",")) if ids else (),
        id_pattern=pattern,
        attributes=view.attributes or frozenset(),
    )


def _page(parameters: Parameters, most: int) -> tuple[int, int]:
    limit = parameters.number("limit", PAGE, most)
    if limit == 0 and not parameters.flag("count"):
        raise BadRequestData("limit=0 only goes with count=true.")
    return limit, parameters.number("offset", 0)


def _pointers(ask: Exchange, parameters: Parameters, limit: int, offset: int, *, more: bool) -> list[str]:
    """Link headers to the page after and the page before."""
    pages = []
    if more:
        pages.append(("next", offset + limit))
    if offset and limit:
        pages.append(("prev", max(0, offset - limit)))
    same = parameters.given
    return [
        f'<{ask.address}?{urlencode({**same, "limit": limit, "offset": at})}>; rel="{rel}"; type="{LD_JSON}"'
        for rel, at in pages
    ]
