"""Addresses that no part of the city can take: those with the character NUL, which no text in PostgreSQL may hold, and
paths of several lines, which name nothing."""

from ucity.blueprint import Text
from ucity.errors import BadInput, NotFound
from ucity.network.http.asgi import ASGIApp, Receive, Scope, Send

_NUL: Text = {
    "ko": "질의에는 NUL 문자를 쓸 수 없습니다. 빼 주세요.",
    "en": "A query cannot hold the character NUL: leave it out.",
}


class Addresses:
    """Refuses them here, once, so that no endpoint has to think of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not {"\x00", "\n"}.isdisjoint(scope["path"]):
            raise NotFound
        if scope["type"] == "http" and b"%00" in scope["query_string"]:
            raise BadInput(_NUL)
        await self._app(scope, receive, send)
