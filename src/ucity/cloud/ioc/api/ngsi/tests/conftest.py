"""The API on a real database, and clients of it for several askers."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from ucity.blueprint import Area, Catalogue, Kind, Measure, Service, Sharing, Stream
from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.policy import ANYONE, Access, Principal
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store import Committer, Pool

TITLE = {"ko": "시험", "en": "Test"}
STATIONS = Stream(
    name="stations",
    entity_type="Station",
    title=TITLE,
    labels=("name",),
    sharing=Sharing.OPEN,
    measures=(
        Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000)),
        Measure(key="state", title=TITLE, kind=Kind.TEXT, options=("ok", "broken")),
    ),
)
INDEX = Stream(
    name="index",
    entity_type="Station",
    title=TITLE,
    sharing=Sharing.OPEN,
    derived=True,
    measures=(Measure(key="cai", title=TITLE, unit="1", valid=(0, 500)),),
)
METERS = Stream(
    name="meters",
    entity_type="Meter",
    title=TITLE,
    measures=(Measure(key="power", title=TITLE, unit="W", valid=(0, 100_000)),),
)
SERVICE = Service(serves=(Area.ENVIRONMENT,), title=TITLE, summary=TITLE, streams=(STATIONS, INDEX, METERS))
CATALOGUE = Catalogue({"environment/test": SERVICE})

WRITER = Principal("key", "writer", "", frozenset({Permission.READ, Permission.WRITE}))
READER = Principal("key", "reader", "", frozenset({Permission.READ}))
STRANGER = Principal("key", "stranger", "elsewhere", frozenset({Permission.READ, Permission.WRITE}))

Clients = Callable[[Principal], httpx.AsyncClient]


def authenticated(app: ASGIApp, who: Principal) -> ASGIApp:
    """What the outer application does: it puts the principal into the scope."""

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"principal": who}}, receive, send)

    return outer


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None] * len(lons))


@pytest.fixture
def services(pool: Pool, committer: Committer) -> NgsiServices:
    return NgsiServices(pool=pool, committer=committer, access=Access(CATALOGUE), body_bytes=1_000_000)


@pytest.fixture
async def clients(services: NgsiServices) -> AsyncIterator[Clients]:
    """Makes a client of one and the same API for an asker."""
    app = ngsi_ld(services)
    made: list[httpx.AsyncClient] = []

    def client(who: Principal) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(authenticated(app, who), raise_app_exceptions=True)
        made.append(httpx.AsyncClient(transport=transport, base_url="http://city/"))
        return made[-1]

    yield client
    for each in made:
        await each.aclose()


@pytest.fixture
def api(clients: Clients) -> httpx.AsyncClient:
    """A client that may read and write."""
    return clients(WRITER)


@pytest.fixture
def visitor(clients: Clients) -> httpx.AsyncClient:
    """A client without a key."""
    return clients(ANYONE)
