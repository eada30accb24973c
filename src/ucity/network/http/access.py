"""Request ids, the access log and the request metrics.

A log line holds what an operator needs and nothing of a person: the route's pattern in place of the path, no query, no
address; the key's id or the device's name in place of what they prove themselves with.
"""

import random
import re
import time
from functools import lru_cache

import structlog
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars, reset_contextvars

from ucity.network.http.asgi import ASGIApp, Message, Receive, Scope, Send, headers_of, route_of, state_of

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = Histogram(
    "ucity_http_request_seconds",
    "Time until the answer begins.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)

_seconds = lru_cache(2000)(SECONDS.labels)
"""Finding the labels each time costs as much as all the rest of the edge."""

log = structlog.get_logger()
_ids = random.Random()  # noqa: S311 - they have to differ, and need not be hard to guess


class AccessLog:
    """The outermost part: it sees every request, and the answer that really went out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        request_id = _request_id(headers.get("x-request-id", ""))
        state_of(scope).update(request_id=request_id, languages=headers.get("accept-language", ""))
        answer = _Answer(send, request_id)
        bound = bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            _tell(scope, answer)
            reset_contextvars(**bound)


class _Answer:
    """Watches an answer go out."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.began = time.perf_counter()
        self.waited = 0.0
        self.status = 0
        self.bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.waited = time.perf_counter() - self.began
            named = (b"x-request-id", self._request_id.encode())
            message["headers"] = [*message.get("headers", ()), named]
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)


def _request_id(given: str) -> str:
    """The sender's own id where it is harmless to repeat, so that it can follow its request; else a new one."""
    return given if given and _ID.fullmatch(given) else f"{_ids.getrandbits(64):016x}"


def _tell(scope: Scope, answer: _Answer) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = route_of(scope)
    _seconds(method, route, answer.status).observe(answer.waited)
    log.info(
        "request",
        method=method,
        route=route,
        status=answer.status,
        ms=round((time.perf_counter() - answer.began) * 1000, 1),
        bytes=answer.bytes,
        who=str(state_of(scope).get("principal", "")),
    )
