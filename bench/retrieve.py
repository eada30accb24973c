"""NGSI-LD retrieve of one entity, the newest readings of a station.

Reference: the same server with an empty handler that reads the same row by its key, asked by the same client.
"""

import asyncio
import random
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from bench import readings
from bench.asking import Asked, ask, who_asks
from bench.bare_http import bare_http
from bench.cities import STATIONS, STREAM, database_of, fresh_city, new_key, settled
from bench.figures import Aim, Figure, compared, in_turns
from bench.progress import Step
from running.city import RunningCity
from ucity.cloud.ioc.store import Pool

ROUNDS = 3
SECONDS = 4
CONNECTIONS = 16
_ID = STREAM.entity_id("station-0001")


async def measure(step: Step) -> list[Figure]:
    """Requests a second and the 99th percentile of the waiting time."""
    step("starting a city")
    with fresh_city() as city:
        async with database_of(city) as pool:
            key = await new_key(pool)
            headers = {"Authorization": f"Bearer {key}"}
            row = await _station(city, pool, key)
            with bare_http(city.runtime.postgres_url, str(row)) as bare:
                urls = {"city": f"{city.url}/ngsi-ld/v1/entities/{quote(_ID)}", "bare": bare}
                return _figures(await _rounds(urls, headers, step))


async def _station(city: RunningCity, pool: Pool, key: str) -> int:
    """Send a station's readings, and tell the key of its row."""
    reading = readings.reading("station-0001", datetime.now(UTC), random.Random(1))  # noqa: S311 - no secret
    reading |= {"name": "Gijang", "location": {"type": "Point", "coordinates": [129.2222, 35.2445]}}
    async with httpx.AsyncClient(base_url=city.url, headers={"Authorization": f"Bearer {key}"}) as client:
        (await client.post(f"/api/v1/readings/{STATIONS}", json=reading)).raise_for_status()
    await settled(city, key)
    row: int = await pool.fetchval("SELECT key FROM entity WHERE id = $1", _ID)
    return row


async def _rounds(urls: dict[str, str], headers: dict[str, str], step: Step) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = {name: [] for name in urls}
    for name, url in urls.items():
        step(f"warming up, {name}")
        await asyncio.to_thread(ask, url, headers, connections=CONNECTIONS, seconds=1)
    for turn, name in in_turns(urls, ROUNDS):
        step(f"round {turn + 1} of {ROUNDS}, {name}")
        asked = await asyncio.to_thread(ask, urls[name], headers, connections=CONNECTIONS, seconds=SECONDS)
        found[name].append(asked)
    return found


def _figures(found: dict[str, list[Asked]]) -> list[Figure]:
    against = "one read by primary key, empty handler"
    rate = compared(*([each.per_second for each in found[name]] for name in ("city", "bare")))
    wait = compared(*([each.p99 * 1000 for each in found[name]] for name in ("city", "bare")))
    return [
        Figure(
            benchmark="retrieve",
            name=name,
            unit=unit,
            measured=measured,
            against=against,
            reference=reference,
            ratio=ratio,
            aim=aim,
            note=note,
        )
        for name, unit, (measured, reference, ratio), aim, note in (
            ("requests", "1/s", rate, Aim(0.5), f"{CONNECTIONS} connections kept alive; asked by {who_asks()}"),
            ("p99", "ms", wait, Aim(2, "less"), ""),
        )
    ]
