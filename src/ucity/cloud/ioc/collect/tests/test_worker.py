"""The collector: whatever lies in a log, it is taken in or kept aside, and what follows is never held up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl
import pytest

from ucity.blueprint import Area, Catalogue, Measure, Readings, Service, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.collect.inlet import append_readings
from ucity.cloud.ioc.collect.quarantine import Quarantine
from ucity.cloud.ioc.collect.worker import MOST_ITEMS, Collector, Intake
from ucity.cloud.ioc.policy import Access, Predicate, Principal
from ucity.cloud.ioc.store import Batch, Committed, Committer, Pool
from ucity.cloud.ioc.store.feed import encode
from ucity.cloud.ioc.store.rush import Rush
from ucity.network.log import Logged

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)
STATIONS = Stream(
    name="stations",
    entity_type="Station",
    title=TITLE,
    measures=(Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000)),),
)
CATALOGUE = Catalogue(
    {"environment/air": Service(serves=(Area.ENVIRONMENT,), title=TITLE, summary=TITLE, streams=(STATIONS,))}
)
MAY_SEND = frozenset({"air/stations"})


class MemoryLog:
    """A log in memory, in which anything may lie."""

    name, incarnation = "test", "1"

    def __init__(self) -> None:
        self.messages: list[Logged] = []

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        self.messages.append(Logged(len(self.messages) + 1, subject, payload, T0))
        return len(self.messages)

    async def read(self, after: int, **_: Any) -> list[Logged]:
        return self.messages[after:]

    async def trim(self, through: int) -> None:
        """Keep them, to look at."""

    async def lag(self, after: int) -> int:
        return len(self.messages) - after


async def senders(names: set[str]) -> dict[str, Principal]:
    """Every device is known and may send."""
    return {name: Principal("device", name, streams=MAY_SEND) for name in names}


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None for _ in lons])


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def take_in(log: MemoryLog, committer: Committer) -> Callable[[], Awaitable[None]]:
    """Takes in all that lies in the log."""

    async def take() -> None:
        collector = Collector(log, committer, Access(CATALOGUE), senders)
        while messages := await log.read(await collector.position()):
            await collector.take(await collector.position(), messages)

    return take


def message(hour: int, value: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"observedAt": f"2026-11-24T{hour:02}:00:00Z", "pm25": value, **more}


async def numbers(pool: Pool) -> list[float]:
    return list(await pool.fetchval("SELECT coalesce(array_agg(number ORDER BY number), '{}') FROM observation"))


async def reasons(pool: Pool) -> list[str]:
    return list(await pool.fetchval("SELECT coalesce(array_agg(reason ORDER BY id), '{}') FROM quarantine"))


UNREADABLE = (
    ("ucity.d.air.stations", b"no json"),
    ("ucity.d.air.stations", b'{"observedAt": "2126-11-24\\u000008:00:00Z"}'),
    ("ucity.d.air.stations", b'{"observedAt": "2026-11-24T08:00:00Z", "pm25": ' + b"9" * 5000 + b"}"),
    ("ucity.d.air.stations", b'[{"a": ' + b"9" * 400 + b"}]"),
    ("ucity.d.air.stations", b"[" * 100_000),
    ("ucity.d.air.stations", b"[" + b"0," * MOST_ITEMS + b"0]"),
    ("ucity.d.\x00.\ud800", b"{}"),
    ("ucity.d." + "x" * 5000, b"{}"),
    ("elsewhere", b"{}"),
    ("ingest.http.air.stations", b"no frame"),
    ("ingest.http.no.such", b""),
)


async def test_what_cannot_be_read_is_kept_aside_and_the_rest_goes_on(
    log: MemoryLog, take_in: Callable[[], Awaitable[None]], pool: Pool
) -> None:
    for number, (subject, payload) in enumerate(UNREADABLE):
        await log.append("ucity.d.air.stations", msgspec.json.encode(message(number, number)))
        await log.append(subject, payload)
    await take_in()
    assert await numbers(pool) == list(range(len(UNREADABLE)))
    assert len(await reasons(pool)) == len(UNREADABLE)


async def test_a_device_sends_as_itself_whatever_it_is_called(
    log: MemoryLog, take_in: Callable[[], Awaitable[None]], pool: Pool
) -> None:
    payload = msgspec.json.encode(message(1))
    await log.append("ucity.mqtt.victim.air.stations", payload)
    await log.append("ucity.http.air.stations", payload)
    await log.append("ingest.mqtt.mqtt.air.stations", payload)
    await take_in()
    stored = await pool.fetchval("SELECT array_agg(id ORDER BY id) FROM entity")
    assert stored == ["urn:ngsi-ld:Station:http", "urn:ngsi-ld:Station:mqtt"]
    assert await reasons(pool) == ["unknown_stream"]


async def test_readings_logged_before_their_stream_was_changed_are_taken_in(
    log: MemoryLog, take_in: Callable[[], Awaitable[None]], pool: Pool
) -> None:
    old = pl.DataFrame({"subject": ["a"], "observed_at": [T0], "gone": ["x"]})
    new = pl.DataFrame([{"subject": "a", "observed_at": T0, "pm25": 7.0}], schema=columns_of(STATIONS))
    for frame in (old, new):
        await log.append("ingest.http.air.stations", encode(frame))
    await take_in()
    assert (await numbers(pool), await reasons(pool)) == ([7], [])


class FailingCommitter(Committer):
    """Cannot store readings of one subject, for a reason of its own."""

    fault: Exception = KeyError("a fault of the program")

    async def commit(self, batch: Batch) -> Committed:
        """Store, but for the subject ``bad``."""
        if any("bad" in each.frame["subject"].to_list() for each in batch.readings):
            raise self.fault
        return await super().commit(batch)


async def test_readings_that_could_not_be_stored_can_be_replayed(log: MemoryLog, pool: Pool) -> None:
    frame = pl.DataFrame([{"subject": "bad", "observed_at": T0, "pm25": 5.0}], schema=columns_of(STATIONS))
    await append_readings(log, Readings("environment/air", STATIONS, frame))
    await log.append("ucity.bad.air.stations", msgspec.json.encode(message(3, 6.0)))
    await log.append("ucity.good.air.stations", msgspec.json.encode(message(4, 7.0)))
    failing = FailingCommitter(pool, lambda lons, _: [None for _ in lons])
    await Collector(log, failing, Access(CATALOGUE), senders).take(0, log.messages)
    assert await numbers(pool) == [7]
    assert await reasons(pool) == ["not_storable", "not_storable"]
    log.messages.clear()
    quarantine = Quarantine(pool, CATALOGUE, log)
    assert await quarantine.entries(Predicate("test", "", {})) == []
    predicate = Predicate("test", "", None)
    for entry in await quarantine.entries(predicate):
        assert await quarantine.replay(predicate, entry.id, "key:test") == 1
    working = Committer(pool, lambda lons, _: [None for _ in lons])
    await Collector(log, working, Access(CATALOGUE), senders).take(3, log.messages)
    assert await numbers(pool) == [5, 6, 7]


async def test_a_fault_of_the_database_puts_nothing_into_quarantine(log: MemoryLog, pool: Pool) -> None:
    await log.append("ucity.bad.air.stations", msgspec.json.encode(message(3)))
    failing = FailingCommitter(pool, lambda lons, _: [None for _ in lons])
    failing.fault = asyncpg.InsufficientPrivilegeError("permission denied")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await Collector(log, failing, Access(CATALOGUE), senders).take(0, log.messages)
    assert await reasons(pool) == []


class WaitingLog(MemoryLog):
    """One that is asked for more when there is none."""

    async def read(self, after: int, **_: Any) -> list[Logged]:
        if after >= len(self.messages):
            await asyncio.sleep(0.02)
        return self.messages[after:]


class Told(Rush):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bool] = []

    def tell(self, log: str, *, much: bool) -> None:
        self.said.append(much)
        super().tell(log, much=much)


async def test_it_tells_when_there_is_much_to_take_in_and_when_no_more(committer: Committer, pool: Pool) -> None:
    log, rush = WaitingLog(), Told()
    committer.rush = rush
    await log.append("ucity.a.air.stations", msgspec.json.encode(message(3)))
    working = asyncio.create_task(Collector(log, committer, Access(CATALOGUE), senders, Intake(messages=640)).run())
    async with asyncio.timeout(30):
        while not rush.said[1:]:  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.02)
    assert True not in rush.said
    for hour in range(4, 20):
        await log.append("ucity.a.air.stations", msgspec.json.encode(message(hour)))
    async with asyncio.timeout(30):
        while len(await numbers(pool)) < 17 or rush.said[-1]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    working.cancel()
    assert True in rush.said
