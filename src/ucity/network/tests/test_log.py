"""The durable logs on a real nats-server: order, bounds, and what a kill -9 leaves."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from nats.aio.client import Client
from nats.js.api import RetentionPolicy, StorageType, StreamConfig

from ucity.errors import TooLarge, TooManyRequests, Unavailable
from ucity.network.log import JetStreamLog, Log, Logged, Logs, open_logs
from ucity.network.tests.conftest import Server, connect

MIB = 1 << 20


async def filled(bus: Client, number: int, *, max_bytes: int = 64 * MIB) -> JetStreamLog:
    """The ingest log with ``number`` messages, each saying its own number."""
    log = (await open_logs(bus, max_bytes)).ingest
    await append(log, range(1, number + 1))
    return log


async def append(log: Log, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), 200):
        await asyncio.gather(*(log.append("ingest.test", b"%d" % n) for n in numbers[start : start + 200]))


async def read(log: Log, after: int, *, count: int = 10_000, max_bytes: int = 8 * MIB, wait: float = 1) -> list[Logged]:
    return await log.read(after, max_messages=count, max_bytes=max_bytes, wait=wait)


async def read_all(log: Log, last: int, *, count: int) -> list[int]:
    """Sequence numbers up to ``last``, read in pieces while whatever is away comes back."""
    seen: list[int] = []
    async with asyncio.timeout(30):
        while not seen or seen[-1] < last:
            try:
                seen += [each.seq for each in await read(log, seen[-1] if seen else 0, count=count)]
            except Unavailable:
                await asyncio.sleep(0.05)
    return seen


async def test_messages_come_back_as_they_were_appended(bus: Client) -> None:
    log = (await open_logs(bus, 16 * MIB)).ingest
    before = datetime.now(UTC)
    assert [await log.append(f"ingest.http.{n}", b"\x00" * n) for n in range(3)] == [1, 2, 3]
    messages = await read(log, 0)
    assert [(m.seq, m.subject, m.payload) for m in messages] == [
        (n + 1, f"ingest.http.{n}", b"\x00" * n) for n in range(3)
    ]
    assert all(before - timedelta(seconds=1) < m.received <= datetime.now(UTC) for m in messages)


async def test_reading_goes_on_where_it_stopped_and_anywhere_else(bus: Client) -> None:
    log = await filled(bus, 50)
    assert [m.seq for m in await read(log, 0, count=20)] == list(range(1, 21))
    assert [m.seq for m in await read(log, 20, count=20)] == list(range(21, 41))
    assert [m.seq for m in await read(log, 40, count=20)] == list(range(41, 51))
    assert [m.seq for m in await read(log, 45)] == list(range(46, 51))
    assert [m.seq for m in await read(log, 0, count=1)] == [1]


async def test_reading_waits_for_the_next_message_and_no_longer(bus: Client) -> None:
    log = await filled(bus, 1)
    loop = asyncio.get_running_loop()
    start = loop.time()
    assert await read(log, 1, wait=0.3) == []
    assert loop.time() - start > 0.25
    waiting = asyncio.create_task(read(log, 1, wait=20))
    await asyncio.sleep(0.1)
    start = loop.time()
    await log.append("ingest.test", b"at last")
    assert [m.payload for m in await waiting] == [b"at last"]
    assert loop.time() - start < 10


async def test_bytes_bound_a_read_but_never_stop_it(bus: Client) -> None:
    log = (await open_logs(bus, 64 * MIB)).ingest
    for size in (400, 400, 5000, 400):
        await log.append("ingest.test", b"x" * size)
    seen: list[list[int]] = []
    while (after := seen[-1][-1] if seen else 0) < 4:
        seen.append([m.seq for m in await read(log, after, max_bytes=1000)])
    assert [seq for each in seen for seq in each] == [1, 2, 3, 4]
    assert [2, 3] not in seen
    assert all(len(each) <= 2 for each in seen)


async def test_cancelled_reads_lose_nothing(bus: Client) -> None:
    log = await filled(bus, 200)
    seen: list[int] = []
    cancelled = 0
    for step in count():
        if len(seen) == 200:
            break
        reading = asyncio.create_task(read(log, len(seen), count=10))
        await asyncio.sleep(0.0004 * (step % 8))
        reading.cancel()
        try:
            seen += [m.seq for m in await reading]
        except asyncio.CancelledError:
            cancelled += 1
    assert seen == list(range(1, 201))
    assert cancelled


async def test_the_same_message_again_is_stored_once(bus: Client) -> None:
    log = await filled(bus, 0)
    assert await log.append("ingest.test", b"a", message_id="one") == await log.append(
        "ingest.test", b"a", message_id="one"
    )
    assert await log.lag(0) == 1


async def test_order_and_completeness_survive_kills(server: Server, bus: Client) -> None:
    log = await filled(bus, 3000)

    async def kills() -> None:
        for _ in range(3):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)

    killing = asyncio.create_task(kills())
    while not killing.done():
        assert await read_all(log, 3000, count=7) == list(range(1, 3001))
    await killing
    assert await read_all(log, 3000, count=1000) == list(range(1, 3001))


async def test_what_was_appended_survives_a_kill(server: Server, bus: Client) -> None:
    log = await filled(bus, 500)
    server.kill()
    while bus.is_connected:  # noqa: ASYNC110 - nats-py has no event for it
        await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await log.append("ingest.test", b"nobody hears")
    server.start()
    assert await read_all(log, 500, count=1000) == list(range(1, 501))


async def test_a_full_log_refuses_until_it_is_trimmed(bus: Client) -> None:
    log = (await open_logs(bus, 100_000)).ingest
    stored = 0
    with pytest.raises(TooManyRequests) as full:
        while stored < 100:
            stored = await log.append("ingest.test", b"x" * 5000)
    assert full.value.retry_after > 0
    assert 10 <= stored < 20
    await log.trim(5)
    assert await log.lag(0) == stored - 5
    assert await log.append("ingest.test", b"x" * 5000) == stored + 1
    assert [m.seq for m in await read(log, 5)] == list(range(6, stored + 2))


async def test_too_large_a_message_is_refused(bus: Client) -> None:
    logs = await open_logs(bus, 64 * MIB, max_message=10_000)
    with pytest.raises(TooLarge):
        await logs.mqtt.append("ucity.a.b.c", b"x" * 20_000)
    with pytest.raises(TooLarge):
        await logs.ingest.append("ingest.test", b"x" * (9 * MIB))


async def test_lag_counts_what_is_left(bus: Client) -> None:
    log = await filled(bus, 30)
    assert await log.lag(10) == 20
    await log.trim(20)
    assert await log.lag(10) == 10
    assert await log.lag(30) == 0


async def test_a_log_made_anew_is_noticed(bus: Client) -> None:
    log = await filled(bus, 10)
    assert len(await read(log, 0)) == 10
    before = log.incarnation
    await bus.jetstream().delete_stream("INGEST")
    await open_logs(bus, 64 * MIB)
    await append(log, range(1, 21))
    with pytest.raises(Unavailable):
        while True:
            assert await read(log, 10, wait=0.2) == []
    assert log.incarnation != before
    assert len(await read(log, 0)) == 20


async def test_a_log_that_lost_its_end_is_read_again_as_far_as_it_goes(bus: Client) -> None:
    log = await filled(bus, 10)
    before = log.incarnation
    with pytest.raises(Unavailable):
        await read(log, 15)
    assert log.incarnation != before
    assert len(await read(log, 0)) == 10
    # A process that starts later knows the log by its old name, and reads on.
    assert (await open_logs(bus, 64 * MIB)).ingest.incarnation == before


async def test_opening_again_changes_the_bounds_and_keeps_the_messages(bus: Client) -> None:
    log = await filled(bus, 10)
    again: Logs = await open_logs(bus, 32 * MIB, max_message=5000)
    assert again.ingest.incarnation == log.incarnation
    assert len(await read(again.ingest, 0)) == 10
    config = (await bus.jetstream().stream_info("$MQTT_msgs")).config
    assert (config.max_bytes, config.max_msg_size) == (32 * MIB, 6024)


async def test_two_processes_may_open_at_the_same_time(server: Server, bus: Client) -> None:
    other = await connect(server.options.city_url)
    first, second = await asyncio.gather(open_logs(bus, 16 * MIB), open_logs(other, 16 * MIB))
    assert first.mqtt.incarnation == second.mqtt.incarnation
    await other.close()


async def test_a_stream_of_nats_servers_own_making_is_put_right(bus: Client) -> None:
    js = bus.jetstream()
    await js.add_stream(
        StreamConfig(
            name="$MQTT_msgs", subjects=["$MQTT.msgs.>"], retention=RetentionPolicy.INTEREST, storage=StorageType.FILE
        )
    )
    log = (await open_logs(bus, 16 * MIB)).mqtt
    await log.append("ucity.a.b.c", b"kept though nobody subscribes")
    assert [m.subject for m in await read(log, 0)] == ["ucity.a.b.c"]
