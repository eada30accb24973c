"""The spine under kill -9: what was acknowledged is stored exactly once, and so are a rule's readings, events and
records, which nobody ever sees without one another."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiomqtt
import asyncpg
import httpx
import msgspec
import psutil

from running.city import RunningCity, running_city
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.policy.credentials import Credentials
from ucity.cloud.ioc.policy.names import attribute_iri
from ucity.cloud.ioc.store import connect, session
from ucity.cloud.ioc.store.database import LOST
from ucity.services import catalogue

VICTIMS = ("worker", "nats", "postgres", "web", "counting")
ROUNDS = int(os.environ.get("FAULT_ROUNDS", str(len(VICTIMS))))
"""How many processes are killed; set it higher for a long run by hand."""
DEVICES = 8
COUNTING = Path(__file__).parent / "counting.py"
_LOTS = """
SELECT count(*) AS lots, count(*) FILTER (WHERE told IS NULL OR read IS NULL OR kept IS NULL) AS apart
FROM (SELECT key AS lot, true AS told FROM event WHERE rule = 'test.counting') AS events
FULL JOIN (SELECT text AS lot, true AS read FROM observation
    WHERE attr = (SELECT id FROM attribute WHERE name = $1)) AS readings USING (lot)
FULL JOIN (SELECT lot, true AS kept FROM records.test_counted) AS records USING (lot)
"""
"""One statement, so one moment: how many lots were told, and how many not by event, reading and record alike."""
_CAUGHT_UP = "SELECT EXISTS (SELECT FROM event WHERE rule = 'test.counting' AND kind = 'caught up' AND at > $1)"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Sent:
    """What one sender has had acknowledged: subject and second since START, the value being the second."""

    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    resent: int = 0


def reading(subject: str, second: int) -> dict[str, object]:
    """A reading whose value tells which one it is."""
    time = (START + timedelta(seconds=second)).isoformat()
    return {"id": subject, "observedAt": time, "pm25": second % 500 + second / 1_000_000}


async def send_by_mqtt(city: RunningCity, device: str, password: str, sent: Sent, stop: asyncio.Event) -> None:
    """Publish one reading after another with QoS 1, and each again until it is acknowledged."""
    second = 0
    while not stop.is_set():
        try:
            async with aiomqtt.Client(
                city.runtime.mqtt_host, city.runtime.mqtt_port, identifier=device, username=device, password=password
            ) as client:
                while not stop.is_set():
                    payload = msgspec.json.encode(reading(device, second))
                    await client.publish(f"ucity/{device}/air_quality/stations", payload, qos=1, timeout=5)
                    sent.acknowledged.append((device, second))
                    second += 1
        except aiomqtt.MqttError:
            sent.resent += 1
            await asyncio.sleep(0.05)


async def send_by_http(city: RunningCity, key: str, sent: Sent, stop: asyncio.Event) -> None:
    """Post batch after batch, and each again until it is accepted."""
    second = 0
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=city.url, headers=headers, timeout=10) as client:
        while not stop.is_set():
            seconds = range(second, second + 20)
            lines = b"\n".join(msgspec.json.encode(reading("by-http", each)) for each in seconds)
            try:
                answer = await client.post("/api/v1/readings/air_quality/stations", content=lines)
            except httpx.TransportError:
                answer = None
            if answer is None or answer.status_code in {429, 502, 503}:
                sent.resent += 1
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code == 202, answer.text
            sent.acknowledged += [("by-http", each) for each in seconds]
            second += 20


async def until(condition: Callable[[], bool], city: RunningCity, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come back: {city.runtime.children}\n{logs(city)}"
        await asyncio.sleep(0.05)


def logs(city: RunningCity) -> str:
    """The end of every process's log."""
    files = sorted((city.data / "logs").glob("*.log"))
    return "\n".join(f"{file.name}: {file.read_text(errors='replace')[-2000:]}" for file in files)


