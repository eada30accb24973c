"""The API, with what tells subscribers running beside it."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import CATALOGUE, City, authenticated, telling
from ucity.cloud.ioc.policy import Access, Credentials
from ucity.cloud.ioc.policy import Scope as Permission
from ucity.cloud.ioc.store import Committer, Pool, session


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None] * len(lons))


@pytest.fixture
def services(pool: Pool, committer: Committer) -> NgsiServices:
    return NgsiServices(pool=pool, committer=committer, access=Access(CATALOGUE), private_receivers=True)


@pytest.fixture
async def quiet(services: NgsiServices, pool: Pool, committer: Committer) -> AsyncIterator[City]:
    """A city in which nobody is told anything yet."""
    credentials = Credentials(partial(session, pool))
    key, _ = await credentials.make_key("test", scopes=[Permission.READ, Permission.WRITE])
    who = key.principal(services.clock())
    assert who is not None
    app = authenticated(ngsi_ld(services), who)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city/") as client:
        yield City(client, pool, credentials, committer)


@pytest.fixture
async def city(quiet: City, pool: Pool, migrated_database: str) -> AsyncIterator[City]:
    """A city in which subscribers are told."""
    async with telling(quiet, migrated_database):
        yield quiet
