"""Notifications a second at rising rates of writing, with 10,000 subscriptions, each to an entity of its own.

Each write changes one entity and is one notification; writes are sent in batches, so that the client costs little on
the same cores. The subscriptions go to 100 endpoints of one receiver.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from bench.cities import database_of, fresh_city, new_key
from bench.figures import Aim, Figure, Spread, percentile
from bench.processors import NOTE, used_by, used_by_process
from bench.progress import Step
from running.city import RunningCity
from ucity.cloud.ioc.store import Pool

SUBSCRIPTIONS, ENDPOINTS = 10_000, 100
RATES = (100, 300, 1000)
SECONDS = 6
BATCH = 10
AIM = Aim(812)
"""Notifications a second and core: twice what Antares publishes."""
OVERLOAD, WRITERS = 60, 16
"""Seconds of writing as fast as possible, and how many write."""
_PATIENCE = 60
_ROOT = Path(__file__).parent.parent
_MORE = """
INSERT INTO subscription (tenant, id, owner, document, terms, context, endpoint, since, revision, created_at,
    modified_at)
SELECT tenant, id || '-' || n, owner,
    replace(replace(document, 'Lamp:0"', 'Lamp:' || n || '"'), '/0"', '/' || n % $1 || '"'),
    terms, context, replace(endpoint, '/0 ', '/' || n % $1 || ' '), since, nextval('subscription_revision'),
    now(), now()
FROM subscription, generate_series(1, $2 - 1) AS n
"""
_ENDPOINTS = """
INSERT INTO notice_endpoint (endpoint, share) SELECT DISTINCT endpoint, abs(hashtext(endpoint)::bigint) % 16
FROM subscription ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Told:
    """What came of so many writes: seconds from each write to its notification, and how long all of it took. ``used``:
    seconds of processor time that the city took, ``used_by_us``: that writing and receiving did."""

    writes: int
    waits: list[float]
    seconds: float
    used: float
    used_by_us: float


async def measure(step: Step) -> list[Figure]:
    """Notifications a second, how long they take, and what share of the writes they tell."""
    step("starting a city")
    with fresh_city(private_receivers=True) as city, receiving() as receiver:
        async with database_of(city) as pool, client_of(city, await new_key(pool)) as client:
            step(f"making {SUBSCRIPTIONS:,} entities and subscriptions")
            await subscribe(client, pool, receiver.port)
            return await rounds(city, client, receiver, step)


async def rounds(
    city: RunningCity, client: httpx.AsyncClient, receiver: "Receiver", step: Step, benchmark: str = "notify"
) -> list[Figure]:
    """The figures of all rates, of a city with the subscriptions."""
    figures = []
    for rate in RATES:
        step(f"writing {rate} times a second")
        figures += _figures(benchmark, rate, await _round(city, client, receiver, rate))
    return figures


async def overload(
    client: httpx.AsyncClient, pool: Pool, receiver: "Receiver", step: Step, benchmark: str
) -> list[Figure]:
    """What comes of writing as fast as the city lets its writers, which is faster than it tells subscribers."""
    step(f"writing as fast as possible for {OVERLOAD} s")
    await asyncio.to_thread(receiver.take)
    told = _Overload()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(told.look(pool))
        writing = [group.create_task(told.write(client, random.Random(each))) for each in range(WRITERS)]  # noqa: S311 - no secret
        await asyncio.wait(writing)
        while told.received < told.taken and time.monotonic() < began + OVERLOAD + _PATIENCE:
            told.received += len(await asyncio.to_thread(receiver.take))
            await asyncio.sleep(0.05)
        looking.cancel()
    return told.figures(benchmark)


