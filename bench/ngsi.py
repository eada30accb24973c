"""NGSI-LD in a city of a million entities and 10,000 subscriptions: reads, queries, writes, notifications, memory.

References, in turns with the city and from as many clients at once: what is asked for as plain SQL, with the indexes
that the city has, by asyncpg from this process; nothing is rendered, checked, or written into a history. Aims are
figures a core: five times what Stellio publishes, twice what Antares does, by the processor time that the city takes.
"""

import asyncio
from dataclasses import dataclass, field

import httpx

from bench import aggregate, large_city, notify
from bench.asking import Asked, Load, send
from bench.cities import database_of, fresh_city, new_key
from bench.figures import Figure, Spread, compared, in_turns
from bench.ngsi_references import repeated
from bench.ngsi_tasks import BATCH, Task, reads, writes
from bench.processors import NOTE, used_by
from bench.progress import Step
from bench.start import memory
from running.city import RunningCity
from ucity.cloud.ioc.store import Pool

ROUNDS = 2
SECONDS = 3.0
CONNECTIONS = 16
_PATIENCE = 600
_MIB = 1 << 20


async def measure(step: Step, entities: int = 1_000_000) -> list[Figure]:
    """Requests a second and how long they take, each beside its reference."""
    step("starting a city")
    with fresh_city(private_receivers=True) as city, notify.receiving() as receiver:
        async with database_of(city) as pool:
            key = await new_key(pool)
            async with notify.client_of(city, key) as client:
                step(f"making {entities:,} entities")
                await large_city.fill(client, pool, entities)
                step(f"making {notify.SUBSCRIPTIONS:,} subscriptions")
                await notify.subscribe(client, pool, receiver.port)
                figures = [_memory(city, "memory with all of them")]
                step("asking for values until the city has an index of them")
                figures.append(await _indexed(client, pool))
                for task in (*reads(entities), *writes()):
                    figures += _figures(task, await _rounds(city, pool, key, task, step))
                figures += await aggregate.rounds(city, pool, key, step, "ngsi")
                step("vacuuming")
                # What the tasks before have left is not to be counted with the notifications.
                await pool.execute("VACUUM ANALYZE", timeout=_PATIENCE)
                figures += await notify.rounds(city, client, receiver, step, "ngsi")
                figures += await notify.overload(client, pool, receiver, step, "ngsi")
                return [*figures, _memory(city, "memory at the end")]


async def _indexed(client: httpx.AsyncClient, pool: Pool) -> Figure:
    """Ask once for each attribute and for an id, and wait until the city has taken them in."""
    began = asyncio.get_running_loop().time()
    for q in ('serial=="none"', "level>1000", "program==urn:none", 'state=="none"'):
        await client.get("/entities", params={"type": large_city.TYPES[0], "q": q})
    await client.get("/entities", params={"type": large_city.TYPES[0], "idPattern": "none"})
    async with asyncio.timeout(_PATIENCE):
        while not await pool.fetchval("SELECT count(*) >= 5 AND bool_and(ready) FROM sought"):  # noqa: ASYNC110 - theirs
            await asyncio.sleep(0.2)
    seconds = asyncio.get_running_loop().time() - began
    return Figure(
        benchmark="ngsi", name="index of 4 attributes and of ids made", unit="s", measured=Spread.of([seconds])
    )


@dataclass
class _Found:
    """What the rounds of one task found; ``used``: seconds of the city's processors for one answer."""

    ours: list[Asked] = field(default_factory=list)
    theirs: list[Asked] = field(default_factory=list)
    used: list[float] = field(default_factory=list)


async def _rounds(city: RunningCity, pool: Pool, key: str, task: Task, step: Step) -> _Found:
    found = _Found()
    for turn, way in in_turns(("city", "reference"), ROUNDS):
        step(f"{task.name}, round {turn + 1} of {ROUNDS}, {way}")
        if way == "reference":
            found.theirs.append(await repeated(pool, task.reference, clients=task.connections, seconds=SECONDS))
            continue
        load = Load(
            url=f"{city.url}/ngsi-ld/v1",
            headers={"Authorization": f"Bearer {key}"},
            connections=task.connections,
            seconds=SECONDS,
            requests=task.requests(turn),
            once=task.once,
        )
        before = used_by(city)
        asked = await asyncio.to_thread(send, load)
        found.ours.append(asked)
        found.used.append((used_by(city) - before) / asked.answers)
    return found


def _figures(task: Task, found: _Found) -> list[Figure]:
    rows = (
        ("", "1/s", [each.per_second for each in found.ours], [each.per_second for each in found.theirs]),
        (", p50", "ms", [each.p50 * 1000 for each in found.ours], [each.p50 * 1000 for each in found.theirs]),
        (", p99", "ms", [each.p99 * 1000 for each in found.ours], [each.p99 * 1000 for each in found.theirs]),
    )
    figures = []
    for what, unit, mine, other in rows:
        measured, reference, ratio = compared(mine, other)
        figures.append(
            Figure(
                benchmark="ngsi",
                name=task.name + what,
                unit=unit,
                measured=measured,
                against="plain SQL",
                reference=reference,
                ratio=ratio,
            )
        )
    return [*figures, *_of_processors(task, found)]


def _of_processors(task: Task, found: _Found) -> list[Figure]:
    what = "entities a core" if task.entities == BATCH else "a core"
    return [
        Figure(
            benchmark="ngsi",
            name=f"{task.name}, processor time",
            unit="ms",
            measured=Spread.of([1000 * each for each in found.used]),
            against="its clients",
            reference=Spread.of([1000 * each.used for each in found.ours]),
        ),
        Figure(
            benchmark="ngsi",
            name=f"{task.name}, {what}",
            unit="1/s",
            measured=Spread.of([task.entities / each for each in found.used]),
            aim=task.aim,
            aims_at_ratio=False,
            note=NOTE if task.name == "retrieve" else "",
        ),
    ]


def _memory(city: RunningCity, name: str) -> Figure:
    return Figure(benchmark="ngsi", name=name, unit="MiB", measured=Spread.of([memory(city)]))
