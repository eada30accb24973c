"""The web process: doors, APIs and pages behind the HTTP edge, put together from settings."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nats
import structlog
from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from ucity.cloud.ioc.api.city import PREFIX, About, Naming, Parts, city_api
from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld, told
from ucity.cloud.ioc.collect.feeds import FeedDoor
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.inlet import Inlet
from ucity.cloud.ioc.collect.quarantine import Quarantine
from ucity.cloud.ioc.manage.coast import load_coast
from ucity.cloud.ioc.manage.districts import load_districts
from ucity.cloud.ioc.manage.profile import CityProfile, described, keep_profile
from ucity.cloud.ioc.manage.standing import standing
from ucity.cloud.ioc.policy import (
    Access,
    Announcement,
    Announcements,
    Authenticator,
    Credentials,
    Watches,
    hear_credentials,
)
from ucity.cloud.ioc.share.following import Following
from ucity.cloud.ioc.share.live import Live
from ucity.cloud.ioc.store import Committer, Feed, Pool, connect, migrate, session
from ucity.cloud.ioc.store.objects import open_objects
from ucity.cloud.ioc.store.records import make_tables
from ucity.cloud.routing.client import Routing
from ucity.errors import StartupError, TooManyRequests, Unavailable
from ucity.network.http import HANDLERS, Limits, ReadingsDoor, edge
from ucity.network.http.bodies import Uploads
from ucity.network.http.docs import docs_routes
from ucity.network.http.health import Probe, health_routes
from ucity.network.http.pages import pages_routes
from ucity.network.log import Log, Logs, open_logs
from ucity.network.log_state import log_state
from ucity.services import catalogue
from ucity.settings import Settings, load_settings

log = structlog.get_logger()
PAGES = Path(__file__).parent / "pages"
"""Where the pages are once they have been built."""
NGSI_LD = "/ngsi-ld/v1"
_SIMULATED = ((b"city-data", b"simulated"),)
"""On every answer of a city whose data are made up."""
_LOOK_EVERY = 1.0
_UPLOADS = re.compile(rf"PUT {PREFIX}/feeds/[^/]+/file")


class Web:
    """An ASGI application that is put together when its server starts, and taken apart when it stops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the whole life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with assembled(self._settings) as app:
            self._app = app
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def create() -> Web:
    """The application with settings from the environment, for any ASGI server."""
    return Web(load_settings())


@dataclass(frozen=True)
class Servers:
    """Connections to what the web process stands on."""

    pool: Pool
    bus: Client
    logs: Logs
    announcements: Announcements
    feed: Feed


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What requests have in common while the process runs."""

    live: Live
    routing: Routing
    following: Following
    room: "Room"
    watches: Watches
    closing: asyncio.Event


@asynccontextmanager
async def assembled(settings: Settings, closing: asyncio.Event | None = None) -> AsyncIterator[ASGIApp]:
    """The application, working for as long as the context lasts. ``closing``, once set, ends answers that do not end
    by themselves, like an open map's; it is set too when a part of the application fails for good."""
    if settings.postgres_url is None or settings.nats_url is None:
        raise StartupError("The web process needs UCITY_POSTGRES_URL and UCITY_NATS_URL; `ucity serve` sets them.")
    closing = closing or asyncio.Event()
    async with AsyncExitStack() as stack:
        servers = await _connect(settings, settings.postgres_url, settings.nats_url, stack)
        authenticator = Authenticator(
            Credentials(partial(session, servers.pool)), failures_per_minute=settings.failures_per_minute
        )
        routing = Routing(servers.bus)
        shared = Shared(
            live=Live(servers.pool, servers.feed),
            routing=routing,
            following=Following(routing),
            room=Room(servers.bus, servers.logs.ingest),
            watches=Watches(),
            closing=closing,
        )
        _hear_of_credentials(servers.announcements, authenticator, shared.watches)
        running = {
            "announcements": servers.announcements.run(),
            "live": shared.live.run(),
            "following": shared.following.run(),
            "room": shared.room.watch(),
        }
        for name, work in running.items():
            stack.push_async_callback(_end, _in_background(name, work, closing))
        limits = Limits(
            body_bytes=settings.body_bytes,
            requests_per_minute=settings.requests_per_minute,
            uploads=Uploads(_UPLOADS, settings.feed_bytes),
        )
        profile = keep_profile(settings.data)
        app = _application(settings, profile, servers, shared)
        yield edge(
            app,
            authenticate=authenticator.authenticate,
            limits=limits,
            tellers={NGSI_LD: partial(told, context_status=settings.ld_context_status)},
            headers=_SIMULATED if profile.simulated else (),
        )


