"""The door for devices on a real NATS and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import aiomqtt
import nats as nats_client
import pytest

from running.servers import Nats
from ucity.cloud.ioc.policy import Announcements, Credentials
from ucity.cloud.ioc.store import Pool, session
from ucity.device_door import device_door
from ucity.network.log import open_logs
from ucity.services import catalogue
from ucity.settings import Settings

OTHERS = 20


@pytest.fixture
async def credentials(process_settings: Settings, pool: Pool, nats: Nats) -> AsyncIterator[Credentials]:
    """The records of devices, with the door open."""
    credentials = Credentials(partial(session, pool))
    bus = await nats_client.connect(nats.url)
    logs = await open_logs(bus, process_settings.queue_bytes)
    announcements = Announcements(process_settings.postgres_url or "")
    async with device_door(process_settings, credentials, logs.ingest, announcements):
        hearing = asyncio.create_task(announcements.run())
        yield credentials
        hearing.cancel()
    await bus.close()


async def make(credentials: Credentials, name: str) -> str:
    made = await credentials.make_device(name, streams=["air_quality/stations"], catalogue=catalogue())
    return made[1]


def connected(nats: Nats, name: str, password: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", nats.mqtt_port, identifier=name, username=name, password=password)


async def test_session_of_a_revoked_device_ends_at_once_however_many_others_do(
    credentials: Credentials, nats: Nats
) -> None:
    others = [f"other-{number}" for number in range(OTHERS)]
    password = [await make(credentials, name) for name in (*others, "one")][-1]
    async with asyncio.timeout(8):
        with pytest.raises(aiomqtt.MqttError):
            async with connected(nats, "one", password) as client:
                for name in (*others, "one"):
                    await credentials.revoke_device(name)
                async for _ in client.messages:
                    pass


async def test_a_device_that_logs_in_as_soon_as_it_was_made_stays(credentials: Credentials, nats: Nats) -> None:
    async with connected(nats, "new", await make(credentials, "new")) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                async for _ in client.messages:
                    pass
