"""QoS 0 messages, put into the ingest log on a best effort."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from nats.aio.client import Client

from ucity.errors import TooManyRequests
from ucity.network.log import Logged, Logs, open_logs
from ucity.network.mqtt.qos0 import Append, Forwarder
from ucity.network.tests.conftest import Records, Server, counted, device


@asynccontextmanager
async def forwarding(bus: Client, append: Append, *, max_bytes: int = 1 << 20) -> AsyncIterator[None]:
    task = asyncio.create_task(Forwarder(bus, append, max_bytes=max_bytes).run())
    await asyncio.sleep(0.1)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.02)


async def settled(logs: Logs, count: int) -> list[Logged]:
    messages: list[Logged] = []
    async with asyncio.timeout(30):
        while len(messages) < count:
            messages = await logs.ingest.read(0, max_messages=1000, max_bytes=8 << 20, wait=0.1)
    await asyncio.sleep(0.1)
    return await logs.ingest.read(0, max_messages=1000, max_bytes=8 << 20, wait=0.1)


async def test_qos_0_goes_to_the_ingest_log_and_qos_1_does_not(server: Server, bus: Client, records: Records) -> None:
    logs = await open_logs(bus, 16 << 20)
    async with forwarding(bus, logs.ingest.append), forwarding(bus, logs.ingest.append):
        async with device(server, "alpha", "a-secret") as client:
            for number in range(50):
                await client.publish("ucity/alpha/air_quality/stations", f"zero {number}", qos=0)
                await client.publish("ucity/alpha/air_quality/stations", f"one {number}", qos=1)
        messages = await settled(logs, 50)
    assert sorted(m.payload for m in messages) == sorted(f"zero {number}".encode() for number in range(50))
    assert {m.subject for m in messages} == {"ingest.mqtt.alpha.air_quality.stations"}
    assert len(await logs.mqtt.read(0, max_messages=1000, max_bytes=8 << 20, wait=0.1)) == 50


async def test_odd_topics_are_kept_for_the_collector_as_far_as_they_can_be(
    server: Server, bus: Client, records: Records
) -> None:
    logs = await open_logs(bus, 16 << 20)
    before = counted("ucity_mqtt_qos0_total", outcome="topic")
    async with forwarding(bus, logs.ingest.append):
        async with device(server, "alpha", "a-secret") as client:
            for topic in ("ucity/alpha/*/x", "ucity/alpha/>", "ucity/alpha/one", "ucity/alpha/a//b", "ucity/alpha/a.b"):
                await client.publish(topic, topic, qos=0)
        messages = await settled(logs, 3)
    assert [m.payload.decode() for m in messages] == ["ucity/alpha/one", "ucity/alpha/a//b", "ucity/alpha/a.b"]
    assert counted("ucity_mqtt_qos0_total", outcome="topic") == before + 2


async def test_what_the_log_does_not_take_is_counted(server: Server, bus: Client, records: Records) -> None:
    async def full(subject: str, payload: bytes) -> int:
        raise TooManyRequests("full")

    before = counted("ucity_mqtt_qos0_total", outcome="refused"), counted("ucity_mqtt_qos0_total", outcome="too_large")
    async with forwarding(bus, full, max_bytes=1000):
        async with device(server, "alpha", "a-secret") as client:
            for size in (10, 2000, 10):
                await client.publish("ucity/alpha/air_quality/stations", "x" * size, qos=0)
        await until(lambda: counted("ucity_mqtt_qos0_total", outcome="refused") == before[0] + 2)
    assert counted("ucity_mqtt_qos0_total", outcome="too_large") == before[1] + 1


async def test_a_slow_log_does_not_fill_the_memory(server: Server, bus: Client, records: Records) -> None:
    stuck = asyncio.Event()

    async def never(subject: str, payload: bytes) -> int:
        await stuck.wait()
        return 0

    before = counted("ucity_mqtt_qos0_total", outcome="no_room")
    async with forwarding(bus, never):
        async with device(server, "alpha", "a-secret") as client:
            for _ in range(160):
                await client.publish("ucity/alpha/air_quality/stations", "x" * 900_000, qos=0)
            await client.publish("ucity/alpha/air_quality/stations", "x", qos=1)
        # 64 on their way, 64 MiB waiting, and the rest is dropped.
        await until(lambda: counted("ucity_mqtt_qos0_total", outcome="no_room") - before >= 10)
