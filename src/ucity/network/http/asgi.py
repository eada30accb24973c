"""The types of ASGI, and what every part of the edge does with a request's scope."""

from typing import Any

from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ASGIApp", "Message", "Receive", "Scope", "Send", "address_of", "route_of", "state_of"]


def state_of(scope: Scope) -> dict[str, Any]:
    """What is known of this request: ``request_id``, the ``languages`` that its sender accepts, ``principal``."""
    state: dict[str, Any] = scope.setdefault("state", {})
    return state


def address_of(scope: Scope) -> str:
    """The address that the request came from; empty when there is none, as on a Unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def route_of(scope: Scope) -> str:
    """The pattern of the path that was matched: unlike the path itself it names no thing or person."""
    route, root = scope.get("route"), scope.get("root_path", "")
    if isinstance(route, Mount):  # whose path is part of the root by now
        return f"{root}/*"
    path = getattr(route, "path", None)
    return "unmatched" if path is None else f"{root}{path}"
