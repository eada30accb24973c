"""The same nats-server without a city around it: a plain configuration with JetStream and MQTT, open to everybody."""

import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nats
from nats.js.api import RetentionPolicy, StorageType

from running.servers import running, temporary_folder
from ucity.cloud.ioc.manage.health import answers
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.nats import nats_program
from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port


@dataclass(frozen=True)
class BareNats:
    """Where it listens."""

    port: int
    mqtt_port: int


@contextmanager
def bare_nats() -> Iterator[BareNats]:
    """A server from when it is ready until it has been stopped."""
    server = BareNats(free_port(), free_port())
    with temporary_folder() as folder:
        monitor = free_port()
        config = folder / "nats.conf"
        config.write_text(_config(server, monitor, folder))
        command = Command(words=(str(nats_program()), "--config", str(config)), folder=folder, city=folder)
        ready = partial(answers, LOOPBACK, monitor, "/healthz")
        with running(command, ready, stop=signal.SIGKILL, log=folder / "log"):
            yield server


def _config(server: BareNats, monitor: int, folder: Path) -> str:
    return json.dumps(
        {
            "server_name": "bare",
            "host": LOOPBACK,
            "port": server.port,
            "http": f"{LOOPBACK}:{monitor}",
            "jetstream": {"store_dir": str(folder)},
            "mqtt": {"host": LOOPBACK, "port": server.mqtt_port},
        }
    )


@asynccontextmanager
async def keeping(server: BareNats) -> AsyncIterator[None]:
    """The server keeps what is published with QoS 1 on disk, as a city's does; by itself it forgets what nobody has
    subscribed to."""
    client = await nats.connect(f"nats://{LOOPBACK}:{server.port}")
    js = client.jetstream()
    await js.add_stream(
        name="$MQTT_msgs", subjects=["$MQTT.msgs.>"], retention=RetentionPolicy.LIMITS, storage=StorageType.FILE
    )
    try:
        yield
    finally:
        await client.close()
