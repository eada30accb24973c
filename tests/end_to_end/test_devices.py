"""Devices at the city's MQTT door: each speaks as itself, a gateway for its meters, a revoked one is out at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiomqtt
import httpx
import pytest

from running.city import RunningCity

PATH = "air_quality/stations"


@asynccontextmanager
async def connected(city: RunningCity, name: str, password: str) -> AsyncIterator[aiomqtt.Client]:
    doors = city.runtime
    async with aiomqtt.Client(
        doors.mqtt_host, doors.mqtt_port, identifier=name, username=name, password=password
    ) as client:
        yield client


async def publish(client: aiomqtt.Client, device: str, pm25: float, **more: object) -> None:
    reading = {"observedAt": datetime.now(UTC).isoformat(), "pm25": pm25, **more}
    await client.publish(f"ucity/{device}/{PATH}", json.dumps(reading), qos=1, timeout=5)


def current(city: RunningCity) -> dict[str, float]:
    """Station to its newest pm25, as anybody reads it."""
    rows = httpx.get(f"{city.url}/api/v1/streams/{PATH}/current").json()
    return {row["subject"]: row["pm25"] for row in rows}


def figure(city: RunningCity, name: str) -> float:
    """One figure of the city's metrics."""
    lines = httpx.get(f"{city.url}/metrics").text.splitlines()
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.05)


async def ends(waiting: Awaitable[object], seconds: float) -> bool:
    """Whether an MQTT session is closed by the other side within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await waiting
    except aiomqtt.MqttError:
        return True
    except TimeoutError:
        return False
    return False


async def test_a_device_publishes_as_itself_alone(city: RunningCity) -> None:
    password = city.device("mine", PATH)
    city.device("other", PATH)
    async with connected(city, "mine", password) as client:
        await publish(client, "other", 99)
        await publish(client, "mine", 99, id="other")
        await publish(client, "mine", 12)
        await until(lambda: current(city) == {"mine": 12})
    kept = json.loads(city.ucity("quarantine", "list", "--json"))
    assert [each["reason"] for each in kept] == ["not_yours"]


async def test_a_gateway_speaks_for_its_meters(city: RunningCity) -> None:
    password = city.device("gateway", PATH, "--speaks-for", "meter-1", "--speaks-for", "meter-2")
    async with connected(city, "gateway", password) as client:
        await publish(client, "gateway", 1, id="meter-1")
        await publish(client, "gateway", 3, id="meter-3")
        await publish(client, "gateway", 2, id="meter-2")
        await until(lambda: current(city) == {"meter-1": 1, "meter-2": 2})


async def test_a_wrong_password_is_refused_and_counted(city: RunningCity) -> None:
    city.device("mine", PATH)
    with pytest.raises(aiomqtt.MqttError):
        async with connected(city, "mine", "guessed"):
            pass
    with pytest.raises(aiomqtt.MqttError):
        async with connected(city, "nobody", "guessed"):
            pass
    assert figure(city, 'ucity_mqtt_logins_total{outcome="wrong"}') == 2


async def test_a_revoked_device_is_out_at_once(city: RunningCity) -> None:
    password = city.device("mine", PATH)
    async with connected(city, "mine", password) as client:
        await publish(client, "mine", 12)
        revoked = asyncio.to_thread(city.ucity, "devices", "revoke", "mine")
        closed, _ = await asyncio.gather(ends(anext(aiter(client.messages)), 10), revoked)
        assert closed
    with pytest.raises(aiomqtt.MqttError):
        async with connected(city, "mine", password):
            pass
