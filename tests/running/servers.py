"""PostgreSQL and NATS for a test: the embedded servers, on free ports, in temporary folders."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.nats import EmbeddedNats
from ucity.cloud.ioc.manage.ports import free_port
from ucity.cloud.ioc.manage.postgres import ROLE, EmbeddedPostgres, embedded_postgres
from ucity.network.nats_config import NatsOptions, NatsSecrets

_DATABASES = count(1)


@dataclass(frozen=True)
class Nats:
    """A running NATS server: ``url`` for the city's own clients, and the port of its MQTT listener."""

    url: str
    mqtt_port: int
    server: EmbeddedNats


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, whoever owns the files in it."""
    folder = Path(tempfile.mkdtemp(prefix="ucity-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(
    command: Command, is_ready: Callable[[], Awaitable[bool]], *, stop: signal.Signals, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """``command`` as a process, from when it is ready until it has been stopped."""
    with (
        log.open("ab") as out,
        subprocess.Popen(  # noqa: S603 - our own programs
            command.words, stdout=out, stderr=out, **command.options()
        ) as process,
    ):
        try:
            _wait_until(is_ready, process, log)
            yield process
        finally:
            process.send_signal(stop)


def _wait_until(is_ready: Callable[[], Awaitable[bool]], process: subprocess.Popen[bytes], log: Path) -> None:
    async def asked() -> bool:
        return await is_ready()

    deadline = time.monotonic() + 30
    # A thread of its own, because the test that asks may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        while not thread.submit(asyncio.run, asked()).result():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{process.args!r} did not become ready:\n{log.read_text()}")
            time.sleep(0.02)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL server for all tests of this (xdist) process."""
    with temporary_folder() as folder:
        server = embedded_postgres(folder / "postgres", secrets=folder, port=free_port(), city=folder)
        server.initialise()
        with running(server.command(), server.is_ready, stop=signal.SIGQUIT, log=folder / "log"):
            yield server


@pytest.fixture
async def empty_database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of a database of this test's own, with nothing in it, owned by the role in the URL."""
    async with fresh_database(postgres) as url:
        yield url


@asynccontextmanager
async def fresh_database(postgres: EmbeddedPostgres, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database, a copy of ``template``, owned by the role in the URL and gone afterwards."""
    name = f"test_{next(_DATABASES)}"
    connection = await asyncpg.connect(postgres.superuser_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template} STRATEGY file_copy")
        yield postgres.url.rpartition("/")[0] + f"/{name}"
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
def nats() -> Iterator[Nats]:
    """A NATS server of this test's own, with an empty JetStream store and an MQTT listener."""
    with running_nats() as server:
        yield server


@contextmanager
def running_nats(*, certificate: Path | None = None, key: Path | None = None) -> Iterator[Nats]:
    """A NATS server with an empty store; with a ``certificate`` it speaks TLS alone, on both of its ports."""
    with temporary_folder() as folder:
        options = NatsOptions(
            secrets=NatsSecrets.generate(),
            store=folder,
            port=free_port(),
            monitor_port=free_port(),
            mqtt_port=free_port(),
            certificate=certificate,
            key=key,
        )
        server = EmbeddedNats(folder=folder, options=options, city=folder)
        server.prepare()
        if certificate and key:
            with (folder / "nats-server.conf").open("a") as config:
                config.write(f'tls: {{cert_file: "{certificate}", key_file: "{key}"}}\n')
        with running(server.command(), server.is_ready, stop=signal.SIGKILL, log=folder / "log"):
            yield Nats(options.city_url, options.mqtt_port, server)