async def _connect(settings: Settings, postgres_url: str, nats_url: str, stack: AsyncExitStack) -> Servers:
    await migrate(postgres_url)
    pool = await connect(postgres_url)
    stack.callback(pool.terminate)
    await make_tables(pool, catalogue().records)
    bus = await nats.connect(nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, name="ucity web")
    stack.push_async_callback(bus.close)
    logs = await open_logs(bus, settings.queue_bytes, max_message=settings.message_bytes)
    announcements = Announcements(postgres_url)
    return Servers(pool, bus, logs, announcements, Feed(pool, catalogue(), announcements))


def _hear_of_credentials(announcements: Announcements, authenticator: Authenticator, watches: Watches) -> None:
    """Forget a credential that has changed, and end what is open for it."""

    def heard(which: Announcement) -> None:
        authenticator.forget(which)
        watches.end(which)

    def missed() -> None:
        authenticator.forget_all()
        watches.end_all()

    hear_credentials(announcements, heard, missed=missed)


def _in_background(name: str, work: Coroutine[Any, Any, None], closing: asyncio.Event) -> "asyncio.Task[None]":
    """Run it until the application is taken apart; should it end before, the whole process has to be started anew."""

    def ended(task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            log.critical("a part has ended", part=name, exc_info=task.exception())
            closing.set()

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    return task


async def _end(task: "asyncio.Task[None]") -> None:
    while not task.done():
        task.cancel()
        # Not once only: asyncio.wait_for, until Python 3.12, may lose a cancellation that comes with its result.
        await asyncio.wait({task}, timeout=0.5)


def _application(settings: Settings, profile: CityProfile, servers: Servers, shared: Shared) -> ASGIApp:
    access = Access(catalogue(), settings.open)
    districts = load_districts(settings.data, profile)
    committer = Committer(servers.pool, districts.locate)
    stands = partial(standing, servers.pool, servers.bus, access.catalogue, (servers.logs.mqtt, servers.logs.ingest))
    inlet = Inlet(access, servers.logs.ingest, committer, check_room=shared.room.check)
    parts = Parts(
        access=access,
        pool=servers.pool,
        door=ReadingsDoor(inlet),
        feeds=_feed_door(settings, servers.pool),
        quarantine=Quarantine(servers.pool, access.catalogue, servers.logs.ingest),
        live=shared.live,
        routing=shared.routing,
        following=shared.following,
        standing=stands,
        zone=profile.zone,
        watches=shared.watches,
        closing=shared.closing,
    )
    entities = NgsiServices(
        pool=servers.pool,
        committer=committer,
        access=access,
        body_bytes=settings.body_bytes,
        context_status=settings.ld_context_status,
        private_receivers=settings.notifies_privately,
        subscriptions_per_key=settings.subscriptions_per_key,
    )
    about = About.of(described(profile), districts.outlines(), load_coast(settings.data))
    naming = Naming(districts.names, districts.locate, profile.languages)
    probes: dict[str, Probe] = {"database": partial(_ask, servers.pool), "bus": servers.bus.flush}
    routes = [
        *health_routes(probes, access.check_manage, stands),
        *docs_routes(f"{PREFIX}/openapi.json"),
        *pages_routes(PAGES, name=profile.name, language=profile.languages[0]),
        Mount("/", city_api(parts, about, naming)),
    ]
    return _beside(ngsi_ld(entities), Starlette(routes=routes, exception_handlers=HANDLERS))


def _beside(entities: ASGIApp, rest: ASGIApp) -> ASGIApp:
    """Both APIs. NGSI-LD is asked most, and needs nothing of what a web framework does around a request."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(f"{NGSI_LD}/"):
            scope["root_path"] = NGSI_LD
            await entities(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return application


def _feed_door(settings: Settings, pool: Pool) -> FeedDoor:
    objects = open_objects(settings.objects, settings.data)
    return FeedDoor(Files(pool=pool, objects=objects, incoming=settings.data / "incoming"), most=settings.feed_bytes)


async def _ask(pool: Pool) -> None:
    async with session(pool) as connection:
        await connection.execute("SELECT 1")


class Room:
    """Whether the log has room for more readings, looked at every second: above half of it senders are made to wait.

    The other half is for what is on its way, and for the log to be useful while the database is away.
    """

    def __init__(self, bus: Client, source: Log) -> None:
        self._bus, self._log = bus, source
        self._full = False

    def check(self) -> None:
        """Raise TooManyRequests while there is none."""
        if self._full:
            raise TooManyRequests("The city is behind with taking readings in.", retry_after=5)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                state = await log_state(self._bus, self._log.name)
                self._full = 0 < state.most_bytes < state.bytes * 2
            except Unavailable as error:
                log.warning("cannot see the log", why=error.detail)
            await asyncio.sleep(_LOOK_EVERY)
