"""A real city for a benchmark to measure: ``ucity serve`` on free ports, in a temporary folder."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import httpx
import msgspec

from running.city import SERVE, RunningCity, running_city
from running.servers import temporary_folder
from ucity.cloud.ioc.policy import Credentials, Scope
from ucity.cloud.ioc.store import Pool, connect, session
from ucity.services import catalogue

STATIONS = "air_quality/stations"
STREAM = catalogue().streams[STATIONS].stream

# A benchmark asks as often as it can, with one key.
_SETTINGS = {"requests_per_minute": 1_000_000_000}


class NotReadyError(Exception):
    """A city that was to be measured does not run; the text is what it said."""


@contextmanager
def started(data: Path, *options: str, words: tuple[str, ...] = SERVE) -> Iterator[RunningCity]:
    """A city in ``data``, from when it is ready until it has been stopped. Raises NotReadyError."""
    with running_city(data, *options, words=words) as city:
        if "ucity is ready at" not in city.output:
            raise NotReadyError(city.output)
        yield city


@contextmanager
def fresh_city(*options: str, **more: object) -> Iterator[RunningCity]:
    """A new city that lets its clients ask as often as they like. Without the demo. ``more``: settings besides."""
    with temporary_folder() as data:
        settings = {**_SETTINGS, **more}
        lines = (f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in settings.items())
        (data / "ucity.toml").write_text("".join(lines))
        with started(data, "--no-demo", *options) as city:
            yield city


@asynccontextmanager
async def database_of(city: RunningCity) -> AsyncIterator[Pool]:
    """Connections to the city's own database."""
    pool = await connect(city.runtime.postgres_url)
    try:
        yield pool
    finally:
        await pool.close()


async def new_key(pool: Pool) -> str:
    """An API key that may do everything."""
    return (await Credentials(partial(session, pool)).make_key("bench", scopes=list(Scope)))[1]


async def new_devices(pool: Pool, names: Sequence[str]) -> dict[str, str]:
    """Devices that may send readings of stations, with their passwords."""
    credentials = Credentials(partial(session, pool))
    declared = catalogue()
    return {name: (await credentials.make_device(name, streams=[STATIONS], catalogue=declared))[1] for name in names}


async def new_gateway(pool: Pool, name: str, subjects: Sequence[str]) -> str:
    """The password of a new device that may send readings of these stations."""
    credentials = Credentials(partial(session, pool))
    made = await credentials.make_device(name, streams=[STATIONS], catalogue=catalogue(), speaks_for=subjects)
    return made[1]


async def settled(city: RunningCity, key: str) -> None:
    """Wait until no log and no rule of the city is behind."""
    async with httpx.AsyncClient(base_url=city.url, headers={"Authorization": f"Bearer {key}"}) as client:
        while True:
            details = (await client.get("/api/v1/status")).raise_for_status().json()["details"]
            if not any(lag["behind"] for lag in (*details["logs"].values(), *details["rules"].values())):
                return
            await asyncio.sleep(0.1)
