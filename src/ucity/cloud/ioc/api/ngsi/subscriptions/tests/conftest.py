"""The API, with what tells subscribers running beside it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import CATALOGUE, City, Clients, authenticated, telling
from ucity.cloud.ioc.policy import Access, ApiKey, Credentials
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store import Committer, Pool, session


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None] * len(lons))


@pytest.fixture
def services(pool: Pool, committer: Committer) -> NgsiServices:
    return NgsiServices(pool=pool, committer=committer, access=Access(CATALOGUE), private_receivers=True)


@pytest.fixture
async def clients(services: NgsiServices) -> AsyncIterator[Clients]:
    """Makes a client of one and the same API for a key."""
    app = ngsi_ld(services)
    async with AsyncExitStack() as made:

        def client(key: ApiKey) -> httpx.AsyncClient:
            who = key.principal(services.clock())
            assert who is not None
            transport = httpx.ASGITransport(authenticated(app, who))
            opened = httpx.AsyncClient(transport=transport, base_url="http://city/")
            made.push_async_callback(opened.aclose)
            return opened

        yield client


@pytest.fixture
async def quiet(clients: Clients, pool: Pool, committer: Committer) -> City:
    """A city in which nobody is told anything yet."""
    credentials = Credentials(partial(session, pool))
    key, _ = await credentials.make_key("test", scopes=[Permission.READ, Permission.WRITE])
    return City(clients(key), pool, credentials, committer)


@pytest.fixture
async def city(quiet: City, pool: Pool, migrated_database: str) -> AsyncIterator[City]:
    """A city in which subscribers are told."""
    async with telling(quiet, migrated_database):
        yield quiet
