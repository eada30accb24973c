"""From messages to the log: what is new is sent once, and what could not be sent is sent again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from running.feeds import TIMETABLE, realtime, zipped
from ucity.cloud.ioc.collect.feeds.door import FeedDoor
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.observer import Observer
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feed import decode as frame_of
from ucity.cloud.ioc.store.feed_writing import NewFeed, NewMessage, add_feed, keep_message
from ucity.cloud.ioc.store.feeds import Message, known_feed
from ucity.errors import NotFound, TooManyRequests
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs_realtime import decode
from ucity.services import catalogue

AT = datetime(2026, 11, 24, 8, 5, 20, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)


class Log:
    """Keeps what is appended, or is full."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, dict[str, Any]]] = []
        self.is_full = False

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        if self.is_full:
            raise TooManyRequests
        self.rows += [(subject.rpartition(".")[2], row) for row in frame_of(payload).to_dicts()]
        return len(self.rows)

    def taken(self) -> list[tuple[str, str]]:
        """Stream and subject of what was appended since this was asked last."""
        found = [(stream, row["subject"]) for stream, row in self.rows]
        self.rows = []
        return found


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def observer(files: Files, log: Log) -> Observer:
    async def body() -> AsyncIterator[bytes]:
        yield zipped(TIMETABLE)

    await FeedDoor(files, most=1_000_000).take("busan", FeedFormat.GTFS, body())
    return Observer(files, log, catalogue())


async def hear(observer: Observer, at: datetime, stop: str, *, delay: int | None = None) -> None:
    """A message with a bus on trip T1 on its way to ``stop``, and maybe that it left S1 so late."""
    message = realtime(at=at.timestamp())
    bus = message.entity.add(id="1").vehicle
    bus.vehicle.id, bus.trip.trip_id, bus.stop_id = "bus-1", "T1", stop
    bus.current_status = pb.VehiclePosition.IN_TRANSIT_TO
    bus.position.longitude, bus.position.latitude = 129.05, 35.155
    if delay is not None:
        update = message.entity.add(id="2").trip_update
        update.trip.trip_id = "T1"
        update.stop_time_update.add(stop_sequence=1).departure.delay = delay
    data = message.SerializeToString()
    await observer.heard(Message(feed="live", timetable="busan", received_at=at, made_at=at, data=data), decode(data))


async def test_what_is_new_is_sent_once(observer: Observer, log: Log) -> None:
    await hear(observer, AT, "S2", delay=5)
    assert log.taken() == [("stop_events", "busan:S1"), ("vehicles", "busan:bus-1")]
    await hear(observer, AT, "S2", delay=5)
    assert log.taken() == []
    await hear(observer, AT, "S2", delay=6)
    assert log.taken() == [("stop_events", "busan:S1"), ("vehicles", "busan:bus-1")], "both are corrected"


async def test_calls_are_seen_where_nobody_tells_of_them(observer: Observer, log: Log) -> None:
    later = AT + timedelta(seconds=40)
    await hear(observer, AT, "S2")
    log.taken()
    await hear(observer, later, "S3")
    assert log.taken() == [("stop_events", "busan:S2"), ("vehicles", "busan:bus-1")]
    await hear(observer, AT, "S2", delay=5)
    log.taken()
    await hear(observer, later, "S3", delay=5)
    assert ("stop_events", "busan:S2") not in log.taken(), "the feed tells of calls itself"


async def test_what_the_log_does_not_take_is_sent_again(observer: Observer, log: Log) -> None:
    await hear(observer, AT, "S2")
    log.taken()
    log.is_full = True
    for _ in range(2):
        with pytest.raises(TooManyRequests):
            await hear(observer, AT + timedelta(seconds=40), "S3")
    log.is_full = False
    await hear(observer, AT + timedelta(seconds=40), "S3")
    assert log.taken() == [("stop_events", "busan:S2"), ("vehicles", "busan:bus-1")]


async def test_what_was_predicted_of_a_call_is_told_with_it(observer: Observer, log: Log) -> None:
    made = datetime(2026, 11, 24, 8, 5, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)
    await _predict(observer, made - timedelta(minutes=3), made)
    assert log.taken() == []
    await _predict(observer, made + timedelta(seconds=50), made + timedelta(seconds=45))
    (row,) = [row for stream, row in log.rows if stream == "stop_events"]
    assert row["arrival_delay"] - row["predicted_3"] == 45
    log.taken()
    await _predict(observer, made + timedelta(seconds=70), made + timedelta(seconds=45))
    assert log.taken() == [], "it is the same call"


async def test_no_timetable_is_read_for_a_feed_that_speaks_of_no_trips(
    observer: Observer, files: Files, log: Log
) -> None:
    for name, _ in await files.objects.names("feeds"):
        await files.objects.delete(name)  # whoever reads it finds nothing
    message = realtime(at=AT.timestamp())
    bus = message.entity.add(id="1").vehicle
    bus.vehicle.id, bus.trip.route_id = "4402", "36"
    bus.position.longitude, bus.position.latitude = 129.05, 35.155
    data = message.SerializeToString()
    await observer.heard(Message(feed="bims", timetable="busan", received_at=AT, made_at=AT, data=data), decode(data))
    assert log.taken() == [("vehicles", "busan:4402")]
    with pytest.raises(NotFound):
        await hear(observer, AT, "S2")


async def test_what_was_predicted_is_known_after_the_process_was_killed(
    observer: Observer, files: Files, log: Log
) -> None:
    url = NewFeed(name="live", format=FeedFormat.REALTIME, url="https://example.org/rt", every=15, timetable="busan")
    await add_feed(files.pool, url, AT)
    made = datetime(2026, 11, 24, 8, 5, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)
    for seconds in range(-200, 0, 20):
        await _predict(observer, made + timedelta(seconds=seconds), made, keep=files.pool)
    later = Observer(files, log, catalogue())
    await _predict(later, made + timedelta(seconds=50), made + timedelta(seconds=45))
    (row,) = [row for stream, row in log.rows if stream == "stop_events"]
    assert row["arrival_delay"] - row["predicted_3"] == 45


async def _predict(observer: Observer, now: datetime, arrives: datetime, *, keep: Pool | None = None) -> None:
    """A message of now that says when the bus on trip T1 arrives at S2; kept in this database, if any."""
    message = realtime(at=now.timestamp())
    update = message.entity.add(id="1").trip_update
    update.trip.trip_id, update.timestamp = "T1", int(now.timestamp())
    update.stop_time_update.add(stop_sequence=2).arrival.time = int(arrives.timestamp())
    data = message.SerializeToString()
    told = Message(feed="live", timetable="busan", received_at=now, made_at=now, data=data)
    predictions = await observer.heard(told, decode(data))
    if keep:
        new = NewMessage(sha256="0", made_at=now, data=data, predictions=predictions)
        await keep_message(keep, await known_feed(keep, "live"), new, now)
