"""What the city's own API is built from, and what every endpoint does first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

from fastapi import Depends, Path, Request

from ucity.blueprint import Catalogue, Declared
from ucity.cloud.ioc.collect.feeds import FeedDoor
from ucity.cloud.ioc.collect.quarantine import Quarantine
from ucity.cloud.ioc.policy import Access, Principal, Watches
from ucity.cloud.ioc.share.following import Following
from ucity.cloud.ioc.share.live import Live
from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.client import Routing
from ucity.errors import NotFound
from ucity.network.http import ReadingsDoor

PREFIX = "/api/v1"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """``standing``: the figures of ``/status`` that only those who manage the city see. ``zone``: the city's time zone.
    ``watches``: the answers without end that are open; ``closing``: set when the city stops, to end them."""

    access: Access
    pool: Pool
    door: ReadingsDoor
    quarantine: Quarantine
    feeds: FeedDoor
    live: Live
    routing: Routing
    following: Following
    standing: Callable[[], Awaitable[Any]]
    zone: tzinfo
    watches: Watches = field(default_factory=Watches)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    clock: Callable[[], datetime] = field(default=_utc_now)

    @property
    def catalogue(self) -> Catalogue:
        """What the services declare."""
        return self.access.catalogue

    @contextmanager
    def watch(self, request: Request) -> Iterator[tuple[asyncio.Event, ...]]:
        """While an answer without end is open to who asks; each of the events ends it. Raises TooManyRequests."""
        address = request.client.host if request.client else ""
        with self.watches.watch(_asker(request), address) as ended:
            yield ended, self.closing

    def declared(self, service: str, stream: str) -> Declared:
        """The stream; raises NotFound."""
        found = self.catalogue.streams.get(f"{service}/{stream}")
        if found is None:
            raise NotFound("No service declares this stream. GET /api/v1/streams lists them.")
        return found


def _asker(request: Request) -> Principal:
    who: Principal = request.state.principal
    return who


Asker = Annotated[Principal, Depends(_asker)]
ServiceName = Annotated[str, Path(description="Name of the service, e.g. `air_quality`.")]
StreamName = Annotated[str, Path(description="Name of the stream, e.g. `stations`.")]
