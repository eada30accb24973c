"""Errors as answers: RFC 9457 problem documents, for what ucity raises on purpose and for everything else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ucity.errors import UcityError, Unavailable
from ucity.languages import REQUIRED_LANGUAGES
from ucity.network.http.asgi import ASGIApp, Message, Receive, Scope, Send, state_of
from ucity.network.http.languages import preferred
from ucity.network.http.mistakes import unprocessable

log = structlog.get_logger()
_MEDIA_TYPE = "application/problem+json"
Teller = Callable[[Exception], Response]
"""Makes the answer that tells of an error."""


class Problems:
    """Turns whatever the application raises into a problem document with the request's id. ``tellers``: beginnings of
    paths below which errors are told in another way."""

    def __init__(self, app: ASGIApp, tellers: Mapping[str, Teller] | None = None) -> None:
        self._app, self._tellers = app, tellers or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = whole = False

        async def watched(message: Message) -> None:
            nonlocal begun, whole
            begun = True
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            # The server stops, and has waited for as long as it may. Whoever still listens is told to come again.
            if not begun:
                stopping = Unavailable("The city is stopping. Try again in a moment.", retry_after=5)
                await self._answer(stopping, scope)(scope, receive, send)
            raise
        except Exception as error:
            if not isinstance(error, UcityError | HTTPException):
                log.exception("a request failed", route=str(scope.get("route")))
            if whole:
                return  # it was told of by a handler below
            if begun:
                # Too late for an answer: the connection has to break, or what was sent would look whole.
                raise
            await self._answer(error, scope)(scope, receive, send)

    def _answer(self, error: Exception, scope: Scope) -> Response:
        for start, tell in self._tellers.items():
            if scope["path"].startswith(start):
                return tell(error)
        return problem_response(error, state_of(scope))


async def _told(request: Request, error: Exception) -> Response:
    return problem_response(error, request.scope["state"])


HANDLERS: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    UcityError: _told,
    HTTPException: _told,
    RequestValidationError: _told,
    Exception: _told,
}
"""For the ``exception_handlers`` of a Starlette or FastAPI application, which answers errors itself otherwise."""


def problem_response(error: Exception, state: Mapping[str, Any]) -> Response:
    """The answer that tells of this error; ``state`` has the ``request_id`` and the ``languages`` that are accepted."""
    document, headers = _document(error, state.get("languages", ""))
    document["requestId"] = state.get("request_id", "")
    return Response(msgspec.json.encode(document), document["status"], headers, _MEDIA_TYPE)


def _document(error: Exception, languages: str) -> tuple[dict[str, Any], dict[str, str]]:
    if isinstance(error, RequestValidationError):
        error = unprocessable(error, preferred(languages, REQUIRED_LANGUAGES))
    if isinstance(error, HTTPException):
        document = {"type": "about:blank", "title": error.detail, "status": error.status_code, "detail": error.detail}
        return document, dict(error.headers or {})
    if isinstance(error, UcityError):
        language = preferred(languages, error.texts)
        said_in = {"Content-Language": language, "Vary": "Accept-Language"} if len(error.texts) > 1 else {}
        return error.problem(language), {**error.headers, **said_in}
    hidden = UcityError("The city's own fault. It was logged under this request's id.")
    return hidden.problem(), {}
