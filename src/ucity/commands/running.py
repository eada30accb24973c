"""Finds the city that a command is about: the one that runs in the data folder, or the servers that settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from ucity.cloud.ioc.manage.runtime import Runtime, read_runtime
from ucity.cloud.ioc.store import Pool, connect
from ucity.errors import StartupError
from ucity.settings import Settings, load_settings

Data = Annotated[Path | None, typer.Option("--data", help=Settings.model_fields["data"].description)]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


class Servers(NamedTuple):
    """URLs of what a city stands on."""

    postgres_url: str
    nats_url: str


def find_servers(data: Path | None) -> Servers:
    """The servers of the city in ``data`` (or in the folder that settings name). StartupError when none runs."""
    settings = load_settings(data=data)
    runtime = read_runtime(settings.data)
    if runtime:
        return Servers(runtime.postgres_url, runtime.nats_url)
    if settings.postgres_url and settings.nats_url:
        return Servers(settings.postgres_url, settings.nats_url)
    raise StartupError(_none_runs(settings.data))


def find_city(data: Path | None) -> Runtime:
    """The city that runs in ``data``. StartupError when none does."""
    settings = load_settings(data=data)
    runtime = read_runtime(settings.data)
    if runtime is None:
        raise StartupError(_none_runs(settings.data))
    return runtime


def _none_runs(data: Path) -> str:
    return f"No city runs in {data}. Start it with 'ucity serve', or name its folder with --data."


@asynccontextmanager
async def database(data: Path | None) -> AsyncIterator[Pool]:
    """A few connections to the database of the city in ``data``."""
    pool = await connect(find_servers(data).postgres_url, size=2)
    try:
        yield pool
    finally:
        await pool.close()
