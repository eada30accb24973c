"""Aggregates of 10,000 instances of one attribute of one entity: by the hour, by the day and over all.

One client asks, one request after another, as somebody does who looks at a chart. Reference, in turns with the city:
the same methods on the numbers of the same rows of history, in plain SQL by asyncpg from this process, without what
tells versions of instances apart, checks or rendering.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx

from bench.asking import Asked, Load, Request, send
from bench.cities import database_of, fresh_city, new_key
from bench.figures import Aim, Figure, compared, in_turns
from bench.ngsi_references import Connection, Reference, repeated
from bench.notify import client_of
from bench.progress import Step
from running.city import RunningCity
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.aggregation import METHODS

POINTS = 10_000
ROUNDS = 3
SECONDS = 2.0
AIM = Aim(50, "less")
"""Milliseconds for an answer."""
ID = "urn:ngsi-ld:WeatherStation:aggregated"
_EVERY = timedelta(minutes=1)
_TOGETHER = 5_000


@dataclass(frozen=True)
class Period:
    """What the points are put together by: ``duration`` is of ISO 8601, ``step`` an interval of PostgreSQL."""

    name: str
    duration: str
    step: str


PERIODS = (
    Period("by the hour", "PT1H", "1 hour"),
    Period("by the day", "P1D", "1 day"),
    Period("over all", "PT0S", ""),
)


async def measure(step: Step) -> list[Figure]:
    """How long aggregates take, each beside its reference."""
    step("starting a city")
    with fresh_city() as city:
        async with database_of(city) as pool:
            return await rounds(city, pool, await new_key(pool), step)


async def rounds(city: RunningCity, pool: Pool, key: str, step: Step, benchmark: str = "aggregate") -> list[Figure]:
    """The figures of all periods, of points that are written first."""
    step(f"writing {POINTS:,} points of one entity")
    async with client_of(city, key) as client:
        await _write(client)
    figures: list[Figure] = []
    for period in PERIODS:
        figures += _figures(period, await _rounds(city, pool, key, period, step), benchmark)
    return figures


async def _write(client: httpx.AsyncClient) -> None:
    first = datetime.now(UTC).replace(second=0, microsecond=0) - POINTS * _EVERY
    chance = random.Random(0)  # noqa: S311 - no secret
    points = [
        {
            "type": "Property",
            "value": round(chance.gauss(15, 8), 2),
            "unitCode": "CEL",
            "observedAt": (first + number * _EVERY).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for number in range(POINTS)
    ]
    for at in range(0, POINTS, _TOGETHER):
        entity = {"id": ID, "type": "WeatherStation", "temperature": points[at : at + _TOGETHER]}
        (await client.post("/temporal/entities", json=entity)).raise_for_status()


@dataclass
class _Found:
    ours: list[Asked] = field(default_factory=list)
    theirs: list[Asked] = field(default_factory=list)


async def _rounds(city: RunningCity, pool: Pool, key: str, period: Period, step: Step) -> _Found:
    found, reference = _Found(), _sql(period)
    asked = {"options": "aggregatedValues", "aggrMethods": ",".join(METHODS), "aggrPeriodDuration": period.duration}
    load = Load(
        url=f"{city.url}/ngsi-ld/v1",
        headers={"Authorization": f"Bearer {key}"},
        connections=1,
        seconds=SECONDS,
        requests=[Request(f"/temporal/entities/{ID}?{urlencode(asked)}")],
    )
    for turn, way in in_turns(("city", "reference"), ROUNDS):
        step(f"{period.name}, round {turn + 1} of {ROUNDS}, {way}")
        if way == "city":
            found.ours.append(await asyncio.to_thread(send, load))
        else:
            found.theirs.append(await repeated(pool, reference, clients=1, seconds=SECONDS))
    return found


def _sql(period: Period) -> Reference:
    by = f"date_bin('{period.step}', observed_at, '2000-01-01T00:00:00Z')" if period.step else "true"
    sql = f"""
        SELECT {by}, count(*), count(DISTINCT number), sum(number), avg(number), min(number), max(number),
            stddev_pop(number), sum(number * number)
        FROM observation WHERE entity = (SELECT key FROM entity WHERE tenant = '' AND id = $1) GROUP BY 1 ORDER BY 1
    """  # noqa: S608 - constants

    async def ask(connection: Connection, _: int) -> object:
        return await connection.fetch(sql, ID)

    return ask


def _figures(period: Period, found: _Found, benchmark: str) -> Iterator[Figure]:
    for name in ("p50", "p99"):
        ours, theirs = ([1000 * getattr(each, name) for each in asked] for asked in (found.ours, found.theirs))
        measured, reference, ratio = compared(ours, theirs)
        yield Figure(
            benchmark=benchmark,
            name=f"{POINTS:,} points {period.name}, {len(METHODS)} methods, {name}",
            unit="ms",
            measured=measured,
            against="plain SQL",
            reference=reference,
            ratio=ratio,
            aim=AIM,
            aims_at_ratio=False,
        )
