"""A nats-server of the test's own, configured as the city's, which a test may kill and start again."""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import aiomqtt
import httpx
import nats
import pytest
from nats.aio.client import Client
from prometheus_client import REGISTRY

from ucity.cloud.ioc.manage.nats import nats_program
from ucity.cloud.ioc.manage.ports import free_port
from ucity.errors import Unavailable
from ucity.network.log import open_logs
from ucity.network.mqtt.callout import Admission, Callout, Login
from ucity.network.nats_config import NatsOptions, NatsSecrets, nats_config


@dataclass
class Server:
    """nats-server with ``options``, and ``more`` configuration; what it says goes to ``log``."""

    options: NatsOptions
    folder: Path
    more: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / "nats.log"

    def start(self) -> None:
        self.begin()
        self.wait()

    def begin(self) -> None:
        config = self.folder / "nats.conf"
        config.write_text(nats_config(self.options) + self.more)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([nats_program(), "-c", str(config)], stdout=out, stderr=out)  # noqa: S603

    def wait(self) -> None:
        assert self.process is not None
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


@dataclass
class Records:
    """Devices and their passwords, as the city's records would have them; ``asked`` counts the look-ups."""

    passwords: dict[str, str]
    asked: int = 0
    away: bool = False

    async def admit(self, name: str, password: str, login: Login) -> Admission | None:
        self.asked += 1
        if self.away:
            raise Unavailable("The records are away.")
        return Admission.of(name) if self.passwords.get(name) == password else None

    def revoke(self, name: str) -> None:
        del self.passwords[name]


@pytest.fixture
async def records(server: Server, bus: Client) -> AsyncIterator[Records]:
    """Three devices; a callout lets them in, and both logs are open."""
    await open_logs(bus, 16 << 20)
    known = Records({"alpha": "a-secret", "beta": "b-secret", "gateway": "g-secret"})
    async with callout(server, known):
        yield known


@asynccontextmanager
async def callout(server: Server, records: Records) -> AsyncIterator[Callout]:
    """One more callout."""
    client = await connect(server.options.callout_url)
    answering = Callout(client, server.options.secrets.issuer_seed, records.admit)
    try:
        await answering.start()
        yield answering
        await answering.stop()
    finally:
        with suppress(OSError):  # a test may have killed the server
            await client.close()


@pytest.fixture
async def system(server: Server) -> AsyncIterator[Client]:
    """A client in the system account."""
    client = await connect(server.options.system_url)
    yield client
    await client.close()


def device(server: Server, name: str | None, password: str | None, *, client_id: str | None = None) -> aiomqtt.Client:
    """An MQTT client as devices use them."""
    return aiomqtt.Client(
        "127.0.0.1",
        server.options.mqtt_port,
        username=name,
        password=password,
        identifier=client_id or "",
        timeout=5,
    )


def counted(metric: str, **labels: str) -> float:
    """A counter's value."""
    return REGISTRY.get_sample_value(metric, labels) or 0.0
