"""Subscribers by MQTT: a whole city, a broker of theirs, and what a client of that broker receives.

Source: ETSI GS CIM 009 V1.9.1, clause 7.2.
"""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiomqtt
import httpx
import msgspec
import pytest
from aiomqtt import ProtocolVersion

from running.broker import PASSWORD, USER, Broker, mosquitto_broker, mosquitto_program, nats_broker
from running.city import RunningCity, running_city
from running.web import eventually
from ucity.cloud.ioc.manage.ports import free_port

CONTEXT = "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>"


@pytest.fixture
def open_city(city_folder: Path) -> Iterator[RunningCity]:
    """A city on the loopback interface in which anyone may write and subscribe."""
    with running_city(city_folder, "--no-demo", "--open") as city:
        assert city.process.poll() is None, city.output
        yield city


def api(city: RunningCity) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{city.url}/ngsi-ld/v1", timeout=30)


async def subscribe(client: httpx.AsyncClient, uri: str, *, accept: str | None = None, **notifier: str) -> str:
    """Subscribe to lamps; ``notifier`` with - in the place of _. Returns the subscription's address."""
    endpoint: dict[str, Any] = {
        "uri": uri,
        "receiverInfo": [{"key": "X-Room", "value": "7"}],
        "notifierInfo": [{"key": key.replace("_", "-"), "value": value} for key, value in notifier.items()],
    }
    if accept:
        endpoint["accept"] = accept
    body = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": {"endpoint": endpoint}}
    answer = await client.post("/subscriptions", json=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].removeprefix("/ngsi-ld/v1")


async def write(client: httpx.AsyncClient, level: int) -> None:
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "level": level}
    (await client.post("/entityOperations/upsert", params={"options": "update"}, json=[lamp])).raise_for_status()


def uri_of(broker: Broker, topic: str) -> str:
    return f"mqtt://{USER}:{quote(PASSWORD)}@127.0.0.1:{broker.port}/{topic}"


def listening(broker: Broker, version: ProtocolVersion = ProtocolVersion.V311) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, username=USER, password=PASSWORD, protocol=version)


async def received(listener: aiomqtt.Client) -> tuple[aiomqtt.Message, dict[str, Any]]:
    """The next message, and its payload as JSON."""
    async with asyncio.timeout(60):
        message = await anext(listener.messages)
    return message, msgspec.json.decode(bytes(message.payload))


VERSIONS: list[tuple[str, dict[str, str], int]] = [
    ("nats", {}, 0),
    ("nats", {"MQTT_QoS": "1"}, 1),
    ("nats", {"MQTT_Version": "mqtt3.1.1", "MQTT_QoS": "1"}, 1),
    ("mosquitto", {"MQTT_QoS": "2"}, 2),
    ("mosquitto", {"MQTT_Version": "mqtt5.0", "MQTT_QoS": "1"}, 1),
    ("mosquitto", {"MQTT_Version": "mqtt3.1.1", "MQTT_QoS": "2"}, 2),
]


async def test_a_client_of_the_subscribers_broker_receives_what_changes(open_city: RunningCity) -> None:
    program = mosquitto_program()
    with nats_broker() as nats, mosquitto_broker(program) if program else nullcontext() as mosquitto:
        async with api(open_city) as client:
            for number, (name, notifier, qos) in enumerate(VERSIONS):
                broker = {"nats": nats, "mosquitto": mosquitto}[name]
                if broker is not None:
                    await check_received(client, broker, f"city/lamps/{number}", notifier, qos)


async def check_received(
    client: httpx.AsyncClient, broker: Broker, topic: str, notifier: dict[str, str], qos: int
) -> None:
    async with listening(broker) as listener:
        await listener.subscribe("city/lamps/#", qos=2)
        where = await subscribe(client, uri_of(broker, topic), **notifier)
        for level in range(3):
            await write(client, 100 * qos + level)
        for level in range(3):
            message, told = await received(listener)
            assert (str(message.topic), message.qos) == (topic, qos)
            assert set(told) == {"metadata", "body"}
            assert told["metadata"]["Content-Type"] == "application/json"
            assert told["metadata"]["Link"].startswith(CONTEXT)
            assert told["metadata"]["X-Room"] == "7"
            assert told["body"]["type"] == "Notification"
            assert told["body"]["subscriptionId"] == where.removeprefix("/subscriptions/")
            assert told["body"]["data"][0]["level"]["value"] == 100 * qos + level
        await eventually(lambda: sent(client, where), ("ok", 3))
    (await client.delete(where)).raise_for_status()


async def sent(client: httpx.AsyncClient, where: str) -> tuple[str | None, int]:
    said = (await client.get(where)).json()["notification"]
    return said.get("status"), said.get("timesSent", 0)


async def test_the_context_is_inside_where_json_ld_is_asked_for(open_city: RunningCity) -> None:
    with nats_broker() as broker:
        async with api(open_city) as client, listening(broker) as listener:
            await listener.subscribe("ld")
            await subscribe(client, uri_of(broker, "ld"), accept="application/ld+json")
            await write(client, 1)
            _, told = await received(listener)
    assert told["metadata"] == {"Content-Type": "application/ld+json", "X-Room": "7"}
    assert "@context" in told["body"]


async def test_a_broker_that_was_away_is_told_everything_once_it_is_there(open_city: RunningCity) -> None:
    port = free_port()
    async with api(open_city) as client:
        where = await subscribe(client, f"mqtt://{USER}:{quote(PASSWORD)}@127.0.0.1:{port}/late", MQTT_QoS="1")
        for level in range(3):
            await write(client, level)
        await eventually(lambda: status(client, where), "failed")
        with nats_broker(port) as broker:
            async with listening(broker) as listener:
                await listener.subscribe("late", qos=1)
                levels = [(await received(listener))[1]["body"]["data"][0]["level"]["value"] for _ in range(3)]
    assert levels == [0, 1, 2]


async def status(client: httpx.AsyncClient, where: str) -> str | None:
    return (await sent(client, where))[0]
