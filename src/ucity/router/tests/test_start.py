"""How a router starts and is kept going: boards before ways, the network in force while another one is built, and
another process in place of one that hangs."""

import asyncio
import hashlib
import shutil
import signal
import time
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from replay.network import FEED, message, trip_id, write
from ucity.blueprint import JourneyQuery, Position
from ucity.cloud.ioc.manage.child import Child
from ucity.cloud.ioc.manage.logs import RollingFile
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import Message, Version
from ucity.cloud.ioc.store.objects import Objects, open_objects
from ucity.cloud.routing.office import Office
from ucity.cloud.routing.wire import Journeys
from ucity.commands.city import OWN, _own_spec
from ucity.errors import Conflict, Unavailable
from ucity.network.feeds.formats import FeedFormat, Summary
from ucity.router import networks
from ucity.router.networks import Networks
from ucity.settings import Settings

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TRIP = trip_id("bus", 0, 12 * 60 + 10)
ASKED = Journeys(
    query=JourneyQuery(origin=Position(129.0005, 35.1001), destination=Position(129.0195, 35.1001), at=NOON)
)


class Feeds:
    """The feeds of a city as the store has them: here one file, which may be replaced and taken away, and what a
    real-time feed says of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "small.zip"
        self.said: list[Message] = []
        self.write()

    def write(self, comment: bytes = b"") -> str:
        """Write another file; the first letters of its checksum, by which answers name it."""
        write(self.file)
        with zipfile.ZipFile(self.file, "a") as archive:
            archive.comment = comment
        sha256 = hashlib.sha256(self.file.read_bytes()).hexdigest()
        self.versions = [
            Version(
                id=1,
                feed=FEED,
                format=FeedFormat.GTFS,
                sha256=sha256,
                object="",
                bytes=1,
                received_at=NOON,
                summary=Summary(),
            )
        ]
        return sha256[:12]

    def late(self, seconds: int) -> None:
        """Have a real-time feed say now that the bus at ten past twelve is late."""
        now = datetime.now(UTC)
        made = message(now)
        update = made.entity.add(id="1").trip_update
        update.trip.trip_id, update.trip.start_date = TRIP, NOON.strftime("%Y%m%d")
        update.stop_time_update.add(stop_sequence=10).departure.delay = seconds
        data = made.SerializeToString()
        self.said = [Message(feed="live", timetable=FEED, received_at=now, made_at=now, data=data)]

    async def active(self, _: Pool) -> list[Version]:
        return self.versions

    async def fetch(self, _: Objects, __: Version, into: Path) -> None:
        await asyncio.to_thread(shutil.copy, self.file, into)

    async def messages(self, _: Pool) -> list[Message]:
        return self.said


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feeds:
    found = Feeds(tmp_path)
    monkeypatch.setattr(networks, "active_versions", found.active)
    monkeypatch.setattr(networks, "fetch_file", found.fetch)
    monkeypatch.setattr(networks, "realtime_messages", found.messages)
    return found


async def until(condition: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.02)


async def test_boards_answer_while_the_search_is_compiled(
    feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    compiled = asyncio.Event()

    async def compile_slowly(_: object, read: Callable[[], Awaitable[None]]) -> None:
        await read()
        await compiled.wait()

    async def changed() -> None:
        pass

    monkeypatch.setattr(networks, "compile_ahead", compile_slowly)
    office = Office()
    kept = Networks(office, pool, open_objects(None, tmp_path), changed)
    keeping = asyncio.create_task(kept.keep())
    try:
        await until(lambda: office.ahead is not None)
        assert [line.key for line in office.boards().lines()] == [f"{FEED}:bus", f"{FEED}:metro"]
        with pytest.raises(Unavailable, match="search for ways is still being prepared") as caught:
            office.journeys(ASKED)
        assert caught.value.headers == {"Retry-After": "5"}
        compiled.set()
        await until(lambda: office.in_force is not None)
        assert office.ahead is None
        assert office.journeys(ASKED).journeys
        feeds.versions = []
        kept.look()
        await until(lambda: office.in_force is None)
        with pytest.raises(Conflict):
            office.boards()
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_the_network_in_force_answers_while_another_is_built(
    feeds: Feeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    is_free = asyncio.Event()
    is_free.set()

    async def build_slowly(_: object, read: Callable[[], Awaitable[None]]) -> None:
        await read()
        await is_free.wait()

    async def changed() -> None:
        pass

    def answer() -> tuple[str, datetime]:
        """The timetable that it stands on, and when the first bus goes."""
        found = office.journeys(ASKED)
        return found.feeds[0].version, min(ride.departs for way in found.journeys for ride in way.journey.rides)

    def is_late() -> bool:
        return answer()[1] == bus + timedelta(minutes=3)

    monkeypatch.setattr(networks, "compile_ahead", build_slowly)
    office = Office()
    kept = Networks(office, pool, open_objects(None, tmp_path), changed)
    keeping = asyncio.create_task(kept.keep())
    try:
        await until(lambda: office.in_force is not None and not kept.is_building)
        before, bus = answer()
        is_free.clear()
        after = feeds.write(b"another one")
        kept.look()
        await until(lambda: kept.is_building)
        assert answer() == (before, bus)
        feeds.late(180)
        kept.look()
        await until(is_late)
        assert kept.is_building
        assert answer()[0] == before
        is_free.set()
        await until(lambda: answer()[0] == after)
        assert is_late()
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_a_router_that_has_not_looked_yet_does_not_say_that_there_is_no_timetable(
    feeds: Feeds, tmp_path: Path, pool: Pool
) -> None:
    async def changed() -> None:
        pass

    feeds.versions = []
    office = Office()
    kept = Networks(office, pool, open_objects(None, tmp_path), changed)
    with pytest.raises(Unavailable):
        office.journeys(ASKED)
    keeping = asyncio.create_task(kept.keep())
    try:
        await until(lambda: not office.is_building)
        with pytest.raises(Conflict):
            office.journeys(ASKED)
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_a_router_that_hangs_is_started_again(
    process_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucity.cloud.ioc.manage.child._LOOK_EVERY", 0.5)
    (own,) = (each for each in OWN if each.name == "router")
    spec = _own_spec(own, process_settings)
    (tmp_path / "metrics").mkdir()
    with closing(RollingFile(tmp_path / "router.log", limit=100_000, files=2)) as log:
        router = Child(spec, log, lambda _: None)
        await router.start()
        router.spec = replace(spec, patience=6.0)
        keeping = asyncio.create_task(router.keep_running())
        try:
            await asyncio.sleep(8)
            assert router.restarts == 0
            first = router.pid
            router.spec = replace(spec, patience=4.0)
            router.send(signal.SIGSTOP)
            await until(lambda: router.restarts == 1 and router.pid not in (None, first), 30)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await router.end()