class Counting:
    """The counting rule's process, started again whenever it was killed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.started = datetime.now(UTC)
        return subprocess.Popen([sys.executable, str(COUNTING), self._url], stderr=subprocess.DEVNULL)  # noqa: S603

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def revive(self) -> None:
        """Start it again if it has ended, as it does when the database is away at its start."""
        if self.process.poll() is not None:
            self.process = self._start()

    def restart(self) -> None:
        self.kill()
        self.process = self._start()

    async def at_work(self) -> None:
        """Wait until it has followed the feed since its start, stood back, and caught up."""
        deadline = time.monotonic() + 120
        while not await self._has_caught_up():
            assert time.monotonic() < deadline, "it did not catch up"
            self.revive()
            await asyncio.sleep(0.2)

    async def _has_caught_up(self) -> bool:
        try:
            connection = await asyncpg.connect(self._url)
        except _KILLED:
            return False
        try:
            return bool(await connection.fetchval(_CAUGHT_UP, self.started))
        finally:
            await connection.close()


async def kill_in_turn(city: RunningCity, counting: Counting, chance: random.Random) -> None:
    """Kill one process after another with SIGKILL, each at a moment of its own, and wait for its successor."""
    for number in range(ROUNDS):
        await asyncio.sleep(0.3 + chance.random())
        victim = VICTIMS[number % len(VICTIMS)]
        if victim == "counting":
            counting.restart()
            await counting.at_work()
            continue
        # It may be down just now, because what it stands on was killed.
        await until(lambda: city.runtime.children[victim].pid is not None, city)  # noqa: B023
        before = city.pid(victim)
        psutil.Process(before).kill()
        await until(lambda: city.runtime.children[victim].pid not in (None, before), city)  # noqa: B023


async def settled(connection: asyncpg.Connection, acknowledged: int, counting: Counting) -> None:
    """Wait until all is stored and the counting rule has come as far as the feed."""
    deadline = time.monotonic() + 60
    while True:
        counting.revive()
        stored = await connection.fetchval(
            "SELECT count(*) FROM observation AS o WHERE attr = $1", await pm25(connection)
        )
        behind = await connection.fetchval(
            "SELECT count(*) FROM change WHERE stream = 'air_quality/stations'"
            " AND seq > coalesce((SELECT seq FROM log_position WHERE name = 'test.counting'), 0)"
        )
        if stored >= acknowledged and not behind:
            return
        assert time.monotonic() < deadline, f"{stored} of {acknowledged} stored, counting {behind} changes behind"
        await asyncio.sleep(0.2)


async def pm25(connection: asyncpg.Connection) -> int | None:
    return await connection.fetchval("SELECT id FROM attribute WHERE name = $1", attribute_iri("pm25"))


@asynccontextmanager
async def credentials_for(city: RunningCity, devices: list[str]) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """An API key and the devices' passwords."""
    pool = await connect(city.runtime.postgres_url)
    made = Credentials(partial(session, pool))
    _, key = await made.make_key("load", scopes={Scope.WRITE})
    passwords = {
        device: (await made.make_device(device, streams=["air_quality/stations"], catalogue=catalogue()))[1]
        for device in devices
    }
    await pool.close()
    yield key, passwords


@dataclass
class Seen:
    """What a reader saw of the counting rule's effects, look after look: lots, and those of them that stood apart."""

    looks: list[tuple[int, int]] = field(default_factory=list)


_KILLED = (*LOST, asyncpg.PostgresError)
"""What a reader hears when PostgreSQL was killed."""