def client_of(city: RunningCity, key: str) -> httpx.AsyncClient:
    """A client of the city's NGSI-LD API."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=f"{city.url}/ngsi-ld/v1", headers=headers, timeout=60)


async def subscribe(client: httpx.AsyncClient, pool: Pool, port: int) -> None:
    """Make the entities, and subscriptions to them that go to the receiver at this port."""
    for first in range(0, SUBSCRIPTIONS, 1000):
        lamps = [_lamp(number, 0.0) for number in range(first, first + 1000)]
        (await client.post("/entityOperations/create", json=lamps)).raise_for_status()
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:0"}],
        "notification": {"format": "keyValues", "endpoint": {"uri": f"http://127.0.0.1:{port}/0"}},
    }
    (await client.post("/subscriptions", json=subscription)).raise_for_status()
    await pool.execute(_MORE, ENDPOINTS, SUBSCRIPTIONS, timeout=120)
    await pool.execute(_ENDPOINTS)
    # The first change makes the city take all of them in.
    await _write(client, [0])
    await asyncio.sleep(10)


def _lamp(number: int, written: float) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:Lamp:{number}",
        "type": "Lamp",
        "written": written,
        "name": f"Lamp {number}",
        "on": True,
    }


async def _write(client: httpx.AsyncClient, numbers: list[int]) -> None:
    now = time.time()
    answer = await client.post(
        "/entityOperations/upsert", params={"options": "update"}, json=[_lamp(number, now) for number in numbers]
    )
    answer.raise_for_status()


async def _round(city: RunningCity, client: httpx.AsyncClient, receiver: "Receiver", rate: int) -> Told:
    await asyncio.to_thread(receiver.take)
    used, used_by_us = used_by(city), _used_by_us(receiver)
    chance = random.Random(rate)  # noqa: S311 - no secret
    began, writes = time.monotonic(), rate * SECONDS
    async with asyncio.TaskGroup() as group:
        for number in range(writes // BATCH):
            await asyncio.sleep(max(0.0, began + number * BATCH / rate - time.monotonic()))
            group.create_task(_write(client, chance.sample(range(SUBSCRIPTIONS), BATCH)))
    waits: list[float] = []
    while len(waits) < writes and time.monotonic() < began + SECONDS + _PATIENCE:
        waits += await asyncio.to_thread(receiver.take)
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - began
    return Told(writes, waits, seconds, used_by(city) - used, _used_by_us(receiver) - used_by_us)


def _used_by_us(receiver: "Receiver") -> float:
    return used_by_process(os.getpid()) + used_by_process(receiver.process.pid)


@dataclass
class _Overload:
    """``taken`` writes, requests that were ``refused``, the ``most`` notices that waited, what was ``received``."""

    taken: int = 0
    refused: int = 0
    most: int = 0
    received: int = 0

    async def write(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        until = time.monotonic() + OVERLOAD
        while time.monotonic() < until:
            try:
                await _write(client, chance.sample(range(SUBSCRIPTIONS), BATCH))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise
                self.refused += 1
                await asyncio.sleep(float(error.response.headers["retry-after"]))
            else:
                self.taken += BATCH

    async def look(self, pool: Pool) -> None:
        while True:
            self.most = max(self.most, await pool.fetchval("SELECT count(*) FROM notice"))
            await asyncio.sleep(0.5)

    def figures(self, benchmark: str) -> list[Figure]:
        rows = (
            ("overload, writes taken", "1/s", self.taken / OVERLOAD, None),
            ("overload, requests refused", "1/s", self.refused / OVERLOAD, None),
            ("overload, most notices waiting", "", self.most, Aim(20_000, "less")),
            ("overload, told", "%", 100 * self.received / max(1, self.taken), Aim(100)),
        )
        return [
            Figure(benchmark=benchmark, name=what, unit=unit, measured=Spread.of([value]), aim=aim, aims_at_ratio=False)
            for what, unit, value, aim in rows
        ]


def _figures(benchmark: str, rate: int, told: Told) -> list[Figure]:
    name, count = f"at {rate} writes/s", max(1, len(told.waits))
    rows = (
        (name, "1/s", len(told.waits) / told.seconds, None),
        (f"{name}, told", "%", 100 * len(told.waits) / told.writes, Aim(100)),
        (f"{name}, p50", "ms", 1000 * percentile(told.waits or [0.0], 0.5), None),
        (f"{name}, p99", "ms", 1000 * percentile(told.waits or [0.0], 0.99), None),
        (f"{name}, a core", "1/s", count / told.used, AIM if rate == RATES[-1] else None),
    )
    figures = [
        Figure(benchmark=benchmark, name=what, unit=unit, measured=Spread.of([value]), aim=aim, aims_at_ratio=False)
        for what, unit, value, aim in rows
    ]
    figures.append(
        Figure(
            benchmark=benchmark,
            name=f"{name}, processor time",
            unit="ms",
            measured=Spread.of([1000 * told.used / count]),
            against="writer, receiver",
            reference=Spread.of([1000 * told.used_by_us / count]),
            note=NOTE if benchmark == "notify" and rate == RATES[0] else "",
        )
    )
    return figures


@dataclass(frozen=True)
class Receiver:
    """The receiver's process, and the port that it listens on."""

    process: "subprocess.Popen[str]"
    port: int

    def take(self) -> list[float]:
        """What it has received since it was asked last."""
        if self.process.stdin is None or self.process.stdout is None:
            return []
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return msgspec.json.decode(self.process.stdout.readline(), type=list[float])


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver in a process of its own, from when it listens until it is killed."""
    words = [sys.executable, "-m", "bench.receiving"]
    with subprocess.Popen(  # noqa: S603 - our own words
        words, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Receiver(process, int(line.split()[1]))
        finally:
            process.kill()
