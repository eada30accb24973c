"""Handlers of JSON-LD contexts: kept for clients, listed, served, deleted, fetched anew.

Whoever may write entities may have contexts kept. Anyone may fetch one that is kept, since answers and entities refer
to it: its id is random, and it is listed only to whoever may read all of its tenant or write. Copies of contexts from
elsewhere serve all tenants, and their addresses, which may tell something of whoever named them, are the city's own
affair: that of the tenant without a name.
Source: ETSI GS CIM 009 V1.9.1, clauses 5.13, 6.29 and 6.30.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.contexts import own_id
from ucity.cloud.ioc.api.ngsi.core_context import without_core
from ucity.cloud.ioc.api.ngsi.errors import (
    BadRequestData,
    LdContextNotAvailable,
    OperationNotSupported,
    ResourceNotFound,
)
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, json_response, links_context, read_json
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.api.ngsi.media import WITHOUT_PLACES, negotiated
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.store.contexts import CACHED, HOSTED, IMPLICIT, KINDS, NoRoomForContext, StoredContext
from ucity.cloud.ioc.store.documents import rfc3339
from ucity.errors import UcityError, Unavailable

ADD = accepted()
LIST = accepted("details kind")
SERVE = accepted("details")
DELETE = accepted("reload")
_ANSWERED = timedelta(days=1)
"""For how long a context has an address that was given to it for an answer."""


async def add(broker: Broker, ask: Exchange) -> Response:
    """POST /jsonldContexts"""
    broker.services.access.check_write_entities(ask.who)
    read_parameters(ask.query, ADD)
    data = await read_json(ask, broker.services.body_bytes)
    if not isinstance(data, dict) or not isinstance(data.get("@context"), dict | list | str):
        raise BadRequestData("The body is an object with an @context.")
    context = {"@context": data["@context"]}
    # Whatever is wrong with it shall be heard of now, and not by whoever uses it.
    await broker.contexts.names(context["@context"])
    id_ = await broker.stored_contexts.host(ask.who.tenant, context, broker.services.clock())
    location = f"{ask.address.rstrip('/')}/{quote(id_, safe=':')}"
    return Response(status_code=201, headers={"Location": location})


async def listed(broker: Broker, ask: Exchange) -> Response:
    """GET /jsonldContexts"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    parameters = read_parameters(ask.query, LIST)
    kind = parameters.text("kind")
    if kind is not None and kind not in KINDS:
        raise BadRequestData(f"kind is one of {', '.join(KINDS)}, not {shown(kind)}.")
    kinds = [each for each in _listable(broker, ask) if kind in (None, each)]
    found = await broker.stored_contexts.all(ask.who.tenant, kinds)
    if parameters.flag("details"):
        return _as(media, [_details(each, ask) for each in found])
    return _as(media, [each.url or own_url(each.id, ask) for each in found])


async def served(broker: Broker, ask: Exchange) -> Response:
    """GET /jsonldContexts/{id}"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    detailed = read_parameters(ask.query, SERVE).flag("details")
    found = await _found(broker, ask)
    if detailed:
        return _as(media, _details(found, ask))
    if found.kind == CACHED:
        raise OperationNotSupported(f"This is a copy; the @context itself is at {found.url}.")
    return _as(media, found.body)


def _as(media: str, data: Any) -> Response:
    response = json_response(data)
    response.headers["content-type"] = media
    return response


async def deleted(broker: Broker, ask: Exchange) -> Response:
    """DELETE /jsonldContexts/{id}"""
    broker.services.access.check_write_entities(ask.who)
    reload = read_parameters(ask.query, DELETE).flag("reload")
    found = await _found(broker, ask)
    if reload and found.kind != CACHED:
        raise BadRequestData("Only copies are fetched anew, and this is none.")
    if found.tenant != ask.who.tenant:
        raise _missing(found.id)
    if reload and found.url is not None:
        try:
            await broker.contexts.reload(found.url)
        except LdContextNotAvailable:
            raise
        except UcityError as error:
            raise LdContextNotAvailable(error.detail) from error
    else:
        await broker.stored_contexts.delete(found.id)
        broker.contexts.forget()
    return Response(status_code=204)


def _listable(broker: Broker, ask: Exchange) -> tuple[str, ...]:
    """The kinds of contexts that are listed to the asker."""
    if _reads_all(broker, ask):
        return KINDS
    return (HOSTED, IMPLICIT) if broker.services.access.writes_entities(ask.who) else ()


def _reads_all(broker: Broker, ask: Exchange) -> bool:
    return broker.reads(ask.who).everything


def _is_seen(broker: Broker, ask: Exchange, found: StoredContext) -> bool:
    return found.kind != CACHED or (found.tenant == ask.who.tenant and _reads_all(broker, ask))


async def _found(broker: Broker, ask: Exchange) -> StoredContext:
    name = ask.path["id"]
    found = await broker.stored_contexts.get(name)
    if found is None or not _is_seen(broker, ask, found):
        raise _missing(name)
    return found


def _missing(name: str) -> ResourceNotFound:
    return ResourceNotFound(f"The city keeps no @context {shown(name)}.")


async def addressed(broker: Broker, ask: Exchange, context: Any, *, until: datetime | None = None) -> str | None:
    """The address of a context that a request brought along, None for the core's: its own, or else one that it gets
    here (clause 5.13.1), for ever or for as long as it is needed. Raises BadRequestData for what is no context."""
    context = without_core(context)
    if until is None:
        await keep_for_good(broker, ask, context)
    if context is None or isinstance(context, str):
        return context
    # Whatever is wrong with it shall be heard of before it is kept.
    await broker.contexts.names(context)
    now = broker.services.clock()
    return own_url(await broker.stored_contexts.keep(ask.who.tenant, {"@context": context}, now, until=until), ask)


async def keep_for_good(broker: Broker, ask: Exchange, context: Any) -> None:
    """Keep what a context names here for as long as nobody deletes it, also if it got its address for an answer."""
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, str) and (id_ := own_id(each)):
            await broker.stored_contexts.keep_for_good(ask.who.tenant, id_, broker.services.clock())


async def answered(broker: Broker, ask: Exchange, media: str, context: Any, names: Names) -> tuple[Any, Names]:
    """The context of an answer, and what its names are shortened by: those of the request.

    Where the answer's context stands in the Link header, one without an address gets one. Who may not have that done,
    or where it cannot be kept, has names shortened by the core alone, which the header can name.
    """
    if not links_context(ask, media):
        return context, names
    until = broker.services.clock() + _ANSWERED
    has_address = isinstance(without_core(context), str | None)
    if has_address or broker.services.access.subscribes(ask.who):
        try:
            return await addressed(broker, ask, context, until=until), names
        except (NoRoomForContext, Unavailable):
            pass
    return None, broker.contexts.core


def own_url(id_: str, ask: Exchange) -> str:
    """Where a context that is kept here is served, below the address at which this API is mounted."""
    url = Request(ask.scope).url
    root = str(ask.scope.get("root_path", "")).rstrip("/")
    return f"{url.scheme}://{url.netloc}{root}/jsonldContexts/{quote(id_, safe=':')}"


def _details(found: StoredContext, ask: Exchange) -> dict[str, Any]:
    shown_: dict[str, Any] = {
        "URL": found.url or own_url(found.id, ask),
        "localId": found.id,
        "kind": found.kind,
        "createdAt": rfc3339(found.created_at),
    }
    if found.expires_at:
        shown_["expiresAt"] = rfc3339(found.expires_at)
    return shown_
