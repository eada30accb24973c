"""Shared bicycles on the real store, from a server that behaves and misbehaves."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from running.feeds import Answer, FeedServer
from ucity.cloud.ioc.collect.feeds.door import FeedDoor, Wish
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.keeper import FeedKeeper
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import FeedState, KnownFeed, known_feed, realtime_messages, shared_systems
from ucity.errors import BadInput
from ucity.network.feeds.fetch import Fetcher
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gbfs import System, decode

DOCUMENTS = ("station_information", "station_status")


def answer(data: Any, *, at: float | None = None, etag: str | None = None) -> Answer:
    told = {"last_updated": int(time.time() if at is None else at), "ttl": 60, "version": "2.3", "data": data}
    return Answer(json.dumps(told).encode(), etag=etag)


def publish(
    server: FeedServer, bicycles: int = 3, *, at: float | None = None, elsewhere: FeedServer | None = None
) -> None:
    """A system of one station. ``elsewhere``: the server of its documents, if not the same."""
    feeds = [{"name": name, "url": (elsewhere or server).url(f"/{name}")} for name in DOCUMENTS]
    where = {"station_id": "1", "name": "서면", "lat": 35.15, "lon": 129.05}
    now = {"station_id": "1", "num_bikes_available": bicycles, "num_docks_available": 4}
    works = {"is_installed": True, "is_renting": True, "is_returning": True}
    server.answers["/gbfs.json"] = answer({"en": {"feeds": feeds}}, etag='"d"')
    (elsewhere or server).answers |= {
        "/station_information": answer({"stations": [where]}, etag='"i"'),
        "/station_status": answer({"stations": [now | works]}, at=at, etag=f'"{bicycles}"'),
    }


async def until(pool: Pool, wanted: Callable[[KnownFeed], bool]) -> KnownFeed:
    deadline = time.monotonic() + 60
    while not wanted(feed := await known_feed(pool, "bikes")):
        assert time.monotonic() < deadline, feed
        await asyncio.sleep(0.05)
    return feed


async def kept(pool: Pool) -> System:
    (message,) = await shared_systems(pool)
    return decode(message.data)


async def add(door: FeedDoor, server: FeedServer, **more: Any) -> KnownFeed:
    return await door.add(Wish(url=server.url("/gbfs.json"), name="bikes", every=1, **more))


async def test_a_system_is_kept_with_its_bicycles_and_docks(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    publish(feed_server)
    assert (await add(door, feed_server)).format is FeedFormat.GBFS
    feed = await until(pool, lambda feed: feed.message_sha256 is not None)
    assert feed.state(datetime.now(UTC)) is FeedState.FRESH
    (station,) = (await kept(pool)).stations
    assert (station.bicycles, station.docks, station.names) == (3, 4, {"und": "서면"})
    assert await realtime_messages(pool) == []  # who reads GTFS-Realtime hears nothing of it


async def test_each_document_is_asked_for_conditionally_and_what_is_new_counts(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    publish(feed_server)
    await add(door, feed_server)
    first = await until(pool, lambda feed: feed.message_sha256 is not None)
    again = await until(pool, lambda feed: feed.succeeded_at != first.succeeded_at)
    assert again.message_received_at == first.message_received_at
    last = {path: status for path, _, status in feed_server.asked}
    assert last == dict.fromkeys(["/gbfs.json", "/station_information", "/station_status"], 304)
    publish(feed_server, bicycles=2)
    await until(pool, lambda feed: feed.message_sha256 != first.message_sha256)
    assert [each.bicycles for each in (await kept(pool)).stations] == [2]


async def test_what_a_system_said_long_ago_is_stale(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    publish(feed_server, at=time.time() - 120)
    await add(door, feed_server)
    feed = await until(pool, lambda feed: feed.message_sha256 is not None)
    assert feed.state(datetime.now(UTC)) is FeedState.STALE
    (message,) = await shared_systems(pool)
    assert message.fresh_until < datetime.now(UTC)


BROKEN = {
    "a page": ("/station_status", Answer(b"<html>"), "wrong_format", "station_status.json"),
    "in trouble": ("/station_information", Answer(status=500), "not_reached", "station_information.json"),
    "no system": ("/gbfs.json", Answer(b"[]"), "wrong_format", "gbfs.json"),
    "a file": ("/station_status", Answer(status=302, headers={"Location": "file:///x"}), "address_refused", "status"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_document_is_told_and_the_last_good_system_stays(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, name: str
) -> None:
    path, broken, reason, told = BROKEN[name]
    publish(feed_server)
    await add(door, feed_server)
    await until(pool, lambda feed: feed.message_sha256 is not None)
    good, feed_server.answers[path] = feed_server.answers[path], broken
    feed = await until(pool, lambda feed: feed.failing_since is not None)
    assert feed.reason == reason
    assert feed.detail is not None
    assert told in feed.detail
    assert [each.bicycles for each in (await kept(pool)).stations] == [3]
    feed_server.answers[path] = good
    await until(pool, lambda feed: feed.failing_since is None)


async def test_a_key_is_sent_to_the_systems_own_server_only(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    elsewhere = FeedServer()
    try:
        publish(feed_server, elsewhere=elsewhere)
        await add(door, feed_server, headers={"X-Key": "secret"})
        await until(pool, lambda feed: feed.message_sha256 is not None)
    finally:
        elsewhere.close()
    assert all(headers.get("X-Key") == "secret" for _, headers, _ in feed_server.asked)
    assert elsewhere.asked
    assert all("X-Key" not in headers for _, headers, _ in elsewhere.asked)


async def test_it_speaks_of_no_timetable(door: FeedDoor, feed_server: FeedServer) -> None:
    with pytest.raises(BadInput):
        await add(door, feed_server, timetable="busan")


async def test_documents_at_addresses_of_the_citys_own_network_are_refused(
    pool: Pool, migrated_database: str, files: Files, door: FeedDoor, feed_server: FeedServer
) -> None:
    publish(feed_server)
    keeper = FeedKeeper(migrated_database, files, Fetcher(private=False), most=1_000_000)
    task: asyncio.Task[None] = asyncio.create_task(_run(keeper.run))
    await add(door, feed_server)
    feed = await until(pool, lambda feed: feed.failing_since is not None)
    task.cancel()
    await asyncio.wait({task})
    assert feed.reason == "address_refused"
    assert feed_server.asked == []


async def _run(run: Callable[[], Awaitable[None]]) -> None:
    await run()
