"""Sessions of MQTT clients that do not come back are forgotten; nobody who is there, or may come back, loses one."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest
from nats.aio.client import Client

from running.web import eventually
from ucity.network.mqtt.forgotten import CLEAN_KEPT, KEPT, SESSIONS, forget
from ucity.network.tests.conftest import Records, Server, connect, device

TOPIC = "ucity/alpha/commands/restart"
LATER = KEPT + timedelta(minutes=1)


def persistent(server: Server, client_id: str) -> aiomqtt.Client:
    """A client of alpha that asks for its session to be kept."""
    return aiomqtt.Client(
        "127.0.0.1",
        server.options.mqtt_port,
        username="alpha",
        password="a-secret",  # noqa: S106 - the test's own
        identifier=client_id,
        clean_session=False,
        timeout=5,
    )


async def sessions(bus: Client) -> int:
    return (await bus.jetstream().stream_info(SESSIONS)).state.messages


async def consumers(bus: Client) -> int:
    return (await bus.jetstream().stream_info("$MQTT_msgs")).state.consumer_count


async def test_a_session_is_kept_for_thirty_days_after_its_client_was_there(
    server: Server, records: Records, bus: Client, system: Client
) -> None:
    for number in range(3):
        async with persistent(server, f"alpha:{number}") as client:
            await client.subscribe(TOPIC, qos=1)
    assert (await sessions(bus), await consumers(bus)) == (3, 3)
    assert await forget(bus, system, datetime.now(UTC) + KEPT - timedelta(minutes=1)) == 0
    # One is there again, and stays connected.
    async with persistent(server, "alpha:1") as client:
        assert await forget(bus, system, datetime.now(UTC) + LATER) == 2
        assert (await sessions(bus), await consumers(bus)) == (1, 1)
        await client.subscribe(f"{TOPIC}/more", qos=1)
    # nats-server remembers the one that was forgotten once more, and lets it in at the next attempt.
    with suppress(aiomqtt.MqttError):
        async with persistent(server, "alpha:0"):
            pass
    async with persistent(server, "alpha:0") as client:
        await client.subscribe(TOPIC, qos=1)


async def test_of_a_clean_session_nothing_is_left_after_the_server_was_killed(
    server: Server, records: Records, bus: Client, system: Client
) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with device(server, "alpha", "a-secret", client_id="alpha:once") as client:
            await client.subscribe(TOPIC, qos=1)
            server.kill()
            await client.publish("ucity/alpha/x", b"", qos=1)
    server.start()
    other = await connect(server.options.city_url)
    again = await connect(server.options.system_url)
    await eventually(lambda: sessions(other), 1)
    assert await forget(other, again, datetime.now(UTC)) == 0, "its client may be on its way"
    assert await forget(other, again, datetime.now(UTC) + CLEAN_KEPT + timedelta(minutes=1)) == 1
    assert (await sessions(other), await consumers(other)) == (0, 0)
    await other.close()
    await again.close()


async def test_who_is_not_let_in_leaves_no_session(server: Server, records: Records, bus: Client) -> None:
    async with device(server, "alpha", "a-secret"):
        pass
    with pytest.raises(aiomqtt.MqttError):
        async with device(server, "alpha", "wrong", client_id="alpha:stranger"):
            pass
    await eventually(lambda: sessions(bus), 0)
