"""HTTP batch ingest, from the first byte sent until the last value can be read from the history.

References, in the same table of the same server: one binary COPY of the same rows, and INSERTs of one row and one
commit each, over as many connections as there are senders.
"""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import chain
from typing import Any

import httpx
import polars as pl

from bench import readings
from bench.cities import STATIONS, database_of, fresh_city, new_key, settled
from bench.figures import Aim, Figure, compared, in_turns
from bench.progress import Step
from running.city import RunningCity
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.copy import NUMBER_COLUMNS, encode_numbers

ROUNDS = 3
SENDERS = 4
THINGS = 1_000
TIMES = 60
VALUES = THINGS * TIMES * readings.VALUES
INSERTS = 3_000
_ELSEWHERE = 1_000_000_000
"""Added to the keys of entities for the references' rows: as long and as scattered as the city's, and new."""
_START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
_BETWEEN = timedelta(hours=3)
"""So far apart that the rules have nothing to do with the readings of another turn."""
_INSERT = f"INSERT INTO observation ({', '.join(NUMBER_COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608
_STORED = "SELECT count(*) FROM observation WHERE entity = ANY($1) AND attr = ANY($2) AND observed_at BETWEEN $3 AND $4"

_LOOK = 0.02
"""Seconds between two looks at what is stored: a part in two hundred of a turn, and a database that is left alone."""

Items = list[dict[str, Any]]


@dataclass(frozen=True)
class Target:
    """The city, with what it takes to fill it. ``entities``: stations to their keys; ``attributes``: measures to their
    numbers."""

    city: RunningCity
    pool: Pool
    key: str
    entities: dict[str, int]
    attributes: dict[str, int]

    async def stored(self, batches: list[Items], measures: list[str], stations: list[str]) -> int:
        """How many values of these measures and stations, at the times of the batches, can be read."""
        numbers = [self.attributes[name] for name in measures]
        keys = [self.entities[name] for name in stations]
        times = [datetime.fromisoformat(items[0]["observedAt"]) for items in batches]
        found: int = await self.pool.fetchval(_STORED, keys, numbers, min(times), max(times))
        return found


async def measure(step: Step) -> list[Figure]:
    """Values a second: plain and packed bodies, each against COPY and against single INSERTs."""
    step("starting a city")
    with fresh_city() as city:
        async with database_of(city) as pool:
            return _figures(await _rounds(await _warm(city, pool), step))


async def _warm(city: RunningCity, pool: Pool) -> Target:
    """Make the entities, and send so much that no first time is measured."""
    key = await new_key(pool)
    batches = _batches(0)[:4]
    await _send(city, key, [readings.ndjson(items) for items in batches], {})
    await settled(city, key)
    entities = {row["id"].rpartition(":")[2]: row["key"] for row in await pool.fetch("SELECT id, key FROM entity")}
    attributes = {row["name"].rpartition("/")[2]: row["id"] for row in await pool.fetch("SELECT * FROM attribute")}
    return Target(city, pool, key, entities, attributes)


def _batches(number: int) -> list[Items]:
    """The readings of one turn."""
    return readings.rounds_of_stations(_START + number * _BETWEEN, stations=THINGS, times=TIMES, seed=number)


