"""Handlers of subscriptions.

A subscription belongs to the key that made it: only who made it sees and changes it, and who manages the city.
Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.8, 5.8.1 to 5.8.5, 6.10 and 6.11.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.responses import Response

from ucity.cloud.ioc.api.ngsi.core_context import CORE_URL
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, entity_response, read_body
from ucity.cloud.ioc.api.ngsi.hosting import addressed, keep_for_good
from ucity.cloud.ioc.api.ngsi.lexical import NULL, check_json, date_time, shown, uri
from ucity.cloud.ioc.api.ngsi.media import WITHOUT_PLACES, negotiated
from ucity.cloud.ioc.api.ngsi.merging import merged_json
from ucity.cloud.ioc.api.ngsi.parameters import accepted, read_parameters
from ucity.cloud.ioc.api.ngsi.reading import page_of, pointers
from ucity.cloud.ioc.api.ngsi.services import Broker
from ucity.cloud.ioc.api.ngsi.subscriptions import showing
from ucity.cloud.ioc.api.ngsi.subscriptions.content import OUTPUT, SENDING_OUTPUT, Parsed, parsed
from ucity.cloud.ioc.api.ngsi.subscriptions.sections import Recorder, sections_in
from ucity.cloud.ioc.policy import Principal
from ucity.cloud.ioc.store.alterations import ANY_TYPE
from ucity.cloud.ioc.store.subscriptions import Content, Subscription

WRITE = accepted()
LIST = accepted("limit offset count", options="sysAttrs")
GET = accepted(options="sysAttrs")
_QUERIES = ("q", "csf")


async def create(broker: Broker, ask: Exchange) -> Response:
    """POST /subscriptions"""
    broker.services.access.check_subscribe(ask.who)
    read_parameters(ask.query, WRITE)
    sent = await read_body(ask, broker.services.body_bytes)
    given = _members(sent.data)
    check_json(given, "The subscription")
    _check_future(broker, given)
    id_ = uri(given.pop("id"), "The id of a subscription") if "id" in given else f"urn:ngsi-ld:Subscription:{uuid4()}"
    context = sent.context_of(sent.data)
    names = await broker.contexts.names(context)
    recorder = Recorder(names, frozenset(sections_in(given)) | {"geoQ"}, {})
    content = _content(broker, given, recorder, None, strict=True)
    tenant, owner = ask.who.tenant, str(ask.who)
    # What is refused must not take the room of what is kept.
    await broker.subscriptions.check_new(tenant, id_, owner)
    await _keep_named(broker, ask, given)
    content = replace(content, context=await addressed(broker, ask, context) or CORE_URL)
    found = await broker.subscriptions.create(tenant, id_, owner, content, broker.services.clock())
    location = f"{ask.address.rstrip('/')}/{quote(found.id, safe=':')}"
    return Response(status_code=201, headers={"Location": location})


async def listed(broker: Broker, ask: Exchange) -> Response:
    """GET /subscriptions"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    broker.services.access.check_subscribe(ask.who)
    parameters = read_parameters(ask.query, LIST)
    limit, offset = page_of(parameters, broker.services.page_entities)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    found, total = await broker.subscriptions.page(ask.who.tenant, _owner(broker, ask.who), limit, offset)
    now, system = broker.services.clock(), "sysAttrs" in parameters.options()
    response = entity_response([showing.shown(each, names, now, system=system) for each in found], media, link)
    if parameters.flag("count"):
        response.headers["NGSILD-Results-Count"] = str(total)
    for pointer in pointers(ask, parameters, limit, offset, more=offset + limit < total):
        response.headers.append("Link", pointer)
    return response


async def retrieve(broker: Broker, ask: Exchange) -> Response:
    """GET /subscriptions/{id}"""
    media = negotiated(ask.headers.get("accept"), WITHOUT_PLACES)
    broker.services.access.check_subscribe(ask.who)
    parameters = read_parameters(ask.query, GET)
    link = ask.linked_context()
    names = await broker.contexts.names(link)
    found = await broker.subscriptions.get(ask.who.tenant, _id(ask), _owner(broker, ask.who))
    system = "sysAttrs" in parameters.options()
    return entity_response(showing.shown(found, names, broker.services.clock(), system=system), media, link)


