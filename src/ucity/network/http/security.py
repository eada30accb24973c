"""Headers that tell browsers what not to do. Source: OWASP, HTTP Security Response Headers Cheat Sheet."""

from collections.abc import Sequence

from ucity.network.http.asgi import ASGIApp, Message, Receive, Scope, Send, state_of

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, and values."""

_ALWAYS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# The map draws in a worker made from a blob, and markers from data; both come from our own scripts. Styles inline,
# because the map and the API's docs set them; scripts never.
_PAGE = (
    b"default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DATA = b"default-src 'none'; frame-ancestors 'none'"
_YEAR = b"max-age=31536000"


class SecurityHeaders:
    """Adds them, and those of ``more``, to every answer that does not set its own."""

    def __init__(self, app: ASGIApp, more: Headers = ()) -> None:
        self._app, self._always = app, (*_ALWAYS, *more)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = [(name.lower(), value) for name, value in message.get("headers", ())]
                _secure(headers, scope, self._always)
            await send(message)

        await self._app(scope, receive, secured)


def _secure(headers: list[tuple[bytes, bytes]], scope: Scope, always: Headers) -> None:
    given = dict(headers)
    is_page = given.get(b"content-type", b"").startswith(b"text/html")
    wanted = [*always, (b"content-security-policy", _PAGE if is_page else _DATA)]
    if scope["scheme"] == "https":
        wanted.append((b"strict-transport-security", _YEAR))
    who = state_of(scope).get("principal")
    if who is not None and who.kind != "anyone":
        wanted.append((b"cache-control", b"private, no-store"))
    headers += [header for header in wanted if header[0] not in given]