async def _rounds(target: Target, step: Step) -> dict[str, list[float]]:
    """Values a second of each way, turn by turn, beginning with another one each round."""
    ways: dict[str, Callable[[Target, list[Items]], Awaitable[float]]] = {
        "plain": _by_http,
        "gzip": _by_packed_http,
        "copy": _by_copy,
        "insert": _by_inserts,
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number, (turn, name) in enumerate(in_turns(ways, ROUNDS), start=1):
        step(f"round {turn + 1} of {ROUNDS}, {name}")
        found[name].append(await ways[name](target, _batches(number)))
        await settled(target.city, target.key)
    return found


async def _by_http(target: Target, batches: list[Items]) -> float:
    return await _through_the_door(target, batches, [readings.ndjson(items) for items in batches], {})


async def _by_packed_http(target: Target, batches: list[Items]) -> float:
    bodies = [gzip.compress(readings.ndjson(items), 6) for items in batches]
    return await _through_the_door(target, batches, bodies, {"Content-Encoding": "gzip"})


async def _through_the_door(
    target: Target, batches: list[Items], bodies: list[bytes], headers: dict[str, str]
) -> float:
    last, values = batches[-1][-1]["id"], sum(map(len, batches)) * readings.VALUES
    began = time.perf_counter()
    await _send(target.city, target.key, bodies, headers)
    # A body is stored whole, so one value of each tells; asking for it costs the database next to nothing.
    while await target.stored(batches, ["humidity"], [last]) < len(batches):  # noqa: ASYNC110 - a row has no event
        await asyncio.sleep(_LOOK)
    seconds = time.perf_counter() - began
    found = await target.stored(batches, list(readings.MEASURES), list(target.entities))
    if found != values:
        raise RuntimeError(f"{found} of {values} values are stored")
    return values / seconds


async def _send(city: RunningCity, key: str, bodies: list[bytes], headers: dict[str, str]) -> None:
    """Post the bodies, several at a time, until all are accepted."""
    waiting = iter(bodies)
    headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {key}"} | headers
    async with (
        httpx.AsyncClient(base_url=city.url, headers=headers, timeout=60) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(SENDERS):
            group.create_task(_post(client, waiting))


async def _post(client: httpx.AsyncClient, bodies: Iterator[bytes]) -> None:
    for body in bodies:
        answer = await client.post(f"/api/v1/readings/{STATIONS}", content=body)
        if answer.status_code != 202:
            raise RuntimeError(f"{answer.status_code} {answer.text}")


async def _by_copy(target: Target, batches: list[Items]) -> float:
    """One COPY of all rows, made ready beforehand."""
    rows = _rows(target, batches)
    data = encode_numbers(rows)
    async with target.pool.acquire() as connection:
        began = time.perf_counter()
        await connection.copy_to_table("observation", source=BytesIO(data), columns=NUMBER_COLUMNS, format="binary")
        return rows.height / (time.perf_counter() - began)


async def _by_inserts(target: Target, batches: list[Items]) -> float:
    rows = _rows(target, batches[:1]).select(NUMBER_COLUMNS).rows()[:INSERTS]
    waiting = iter(rows)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(_insert(target.pool, waiting))
    return len(rows) / (time.perf_counter() - began)


async def _insert(pool: Pool, rows: Iterator[tuple[Any, ...]]) -> None:
    async with pool.acquire() as connection:
        statement = await connection.prepare(_INSERT)
        for row in rows:
            await statement.fetch(*row)


def _rows(target: Target, batches: list[Items]) -> pl.DataFrame:
    """What the batches would be in the history, of things that are not there, in the order that is kindest to the
    index."""
    entities = {name: key + _ELSEWHERE for name, key in target.entities.items()}
    rows = readings.history(list(chain.from_iterable(batches)), entities, target.attributes)
    return rows.sort("entity", "attr", "observed_at")


def _figures(found: dict[str, list[float]]) -> list[Figure]:
    size = f"{THINGS} stations, {TIMES} times, {readings.VALUES} values each; {SENDERS} senders"
    figures: list[Figure] = []
    for way in ("plain", "gzip"):
        for name, against, aim in (("copy", "one binary COPY", 0.25), ("insert", "single INSERTs", 20)):
            measured, reference, ratio = compared(found[way], found[name])
            figures.append(
                Figure(
                    benchmark="ingest",
                    name=f"HTTP, NDJSON {way}",
                    unit="values/s",
                    measured=measured,
                    against=against,
                    reference=reference,
                    ratio=ratio,
                    aim=Aim(aim),
                    note=size if not figures else "",
                )
            )
    return figures
