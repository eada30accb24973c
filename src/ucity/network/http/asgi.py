"""The types of ASGI, and what every part of the edge does with a request's scope."""

from collections.abc import Mapping
from typing import Any

from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "ASGIApp",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "address_of",
    "headers_of",
    "route_of",
    "state_of",
    "without_headers",
]


def state_of(scope: Scope) -> dict[str, Any]:
    """What is known of this request: ``request_id``, the ``languages`` that its sender accepts, ``principal``, and
    ``headers`` once somebody has read them."""
    state: dict[str, Any] = scope.setdefault("state", {})
    return state


def headers_of(scope: Scope) -> Mapping[str, str]:
    """The request's headers, names in lower case, a repeated one joined by commas (RFC 9110, 5.2). They are read once,
    for all who ask."""
    state = state_of(scope)
    if "headers" not in state:
        state["headers"] = _read(scope["headers"])
    headers: Mapping[str, str] = state["headers"]
    return headers


def _read(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for each, value in raw:
        name, text = each.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return headers


def without_headers(scope: Scope, *names: bytes) -> None:
    """Take these (lower case) out of the request."""
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in names]
    state_of(scope).pop("headers", None)


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
