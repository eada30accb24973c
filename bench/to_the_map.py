"""From a device to the map: a reading is published by MQTT, and its server-sent event arrives at a watcher of the city.

Reference: a message from one MQTT client to another through the same nats-server without a city.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiomqtt
import httpx
import msgspec

from bench.bare_nats import BareNats, bare_nats
from bench.cities import STATIONS, STREAM, database_of, new_gateway
from bench.figures import percentile
from bench.progress import Step
from running.city import RunningCity
from ucity.cloud.ioc.manage.ports import LOOPBACK

ROUNDS = 3
READINGS = 120
THINGS = 24
EVERY = 0.06
"""Seconds between readings in the mean; at random, so as not to fall in step with what the city does regularly."""
_GATEWAY = "bench-gateway"
_SUBJECTS = [f"bench-{number}" for number in range(THINGS)]
_VIEW = {"bbox": "128.7,34.9,129.4,35.4", "types": "AirQualityObserved,AirQualityVehicle"}
_decode = msgspec.json.Decoder().decode

Publish = Callable[[int], Awaitable[None]]
"""Publishes a reading of this number."""


@dataclass(frozen=True)
class Latencies:
    """Milliseconds, by round: the 50th and 95th percentile from publish to arrival."""

    p50: list[float]
    p95: list[float]

    def take(self, samples: list[float]) -> None:
        """One more round, in seconds."""
        self.p50.append(percentile(samples, 0.5) * 1000)
        self.p95.append(percentile(samples, 0.95) * 1000)


class Arrivals:
    """When each number arrived: itself, or a later one of the same thing, which tells a map all there is to know."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._at: dict[int, float] = {}
        self._all = asyncio.Event()

    def expect(self, numbers: range) -> None:
        """These are about to be published."""
        self._waiting = set(numbers)
        self._all.clear()

    def tell(self, number: int) -> None:
        """It is here."""
        told = {each for each in self._waiting if each <= number and each % THINGS == number % THINGS}
        self._at |= dict.fromkeys(told, time.perf_counter())
        self._waiting -= told
        if not self._waiting:
            self._all.set()

    async def all(self, numbers: range) -> list[float]:
        """The times, once all are here."""
        async with asyncio.timeout(30):
            await self._all.wait()
        return [self._at[number] for number in numbers]


async def latencies(city: RunningCity, step: Step) -> tuple[Latencies, Latencies]:
    """(of the city, of the bare server), taken in turns."""
    ours, theirs, numbers = Latencies([], []), Latencies([], []), count()
    with bare_nats() as server:
        async with _city(city) as (publish, arrivals), _bare(server) as (publish_bare, arrivals_bare):
            for turn in range(1, ROUNDS + 1):
                step(f"round {turn} of {ROUNDS}")
                ours.take(await _round(publish, arrivals, numbers))
                theirs.take(await _round(publish_bare, arrivals_bare, numbers))
    return ours, theirs


async def _round(publish: Publish, arrivals: Arrivals, numbers: "count[int]") -> list[float]:
    """Seconds from publish to arrival of READINGS readings."""
    chance = random.Random(READINGS)  # noqa: S311 - moments to send at, no secret
    first, sent = next(numbers) * READINGS, []
    wanted = range(first, first + READINGS)
    arrivals.expect(wanted)
    for number in wanted:
        sent.append(time.perf_counter())
        await publish(number)
        await asyncio.sleep(chance.expovariate(1 / EVERY))
    return [there - here for here, there in zip(sent, await arrivals.all(wanted), strict=True)]


@asynccontextmanager
async def _city(city: RunningCity) -> AsyncIterator[tuple[Publish, Arrivals]]:
    arrivals, watching, runtime = Arrivals(), asyncio.Event(), city.runtime
    async with database_of(city) as pool:
        password = await new_gateway(pool, _GATEWAY, _SUBJECTS)
    async with (
        _beside(_watch(city.url, arrivals, watching)),
        aiomqtt.Client(
            runtime.mqtt_host, runtime.mqtt_port, identifier=_GATEWAY, username=_GATEWAY, password=password
        ) as client,
    ):
        await watching.wait()

        async def publish(number: int) -> None:
            await client.publish(f"ucity/{_GATEWAY}/{STATIONS}", msgspec.json.encode(_reading(number)), qos=1)

        yield publish, arrivals


def _reading(number: int) -> dict[str, Any]:
    """A reading that tells its number: no two of a thing are alike."""
    thing = number % THINGS
    return {
        "id": _SUBJECTS[thing],
        "observedAt": datetime.now(UTC).isoformat(),
        "location": {"type": "Point", "coordinates": [128.9 + thing / 100, 35.1 + thing / 200]},
        "pm25": number / 10,
    }


async def _watch(url: str, arrivals: Arrivals, watching: asyncio.Event) -> None:
    """Watch the whole city, demo and all, as the map page does."""
    ours = {STREAM.entity_id(subject) for subject in _SUBJECTS}
    async with (
        httpx.AsyncClient(base_url=url, timeout=60) as client,
        client.stream("GET", "/api/v1/live", params=_VIEW) as answer,
    ):
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not line.startswith("data: "):
                continue
            watching.set()
            for thing in _decode(line[6:])["things"]:
                # What the rules find out of our things comes as well.
                if thing["id"] in ours and "pm25" in thing["values"]:
                    arrivals.tell(round(thing["values"]["pm25"][0] * 10))


@asynccontextmanager
async def _bare(server: BareNats) -> AsyncIterator[tuple[Publish, Arrivals]]:
    arrivals = Arrivals()
    async with (
        aiomqtt.Client(LOOPBACK, server.mqtt_port, identifier="watcher") as watcher,
        aiomqtt.Client(LOOPBACK, server.mqtt_port, identifier="device") as client,
    ):
        await watcher.subscribe("bench", qos=1)

        async def listen() -> None:
            async for message in watcher.messages:
                arrivals.tell(int(bytes(message.payload)))

        async with _beside(listen()):
            yield lambda number: client.publish("bench", str(number), qos=1), arrivals


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """``work`` runs for as long as the context lasts, which its failure ends."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()
