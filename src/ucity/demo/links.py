"""How the simulated devices reach the city: MQTT (QoS 1) or HTTP, patient when it is away or busy."""

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import aiomqtt
import httpx
import msgspec
import structlog

from ucity.demo.feeds import Feed
from ucity.network.mqtt_client import MqttClient

Send = Callable[[list[Any]], Awaitable[None]]
"""Returns once the city has acknowledged all of these readings. Raises Lost."""
Connect = Callable[[], AbstractAsyncContextManager[Send]]

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
MOST_MESSAGES = 8
"""Messages that a device sends at a time; of more readings, several travel together."""
MOST_READINGS = 1_000
_ANSWER_WITHIN = 20.0
_INTRODUCE_MS = 11_000

log = structlog.get_logger()


class Lost(Exception):
    """The city cannot be reached, or does not want to be for now. ``wait``: for how many seconds, if it says so."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass
class Tally:
    """What has been done since the beginning."""

    readings: int = 0
    messages: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Front:
    """The city's front door. ``tls`` is None on plain loopback."""

    url: str
    mqtt_host: str
    mqtt_port: int
    tls: SSLContext | None = None
    tally: Tally = field(default_factory=Tally)

    def http(self) -> httpx.AsyncClient:
        """A client for all devices that send by HTTP."""
        return httpx.AsyncClient(base_url=self.url, verify=self.tls or True, timeout=_ANSWER_WITHIN, trust_env=False)


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def keep_sending(feed: Feed, connect: Connect, tally: Tally, clock: Callable[[], int] = now_ms) -> None:
    """Send what becomes due from now on, until cancelled. While the city cannot be reached, only the time since when
    is remembered, and no longer than the device would keep its readings."""
    since, pause = clock(), SHORTEST_PAUSE
    while True:
        try:
            async with connect() as send:
                up = clock()
                while True:
                    now = clock()
                    await send(feed.due(since, now, introduce=now - up < _INTRODUCE_MS))
                    since, pause = now, SHORTEST_PAUSE
                    await asyncio.sleep((feed.wakes(now) - clock()) / 1000)
        except Lost as error:
            tally.lost += 1
            wait = _pause(error, pause)
            log.warning("a simulated device waits", device=feed.device, seconds=round(wait, 1), why=str(error))
            await asyncio.sleep(wait)
        pause = min(2 * pause, LONGEST_PAUSE)
        since = max(since, clock() - feed.keeps_ms)


async def insist(device: str, send: Send, readings: list[Any]) -> None:
    """Send these readings, however long it takes."""
    pause = SHORTEST_PAUSE
    while True:
        try:
            return await send(readings)
        except Lost as error:
            wait = _pause(error, pause)
            log.warning("a simulated device waits", device=device, seconds=round(wait, 1), why=str(error))
            await asyncio.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)


def _pause(error: Lost, pause: float) -> float:
    """Longer each time, and never the same for all, so that they do not come back all at once."""
    return max(error.wait, pause) * (0.75 + 0.5 * random.random())  # noqa: S311 - no secret


def in_parts(readings: list[Any]) -> list[list[Any]]:
    """A few readings travel alone; many together."""
    size = min(MOST_READINGS, max(1, -(-len(readings) // MOST_MESSAGES)))
    return [readings[start : start + size] for start in range(0, len(readings), size)]


def by_http(client: httpx.AsyncClient, front: Front, feed: Feed, password: str) -> Send:
    """A device that posts its readings."""
    proof = base64.b64encode(f"{feed.device}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/json"}

    async def send(readings: list[Any]) -> None:
        for start in range(0, len(readings), MOST_READINGS):
            part = readings[start : start + MOST_READINGS]
            try:
                answer = await client.post(
                    f"/api/v1/readings/{feed.path}", content=msgspec.json.encode(part), headers=headers
                )
            except httpx.TransportError as error:
                raise Lost(f"no connection ({type(error).__name__})") from error
            _look_at(answer, feed.device)
            front.tally.messages += 1
            front.tally.readings += len(part)

    return send


def always(send: Send) -> Connect:
    """A way to send that needs no connection."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[Send]:
        yield send

    return connect


def _look_at(answer: httpx.Response, device: str) -> None:
    """Raise Lost when it is to be sent again. What the city cannot take at all would be refused again: it is told and
    let go."""
    if answer.is_success:
        return
    later = answer.headers.get("retry-after", "")
    if answer.status_code in {401, 403, 408, 429} or answer.status_code >= 500:
        raise Lost(f"HTTP {answer.status_code}", min(float(later), 300.0) if later.isdecimal() else 0.0)
    log.error("the city refuses readings", device=device, status=answer.status_code, answer=answer.text[:500])


def by_mqtt(front: Front, feed: Feed, password: str) -> Connect:
    """A device with an MQTT connection of its own."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[Send]:
        client = MqttClient(
            front.mqtt_host,
            front.mqtt_port,
            identifier=feed.device,
            username=feed.device,
            password=password,
            tls_context=front.tls,
            timeout=_ANSWER_WITHIN,
        )
        topic = f"ucity/{feed.device}/{feed.path}"

        async def send(readings: list[Any]) -> None:
            parts = [msgspec.json.encode(part[0] if len(part) == 1 else part) for part in in_parts(readings)]
            # Started in their order, and so sent in it; waiting for each answer by itself would take a round trip each.
            await asyncio.gather(*(client.publish(topic, part, qos=1) for part in parts))
            front.tally.messages += len(parts)
            front.tally.readings += len(readings)

        try:
            async with client:
                yield send
        except aiomqtt.MqttError as error:
            raise Lost(str(error)) from error

    return connect