async def look_on(url: str, seen: Seen, stop: asyncio.Event) -> None:
    """Look at the effects again and again, as anyone may who reads the city."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(url)
        except _KILLED:
            await asyncio.sleep(0.1)
            continue
        try:
            while not stop.is_set():
                seen.looks.append(tuple(await connection.fetchrow(_LOTS, attribute_iri("lot"))))
                await asyncio.sleep(0.05)
        except _KILLED:  # or the table is not there yet
            await asyncio.sleep(0.1)
        finally:
            connection.terminate()


async def load(city: RunningCity, counting: Counting, seen: Seen) -> Sent:
    """Send through both doors while processes are killed; returns what was acknowledged."""
    devices = [f"station-{number}" for number in range(DEVICES)]
    sent, stop = Sent(), asyncio.Event()
    async with credentials_for(city, devices) as (key, passwords), asyncio.TaskGroup() as group:
        for device in devices:
            group.create_task(send_by_mqtt(city, device, passwords[device], sent, stop))
        group.create_task(send_by_http(city, key, sent, stop))
        group.create_task(look_on(city.runtime.postgres_url, seen, stop))
        try:
            await counting.at_work()
            await kill_in_turn(city, counting, random.Random(ROUNDS))  # noqa: S311 - moments to kill, no secret
            await asyncio.sleep(1)
        finally:
            stop.set()
    return sent


async def stored_once(connection: asyncpg.Connection, sent: Sent) -> dict[tuple[str, int], int]:
    """Every reading that is stored, held against those that were acknowledged."""
    rows = await connection.fetch(
        "SELECT e.id, o.observed_at, o.number, count(*) FROM observation AS o JOIN entity AS e ON e.key = o.entity"
        " WHERE o.attr = $1 GROUP BY 1, 2, 3",
        await pm25(connection),
    )
    stored = {
        (row["id"].rpartition(":")[2], round((row["observed_at"] - START).total_seconds())): row["count"]
        for row in rows
    }
    lost = [each for each in sent.acknowledged if each not in stored]
    assert not lost, f"{len(lost)} of {len(sent.acknowledged)} acknowledged readings are lost: {lost[:5]}"
    assert set(stored.values()) == {1}
    assert all(
        row["number"] == reading("", round((row["observed_at"] - START).total_seconds()))["pm25"] for row in rows
    )
    return stored


async def test_whatever_was_acknowledged_is_there_exactly_once(city: RunningCity) -> None:
    counting = Counting(city.runtime.postgres_url)
    try:
        seen = Seen()
        sent = await load(city, counting, seen)
        assert len(sent.acknowledged) > 100
        connection = await asyncpg.connect(city.runtime.postgres_url)
        await settled(connection, len(sent.acknowledged), counting)
    finally:
        counting.kill()
    stored = await stored_once(connection, sent)
    counted = await connection.fetch(
        "SELECT subject, min(kind) AS kind, count(*) FROM event WHERE rule = 'test.counting' GROUP BY subject"
    )
    assert {row["count"] for row in counted} == {1}
    assert len(counted) == len(stored)
    assert tuple(await connection.fetchrow(_LOTS, attribute_iri("lot"))) == (len(stored), 0)
    assert await connection.fetchval("SELECT count(*) FROM records.test_writings") == len(stored)
    lots, apart = (max(each) for each in zip(*seen.looks, strict=True))
    assert lots > 0, "nobody looked while there was something to see"
    assert apart == 0, f"of {lots} lots, {apart} were told by one effect and not yet by another"
    kinds = Counter(row["kind"] for row in counted)
    assert set(kinds) == {"followed", "caught up"}
    await connection.close()
    print(f"{ROUNDS} kills: {len(sent.acknowledged)} acknowledged, {len(stored)} stored, {sent.resent} sent again")
    print(f"counted: {kinds}; {len(seen.looks)} looks at all three effects")


async def test_a_whole_city_that_is_killed_has_it_all_when_it_starts_again(city_folder: Path) -> None:
    with running_city(city_folder, "--no-demo") as city:
        sent, stop = Sent(), asyncio.Event()
        async with credentials_for(city, ["station-0"]) as (key, passwords), asyncio.TaskGroup() as group:
            group.create_task(send_by_mqtt(city, "station-0", passwords["station-0"], sent, stop))
            group.create_task(send_by_http(city, key, sent, stop))
            await until(lambda: len({device for device, _ in sent.acknowledged}) == 2, city)
            await asyncio.sleep(0.5)
            children = city.processes()
            city.process.kill()
            stop.set()
        assert not psutil.wait_procs(children, 20)[1]
    with running_city(city_folder, "--no-demo") as city:
        connection = await asyncpg.connect(city.runtime.postgres_url)
        deadline = time.monotonic() + 60
        while await connection.fetchval("SELECT count(*) FROM observation") < len(sent.acknowledged):
            assert time.monotonic() < deadline, "not all is stored"
            await asyncio.sleep(0.1)
        await stored_once(connection, sent)
        await connection.close()
