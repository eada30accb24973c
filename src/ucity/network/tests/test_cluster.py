"""A NATS cluster in place of the embedded server: three servers, each message on all of them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import aiomqtt
import pytest
from nats.aio.client import Client

from running.web import eventually
from ucity.cloud.ioc.manage.ports import free_port
from ucity.errors import Unavailable
from ucity.network.log import JetStreamLog, open_logs
from ucity.network.mqtt.sessions import connections, disconnect
from ucity.network.nats_config import NatsOptions, NatsSecrets
from ucity.network.tests.conftest import Records, Server, callout, connect, device

TOPIC = "ucity/alpha/air_quality/stations"


@pytest.fixture
def cluster() -> Iterator[list[Server]]:
    secrets, ports = NatsSecrets.generate(), [free_port() for _ in range(3)]
    routes = [f"nats://127.0.0.1:{port}" for port in ports]
    with TemporaryDirectory() as name, ExitStack() as running:
        servers = [
            Server(options(secrets, Path(name) / str(number), number), Path(name) / str(number), more(port, routes))
            for number, port in enumerate(ports)
        ]
        for server in servers:
            server.folder.mkdir()
            running.callback(server.kill)
            server.begin()
        for server in servers:
            server.wait()
        yield servers


def options(secrets: NatsSecrets, folder: Path, number: int) -> NatsOptions:
    return NatsOptions(
        secrets=secrets,
        name=f"server-{number}",
        store=folder / "store",
        port=free_port(),
        monitor_port=free_port(),
        mqtt_port=free_port(),
    )


def more(port: int, routes: list[str]) -> str:
    cluster = {"name": "city", "host": "127.0.0.1", "port": port, "routes": routes}
    return f"cluster: {json.dumps(cluster)}\n"


async def send(server: Server, numbers: range) -> None:
    """Publish each number, again and again until it is acknowledged, as devices do."""
    left = list(numbers)
    async with asyncio.timeout(40):
        while left:
            with suppress(aiomqtt.MqttError):
                async with device(server, "alpha", "a-secret") as client:
                    while left:
                        await client.publish(TOPIC, str(left[0]), qos=1, timeout=5)
                        del left[0]


async def read_until(log: JetStreamLog, last: int) -> list[int]:
    """The numbers in the log, each once, while a new leader is found."""
    seen: dict[int, None] = {}
    position = 0
    async with asyncio.timeout(30):
        while last not in seen:
            try:
                messages = await log.read(position, max_messages=1000, max_bytes=8 << 20, wait=1)
            except Unavailable:
                await asyncio.sleep(0.1)
                continue
            seen |= {int(message.payload): None for message in messages}
            position = messages[-1].seq if messages else position
    return list(seen)


async def servers_of(system: Client, name: str) -> list[int]:
    """How many connections of a device each server has that has one."""
    return sorted(Counter(each.server for each in await connections(system, name)).values())


@pytest.fixture
async def clients(cluster: list[Server]) -> AsyncIterator[tuple[Client, Client]]:
    """A client in the city's account on the first server, and one in the system account on the second."""
    bus, system = await connect(cluster[0].options.city_url), await connect(cluster[1].options.system_url)
    yield bus, system
    await bus.close()
    await system.close()


async def test_a_cluster_keeps_what_was_acknowledged_when_a_server_dies(
    cluster: list[Server], clients: tuple[Client, Client]
) -> None:
    first, second, third = cluster
    log = (await open_logs(clients[0], 16 << 20, replicas=3)).mqtt
    async with callout(second, Records({"alpha": "a-secret"})):
        await send(first, range(50))
        third.kill()
        await send(second, range(50, 100))
        assert await read_until(log, 99) == list(range(100))


async def test_a_revoked_device_is_put_out_of_every_server(
    cluster: list[Server], clients: tuple[Client, Client]
) -> None:
    first, second, third = cluster
    bus, system = clients
    await open_logs(bus, 16 << 20, replicas=3)
    records = Records({"alpha": "a-secret"})
    async with callout(second, records):
        await send(first, range(1))
        await send(third, range(1, 2))
        with pytest.raises(aiomqtt.MqttError):
            async with (
                device(first, "alpha", "a-secret", client_id="alpha:1"),
                device(third, "alpha", "a-secret", client_id="alpha:2") as client,
            ):
                # Those that sent the two messages may still be on their way out.
                await eventually(lambda: servers_of(system, "alpha"), [1, 1])
                records.revoke("alpha")
                assert await disconnect(system, "alpha") == 2
                await client.publish(TOPIC, "x", qos=1, timeout=1)