async def update(broker: Broker, ask: Exchange) -> Response:
    """PATCH /subscriptions/{id}"""
    broker.services.access.check_subscribe(ask.who)
    id_ = _id(ask)
    read_parameters(ask.query, WRITE)
    sent = await read_body(ask, broker.services.body_bytes)
    fragment = _members(sent.data, nulls=True)
    check_json(fragment, "The fragment", nulls=True)
    if fragment.pop("id", id_) != id_:
        raise BadRequestData("The id of a subscription cannot be changed.")
    _check_future(broker, fragment)
    names = await broker.contexts.names(sent.context_of(sent.data))
    await broker.subscriptions.get(ask.who.tenant, id_, _owner(broker, ask.who))
    await _keep_named(broker, ask, fragment)

    def apply(before: Subscription) -> Content:
        document = _revived(changed_document(before.document, fragment), before, fragment, broker.services.clock())
        recorder = Recorder(names, sections_in(fragment), before.terms)
        return _content(broker, document, recorder, before.context, strict=not fragment.keys().isdisjoint(_QUERIES))

    await broker.subscriptions.change(ask.who.tenant, id_, _owner(broker, ask.who), apply, broker.services.clock())
    return Response(status_code=204)


async def delete(broker: Broker, ask: Exchange) -> Response:
    """DELETE /subscriptions/{id}"""
    broker.services.access.check_subscribe(ask.who)
    read_parameters(ask.query, WRITE)
    await broker.subscriptions.delete(ask.who.tenant, _id(ask), _owner(broker, ask.who), broker.services.clock())
    return Response(status_code=204)


def changed_document(document: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the members of a fragment in the place of its own (clause 5.5.8)."""
    kept = {name: value for name, value in document.items() if name not in fragment}
    changed: dict[str, Any] = merged_json(kept, fragment)
    return changed


def _revived(
    document: dict[str, Any], before: Subscription, fragment: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Clause 5.8.2.4: what had expired and is only given a new end is active, even if it was paused once."""
    is_given_time = fragment.get("expiresAt", NULL) != NULL and "isActive" not in fragment
    if is_given_time and showing.status_of(before.document, now) == "expired":
        return {name: value for name, value in document.items() if name != "isActive"}
    return document


async def _keep_named(broker: Broker, ask: Exchange, said: Mapping[str, Any]) -> None:
    """Keep the ``jsonldContext`` that is given for as long as nobody deletes it, once it has been understood."""
    if isinstance(named := said.get("jsonldContext"), str) and named != NULL:
        await broker.contexts.names(named)
        await keep_for_good(broker, ask, named)


def _id(ask: Exchange) -> str:
    return uri(ask.path["id"], "The id of a subscription")


def _owner(broker: Broker, who: Principal) -> str | None:
    """Whose subscriptions are meant; None for those of all of the tenant."""
    return None if broker.services.access.sees_all_subscriptions(who) else str(who)


def _members(data: Any, *, nulls: bool = False) -> dict[str, Any]:
    """What a body says, without its context and what only the city says. ``nulls``: JSON's null removes, as NGSI-LD's
    does; otherwise it is absent."""
    if not isinstance(data, dict):
        raise BadRequestData(f"A subscription is an object, not {shown(data)}.")
    given = {name.removeprefix("@") if name in ("@id", "@type") else name: value for name, value in data.items()}
    kept = {name: _nulled(value, nulls=nulls) for name, value in given.items() if name not in (*OUTPUT, "@context")}
    if isinstance(notification := kept.get("notification"), dict):
        kept["notification"] = {name: each for name, each in notification.items() if name not in SENDING_OUTPUT}
    return kept if nulls else {name: value for name, value in kept.items() if value is not None}


def _nulled(value: Any, *, nulls: bool) -> Any:
    if isinstance(value, dict):
        inside = {name: _nulled(each, nulls=nulls) for name, each in value.items()}
        return inside if nulls else {name: each for name, each in inside.items() if each is not None}
    return NULL if value is None and nulls else value


def _content(broker: Broker, document: Mapping[str, Any], recorder: Recorder, context: Any, *, strict: bool) -> Content:
    """The content of a subscription, once all that it says has been understood. ``strict``: its query is new."""
    found = parsed(document, recorder, private=broker.services.private_receivers, strict=strict)
    return Content(
        document=document,
        terms=recorder.terms(),
        context=context,
        endpoint=found.way.uri,
        types=_types(found),
        every=found.every if found.is_active else None,
    )


def _types(found: Parsed) -> frozenset[str]:
    """The types of which changes matter; of those that an entity must have all, one is enough."""
    if not found.is_active or found.every is not None:
        return frozenset()
    selectors = found.selection.selectors
    if not selectors or not all(each.types for each in selectors):
        return frozenset({ANY_TYPE})
    return frozenset(group[0] for each in selectors for group in each.types)


def _check_future(broker: Broker, fragment: Mapping[str, Any]) -> None:
    """Clause 5.8.2.4: an end that is given lies ahead, whatever else the fragment says."""
    until = fragment.get("expiresAt", NULL)
    if (
        until != NULL
        and showing.status_of({"expiresAt": date_time(until, "expiresAt")}, broker.services.clock()) == "expired"
    ):
        raise BadRequestData("expiresAt lies in the past.")
