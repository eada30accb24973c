"""The NGSI-LD API as an ASGI application, to be mounted at ``/ngsi-ld/v1``.

Source: ETSI GS CIM 009 V1.9.1, clause 6 (HTTP binding).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ucity.cloud.ioc.api.ngsi import batch, discovery, hosting, reading, temporal, temporal_writing, writing
from ucity.cloud.ioc.api.ngsi.errors import MethodNotAllowed, NonexistentTenant, ResourceNotFound
from ucity.cloud.ioc.api.ngsi.exchange import Exchange, error_response, exchange, json_response
from ucity.cloud.ioc.api.ngsi.openapi import document
from ucity.cloud.ioc.api.ngsi.services import Broker, NgsiServices
from ucity.cloud.ioc.api.ngsi.subscriptions import handlers
from ucity.cloud.ioc.store.tenants import is_there
from ucity.errors import UcityError, Unauthenticated

Handler = Callable[[Broker, Exchange], Awaitable[Response]]

_ENTITIES: Mapping[str, Handler] = {"GET": reading.query, "POST": writing.create, "DELETE": batch.purge}
_ENTITY: Mapping[str, Handler] = {
    "GET": reading.retrieve,
    "PUT": writing.replace,
    "PATCH": writing.merge,
    "DELETE": writing.delete,
}
_ATTRIBUTES: Mapping[str, Handler] = {"POST": writing.append, "PATCH": writing.update}
_ATTRIBUTE: Mapping[str, Handler] = {
    "PATCH": writing.patch_attribute,
    "PUT": writing.replace_attribute,
    "DELETE": writing.delete_attribute,
}
_EVOLUTIONS: Mapping[str, Handler] = {"GET": temporal.query, "POST": temporal_writing.create}
_EVOLUTION_ATTRIBUTES: Mapping[str, Handler] = {"POST": temporal_writing.append}
_EVOLUTION_INSTANCE: Mapping[str, Handler] = {
    "PATCH": temporal_writing.modify_instance,
    "DELETE": temporal_writing.delete_instance,
}
_CONTEXTS: Mapping[str, Handler] = {"GET": hosting.listed, "POST": hosting.add}
_SUBSCRIPTIONS: Mapping[str, Handler] = {"GET": handlers.listed, "POST": handlers.create}
_SUBSCRIPTION: Mapping[str, Handler] = {
    "GET": handlers.retrieve,
    "PATCH": handlers.update,
    "DELETE": handlers.delete,
}
RESOURCES: tuple[tuple[str, Mapping[str, Handler]], ...] = (
    ("/entities", _ENTITIES),
    ("/entities/", _ENTITIES),
    ("/entities/{id:path}/attrs", _ATTRIBUTES),
    ("/entities/{id:path}/attrs/", _ATTRIBUTES),
    ("/entities/{id:path}/attrs/{attr:path}", _ATTRIBUTE),
    ("/entities/{id:path}", _ENTITY),
    ("/entityOperations/create", {"POST": batch.create}),
    ("/entityOperations/upsert", {"POST": batch.upsert}),
    ("/entityOperations/update", {"POST": batch.update}),
    ("/entityOperations/merge", {"POST": batch.merge}),
    ("/entityOperations/delete", {"POST": batch.delete}),
    ("/entityOperations/query", {"POST": reading.query_by_body}),
    ("/temporal/entities", _EVOLUTIONS),
    ("/temporal/entities/", _EVOLUTIONS),
    ("/temporal/entities/{id:path}/attrs", _EVOLUTION_ATTRIBUTES),
    ("/temporal/entities/{id:path}/attrs/", _EVOLUTION_ATTRIBUTES),
    ("/temporal/entities/{id:path}/attrs/{attr}/{instance}", _EVOLUTION_INSTANCE),
    ("/temporal/entities/{id:path}/attrs/{attr:path}", {"DELETE": temporal_writing.delete_attribute}),
    ("/temporal/entities/{id:path}", {"GET": temporal.retrieve, "DELETE": temporal_writing.delete}),
    ("/temporal/entityOperations/query", {"POST": temporal.query_by_body}),
    ("/types", {"GET": discovery.types}),
    ("/types/", {"GET": discovery.types}),
    ("/types/{type:path}", {"GET": discovery.type_}),
    ("/attributes", {"GET": discovery.attributes}),
    ("/attributes/", {"GET": discovery.attributes}),
    ("/attributes/{attr:path}", {"GET": discovery.attribute}),
    ("/jsonldContexts", _CONTEXTS),
    ("/jsonldContexts/", _CONTEXTS),
    ("/jsonldContexts/{id:path}", {"GET": hosting.served, "DELETE": hosting.deleted}),
    ("/subscriptions", _SUBSCRIPTIONS),
    ("/subscriptions/", _SUBSCRIPTIONS),
    ("/subscriptions/{id:path}", _SUBSCRIPTION),
    ("/info/sourceIdentity", {"GET": discovery.source}),
)
"""Addresses, and what answers to which method there. The first that fits is taken: ids may hold slashes."""
_MAKING_TENANTS = frozenset({writing.create, batch.create, temporal_writing.create, handlers.create})
"""Operations that make the tenant that they name (clause 5.5.10)."""


_WITH_PLACES = frozenset({reading.retrieve, reading.query, reading.query_by_body})
"""Operations that answer in GeoJSON, too (clause 6.3.4)."""


async def _openapi(broker: Broker, _: Exchange) -> Response:
    return json_response(_document(is_open=broker.services.access.open))


@lru_cache
def _document(*, is_open: bool) -> dict[str, Any]:
    return document(RESOURCES, is_open=is_open)


class Resource:
    """One address, as an ASGI application."""

    def __init__(self, broker: Broker, methods: Mapping[str, Handler]) -> None:
        self._broker = broker
        self._methods = {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(exchange(scope, receive))
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _answer(self, ask: Exchange) -> Response:
        try:
            handler = self._methods.get(ask.method)
            if handler is None:
                raise MethodNotAllowed(", ".join(sorted(self._methods)))
            ask.check_snapshot()
            if handler not in _WITH_PLACES:
                ask.check_no_places()
            response = await handler(self._broker, await self._in_tenant(handler, ask))
        except UcityError as error:
            response = error_response(error, self._broker.services.context_status)
        if tenant := ask.headers.get("ngsild-tenant"):
            response.headers["NGSILD-Tenant"] = tenant
        return response

    async def _in_tenant(self, handler: Handler, ask: Exchange) -> Exchange:
        """The exchange as one of the tenant that it names (clause 5.5.10)."""
        tenant, services = ask.tenant, self._broker.services
        if tenant == ask.who.tenant:
            return ask
        who = services.access.in_tenant(ask.who, tenant)
        if who is None and ask.who.kind == "anyone":
            raise Unauthenticated("Naming a tenant needs a key of it. Send it as 'Authorization: Bearer <key>'.")
        if who is None or not (handler in _MAKING_TENANTS or await is_there(services.pool, tenant)):
            raise NonexistentTenant("There is no such tenant, or this key is not of it.")
        return replace(ask, who=who)


def ngsi_ld(services: NgsiServices) -> ASGIApp:
    """The application. Whoever mounts it puts the principal into ``scope["state"]["principal"]``; without one, it is
    anyone."""
    broker = Broker(services)
    # An address is looked for among those alone that begin as it does: a read by id costs little more than that.
    routes: dict[str, list[Route]] = {}
    for address, methods in (("/openapi.json", {"GET": _openapi}), *RESOURCES):
        routes.setdefault(_first_word(address), []).append(Route(address, Resource(broker, methods)))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # As it was sent: a slash that is encoded is part of an id or a name.
        path = scope["raw_path"].decode("utf-8", "replace").removeprefix(scope.get("root_path", ""))
        for route in routes.get(_first_word(path), ()):
            if found := route.path_regex.match(path):
                scope.update(route=route, path_params={name: unquote(each) for name, each in found.groupdict().items()})
                await route.endpoint(scope, receive, send)
                return
        unknown = ResourceNotFound("There is no such address in this API.")
        await error_response(unknown, services.context_status)(scope, receive, send)

    return answer


def _first_word(path: str) -> str:
    return path[1:].partition("/")[0]
