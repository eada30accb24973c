"""The web process within the test's own process, on real servers, with or without a worker beside it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from running.servers import Nats
from ucity.app import assembled
from ucity.cloud.ioc.policy import Credentials, Scope
from ucity.cloud.ioc.store import Pool, session
from ucity.settings import Settings, load_settings
from ucity.worker import work

STATIONS = "/api/v1/readings/air_quality/stations"


@dataclass(frozen=True)
class Web:
    """``http`` asks without a key; ``credentials`` makes keys; ``settings`` are those that it was put together from."""

    http: httpx.AsyncClient
    credentials: Credentials
    pool: Pool
    settings: Settings

    async def key(self, *scopes: Scope, **more: Any) -> dict[str, str]:
        """Headers with a new key."""
        _, token = await self.credentials.make_key("test", scopes=scopes, **more)
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def web_settings(migrated_database: str, nats: Nats, tmp_path: Path) -> Settings:
    """Settings for the web process and the worker on this test's own servers."""
    bus = nats.server.options
    return load_settings(
        data=tmp_path,
        port=0,
        postgres_url=migrated_database,
        nats_url=nats.url,
        nats_callout_url=bus.callout_url,
        nats_system_url=bus.system_url,
        nats_issuer_seed=bus.secrets.issuer_seed,
    )


@asynccontextmanager
async def running_web(settings: Settings, pool: Pool, *, address: str = "192.0.2.7") -> AsyncIterator[Web]:
    """The web process with these settings; requests seem to come from ``address``."""
    async with assembled(settings) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as http:
            yield Web(http, Credentials(partial(session, pool)), pool, settings)


@pytest.fixture
async def web(web_settings: Settings, pool: Pool) -> AsyncIterator[Web]:
    """The web process without a worker: what is sent stays in the log."""
    async with running_web(web_settings, pool) as web:
        yield web


@pytest.fixture
async def whole(web: Web) -> AsyncIterator[Web]:
    """The web process with a worker beside it."""
    work_on = work(web.settings, lambda lons, _: [None for _ in lons])
    worker = asyncio.ensure_future(work_on)
    yield web
    while not worker.done():
        worker.cancel()
        await asyncio.wait({worker}, timeout=0.5)


async def eventually(ask: Callable[[], Awaitable[Any]], wanted: Any, *, seconds: float = 30) -> None:
    """Ask until the answer is ``wanted``; fails with the last one when it never is."""
    deadline = time.monotonic() + seconds
    answer = await ask()
    while answer != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        answer = await ask()
    assert answer == wanted
