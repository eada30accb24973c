"""The door for devices on a real NATS and PostgreSQL."""

import asyncio
from functools import partial
from pathlib import Path

import aiomqtt
import nats as nats_client
import pytest

from running.servers import Nats
from ucity.cloud.ioc.policy import Credentials
from ucity.cloud.ioc.store import Pool, session
from ucity.device_door import device_door
from ucity.network.log import open_logs
from ucity.services import catalogue
from ucity.settings import Settings, load_settings

OTHERS = 20


@pytest.fixture
def settings(migrated_database: str, nats: Nats, tmp_path: Path) -> Settings:
    options = nats.server.options
    return load_settings(
        data=tmp_path,
        postgres_url=migrated_database,
        nats_url=nats.url,
        nats_callout_url=options.callout_url,
        nats_system_url=options.system_url,
        nats_issuer_seed=options.secrets.issuer_seed,
    )


async def make(credentials: Credentials, name: str) -> str:
    made = await credentials.make_device(name, streams=["air_quality/stations"], catalogue=catalogue())
    return made[1]


async def test_session_of_a_revoked_device_ends_at_once_however_many_others_do(
    settings: Settings, pool: Pool, nats: Nats
) -> None:
    credentials = Credentials(partial(session, pool))
    bus = await nats_client.connect(nats.url)
    logs = await open_logs(bus, settings.queue_bytes)
    async with device_door(settings, credentials, logs.ingest):
        others = [f"other-{number}" for number in range(OTHERS)]
        password = [await make(credentials, name) for name in (*others, "one")][-1]
        await asyncio.sleep(2)  # a new device is announced too; that is over by now
        async with asyncio.timeout(4):
            with pytest.raises(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    "127.0.0.1", nats.mqtt_port, identifier="one", username="one", password=password
                ) as client:
                    for name in (*others, "one"):
                        await credentials.revoke_device(name)
                    async for _ in client.messages:
                        pass
    await bus.close()
