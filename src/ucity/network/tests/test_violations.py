"""What devices are refused after their login, counted from nats-server's log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import aiomqtt
import pytest
from nats.aio.client import Client

from ucity.network.log import open_logs
from ucity.network.mqtt.sessions import device_of
from ucity.network.mqtt.violations import Violation, Violations, Who, violation_in
from ucity.network.tests.conftest import Records, Server, counted, device

METRIC = "ucity_mqtt_violations_total"


@asynccontextmanager
async def following(path: Path, who: Who, *, remembered: int = 1000) -> AsyncIterator[Violations]:
    violations = Violations(path, who, remembered=remembered)
    task = asyncio.create_task(violations.follow())
    await asyncio.sleep(0.05)
    yield violations
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def grown(kind: str, value: float) -> None:
    async with asyncio.timeout(15):
        while counted(METRIC, kind=kind) < value:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.02)


async def test_foreign_topics_are_counted_for_the_device_that_tried(
    server: Server, bus: Client, system: Client, records: Records
) -> None:
    publishes, subscribes = counted(METRIC, kind="publish"), counted(METRIC, kind="subscribe")
    async with following(server.log, partial(device_of, system)) as violations:
        async with device(server, "beta", "b-secret") as client:
            for _ in range(3):
                await client.publish("ucity/alpha/air_quality/stations", "forged", qos=1)
            await client.subscribe("ucity/alpha/commands/+")
        await grown("publish", publishes + 3)
        await grown("subscribe", subscribes + 1)
        assert violations.by_device == {"beta": 4}


async def test_back_pressure_and_other_refusals_are_counted(
    server: Server, bus: Client, system: Client, records: Records
) -> None:
    await open_logs(bus, 50_000, max_message=10_000)
    before = {kind: counted(METRIC, kind=kind) for kind in ("full", "too_large", "qos2")}
    async with following(server.log, partial(device_of, system)):
        for size, qos in ((20_000, 1), (100, 2), *[(9000, 1)] * 6):
            with suppress(aiomqtt.MqttError):
                async with device(server, "alpha", "a-secret") as client:
                    await client.publish("ucity/alpha/air_quality/stations", "x" * size, qos=qos, timeout=0.5)
        for kind, value in before.items():
            await grown(kind, value + 1)


async def test_a_log_that_is_put_aside_is_followed_on(tmp_path: Path) -> None:
    path = tmp_path / "nats.log"
    line = '[1] 2026/11/24 09:11:05.07 [ERR] 127.0.0.1:1 - mid:{} - "x" - Publish Violation - Subject "ucity.b.c"\n'
    path.write_text(line.format(1))

    async def who(connection: int) -> str | None:
        return f"device-{connection}" if connection != 4 else None

    start = counted(METRIC, kind="publish")
    async with following(path, who, remembered=2) as violations:
        with path.open("a") as out:
            out.write(line.format(2)[:50])
            out.flush()
            await asyncio.sleep(0.6)
            out.write(line.format(2)[50:])
        await grown("publish", start + 1)
        path.rename(tmp_path / "nats.log.1")
        path.write_text(line.format(3) * 2 + "other words\n" + line.format(4))
        await grown("publish", start + 4)
        assert violations.by_device == {"device-3": 2, "unknown": 1}


async def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    def nobody(connection: int) -> Awaitable[str | None]:
        return asyncio.sleep(0, None)

    start = counted(METRIC, kind="qos2")
    async with following(tmp_path / "nats.log", nobody):
        (tmp_path / "nats.log").write_text('[ERR] 127.0.0.1:1 - mid:7 - "x" - QoS=2 is disabled for PUBLISH messages\n')
        await grown("qos2", start + 1)


@pytest.mark.parametrize(
    ("line", "violation"),
    [
        (
            b'[9] 2026/11/24 [ERR] 127.0.0.1:57697 - mid:14 - "id" - Publish Violation - Subject "ucity.dev2.air.st"',
            Violation("publish", 14, "ucity.dev2.air.st"),
        ),
        (
            b'[9] [ERR] [::1]:5 - mid:3 - "id" - Subscription Violation - Subject ">", SID >',
            Violation("subscribe", 3, ">"),
        ),
        (
            b'[9] [ERR] 10.0.0.1:5 - mid:30 - "id" - JetStream failed a pipelined QoS1/2 operation (pi=2): '
            b"maximum bytes exceeded (10077); closing the connection",
            Violation("full", 30),
        ),
        (b'[9] [ERR] 127.0.0.1:5 - cid:3 - "v1" - Publish Violation - Subject "x"', None),
        (b"[9] [INF] Server is ready", None),
        (b"", None),
    ],
)
def test_a_line_tells_who_was_refused_what(line: bytes, violation: Violation | None) -> None:
    assert violation_in(line) == violation
