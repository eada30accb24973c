"""A nats-server of the test's own, configured as the city's, which a test may kill and start again."""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import nats
import pytest
from nats.aio.client import Client

from ucity.cloud.ioc.manage.nats import nats_program
from ucity.cloud.ioc.manage.ports import free_port
from ucity.network.nats_config import NatsOptions, NatsSecrets, nats_config


@dataclass
class Server:
    """nats-server with ``options``; what it says goes to ``log``."""

    options: NatsOptions
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / "nats.log"

    def start(self) -> None:
        config = self.folder / "nats.conf"
        config.write_text(nats_config(self.options))
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([nats_program(), "-c", str(config)], stdout=out, stderr=out)  # noqa: S603
        deadline = time.monotonic() + 20
        while not self.is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.options.monitor_port}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def server() -> Iterator[Server]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        options = NatsOptions(
            secrets=NatsSecrets.generate(),
            store=folder / "store",
            port=free_port(),
            monitor_port=free_port(),
            mqtt_port=free_port(),
        )
        running = Server(options, folder)
        running.start()
        try:
            yield running
        finally:
            running.kill()


async def connect(url: str) -> Client:
    """A client that keeps trying, in silence."""

    async def quiet(_: Exception) -> None: ...

    return await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, error_cb=quiet)


@pytest.fixture
async def bus(server: Server) -> AsyncIterator[Client]:
    """A client in the city's account."""
    client = await connect(server.options.city_url)
    yield client
    await client.close()
