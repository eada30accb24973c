"""MQTT ingest with QoS 1 into a city that stores what comes: until the last acknowledgement, from when on a message
is safe, and until the last reading can be read from the history.

Reference: the same publishers into the same nats-server without a city, until the last acknowledgement; once as it
comes, where it forgets what nobody subscribes to, and once keeping every message on disk, as a city's does.
"""

import asyncio
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bench import readings
from bench.bare_nats import BareNats, bare_nats, keeping
from bench.cities import STATIONS, STREAM, database_of, fresh_city, new_devices, new_key, settled
from bench.figures import Aim, Figure, compared, in_turns
from bench.progress import Step
from bench.publishers import Device, publish
from running.city import RunningCity
from ucity.cloud.ioc.manage.ports import LOOPBACK
from ucity.cloud.ioc.policy.names import attribute_iri
from ucity.cloud.ioc.store import Pool

ROUNDS = 3
PROCESSES = 2
DEVICES = 32
MESSAGES = 2000
"""Of each device, a second apart."""
ACKNOWLEDGED = "MQTT, QoS 1, acknowledged"
QUERYABLE = "MQTT, QoS 1, queryable"
_START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
_BETWEEN = timedelta(hours=3)
_STORED = """
SELECT count(*) FROM observation AS o JOIN entity AS e ON e.key = o.entity
WHERE e.id = ANY($1) AND o.attr = (SELECT id FROM attribute WHERE name = $2) AND o.observed_at BETWEEN $3 AND $4
"""


@dataclass(frozen=True)
class Target:
    """The city with its devices, and the bare servers: ``plain`` as it comes, ``keeping`` with all on disk."""

    city: RunningCity
    pool: Pool
    key: str
    passwords: Mapping[str, str]
    plain: BareNats
    keeping: BareNats


async def measure(step: Step) -> list[Figure]:
    """Messages a second into a city against a bare server of either kind."""
    step("starting a city and two bare servers")
    async with AsyncExitStack() as stack:
        city = stack.enter_context(fresh_city())
        pool = await stack.enter_async_context(database_of(city))
        plain, keeper = stack.enter_context(bare_nats()), stack.enter_context(bare_nats())
        await stack.enter_async_context(keeping(keeper))
        passwords = await new_devices(pool, [f"device-{number}" for number in range(DEVICES)])
        target = Target(city, pool, await new_key(pool), passwords, plain, keeper)
        await _into_the_city(target, 0)
        await settled(city, target.key)
        return _figures(await _rounds(target, step))


async def _rounds(target: Target, step: Step) -> dict[str, list[float]]:
    """Messages a second of each way, turn by turn, beginning with another one each round. A way into the city gives two
    figures."""
    ways: dict[str, Callable[[Target, int], Awaitable[Mapping[str, float]]]] = {
        "city": _into_the_city,
        "plain": lambda target, number: _into(target.plain, "plain", number),
        "keeping": lambda target, number: _into(target.keeping, "keeping", number),
    }
    found = defaultdict[str, list[float]](list)
    for number, (turn, name) in enumerate(in_turns(ways, ROUNDS), start=1):
        step(f"round {turn + 1} of {ROUNDS}, {name}")
        for figure, value in (await ways[name](target, number)).items():
            found[figure].append(value)
        await settled(target.city, target.key)
    return found


async def _into_the_city(target: Target, number: int) -> Mapping[str, float]:
    devices = [_device(name, password, number) for name, password in target.passwords.items()]
    runtime = target.city.runtime
    began, acknowledged = await asyncio.to_thread(publish, runtime.mqtt_host, runtime.mqtt_port, devices, PROCESSES)
    # The log is taken in order, so what a device sent last is stored last.
    end = _start_of(number) + timedelta(seconds=MESSAGES - 1)
    while await _stored(target, end, end) < DEVICES:  # noqa: ASYNC110 - a row has no event
        await asyncio.sleep(0.005)
    stored = time.monotonic()
    found = await _stored(target, _start_of(number), end)
    if found != DEVICES * MESSAGES:
        raise RuntimeError(f"{found} of {DEVICES * MESSAGES} readings are stored")
    return {ACKNOWLEDGED: found / (acknowledged - began), QUERYABLE: found / (stored - began)}


async def _into(server: BareNats, name: str, number: int) -> Mapping[str, float]:
    devices = [_device(f"device-{each}", None, number) for each in range(DEVICES)]
    began, ended = await asyncio.to_thread(publish, LOOPBACK, server.mqtt_port, devices, PROCESSES)
    return {name: DEVICES * MESSAGES / (ended - began)}


def _start_of(number: int) -> datetime:
    return _START + number * _BETWEEN


def _device(name: str, password: str | None, number: int) -> Device:
    chance = random.Random(f"{name} {number}")  # noqa: S311 - readings, no secret
    times = (_start_of(number) + timedelta(seconds=second) for second in range(MESSAGES))
    payloads = [msgspec.json.encode(readings.reading(name, at, chance)) for at in times]
    return Device(name, password, f"ucity/{name}/{STATIONS}", payloads)


async def _stored(target: Target, since: datetime, until: datetime) -> int:
    """How many readings of the devices from these times can be read, by their last value."""
    ids = [STREAM.entity_id(name) for name in target.passwords]
    found: int = await target.pool.fetchval(_STORED, ids, attribute_iri(readings.MEASURES[-1]), since, until)
    return found


def _figures(found: dict[str, list[float]]) -> list[Figure]:
    against = {"plain": "bare NATS, forgetting", "keeping": "bare NATS, keeping"}
    aims = {ACKNOWLEDGED: Aim(0.5), QUERYABLE: None}
    size = f"{DEVICES} devices in {PROCESSES} processes, {MESSAGES} messages each of {readings.VALUES} values"
    figures: list[Figure] = []
    for (way, aim), (name, what) in itertools.product(aims.items(), against.items()):
        measured, reference, ratio = compared(found[way], found[name])
        figures.append(
            Figure(
                benchmark="mqtt",
                name=way,
                unit="messages/s",
                measured=measured,
                against=what,
                reference=reference,
                ratio=ratio,
                aim=aim,
                note="" if figures else size,
            )
        )
    return figures
