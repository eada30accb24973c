"""Who asks, and how often: authentication is the application's, injected; the limit is kept here."""

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from ucity.errors import TooManyRequests
from ucity.network.http.asgi import ASGIApp, Receive, Scope, Send, address_of, headers_of, state_of
from ucity.network.limits import Buckets, address_key


class Who(Protocol):
    """Somebody who asks. ``kind`` is ``anyone`` for a visitor; as text it identifies everybody else."""

    @property
    def kind(self) -> str: ...


Authenticate = Callable[[Mapping[str, str], str], Awaitable[Who]]
"""Headers (lower case) and address of a request to who sent it; raises UcityError."""


class Admission:
    """Puts who asks into ``scope["state"]["principal"]``; makes those wait who ask too often."""

    def __init__(self, app: ASGIApp, *, authenticate: Authenticate, requests: Buckets) -> None:
        self._app, self._authenticate, self._requests = app, authenticate, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            address = address_of(scope)
            who = await self._authenticate(headers_of(scope), address)
            state_of(scope)["principal"] = who
            wait = self._requests.take(address_key(address) if who.kind == "anyone" else str(who))
            if wait:
                raise TooManyRequests("Too many requests at once.", retry_after=math.ceil(wait))
        await self._app(scope, receive, send)
