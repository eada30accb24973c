"""Files that are sent in on the real store: a good one counts, and a bad one changes nothing."""

import asyncio
import time
from pathlib import Path

import pytest

from running.feeds import TIMETABLE, bomb, realtime, zipped
from ucity.cloud.ioc.collect.feeds.door import EVERY, FeedDoor
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.keeper import FeedKeeper
from ucity.cloud.ioc.collect.feeds.tests.looking import Once, body, state, until_feed
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import FeedState, kept_predictions, realtime_messages
from ucity.errors import BadInput, Conflict, TooLarge
from ucity.network.feeds.fetch import Fetcher
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.refusal import FeedRefused

OTHER = TIMETABLE | {"stops.txt": TIMETABLE["stops.txt"].replace("양정", "시청")}


async def test_a_file_that_is_sent_in_counts_and_a_bad_one_changes_nothing(
    pool: Pool, door: FeedDoor, tmp_path: Path
) -> None:
    with pytest.raises(FeedRefused):
        await door.take("busan", FeedFormat.GTFS, body(b"no zip"))
    assert await door.feeds() == []
    feed = await door.take("busan", FeedFormat.GTFS, body(zipped()))
    assert (state(feed), feed.url, feed.next_at) == (FeedState.FRESH, None, None)
    with pytest.raises(FeedRefused):
        await door.take("busan", FeedFormat.GTFS, body(bomb()))
    assert await door.feed("busan") == feed
    with pytest.raises(Conflict):
        await door.take("busan", FeedFormat.OSM, body(b"x"))
    newest = await door.take("busan", FeedFormat.GTFS, body(zipped(OTHER)))
    assert newest.version and feed.version and newest.version.id > feed.version.id
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_message_that_is_sent_in_counts_and_a_bad_one_changes_nothing(door: FeedDoor, files: Files) -> None:
    await door.take("busan", FeedFormat.GTFS, body(zipped()))
    old = realtime(at=time.time() - 1000).SerializeToString()
    feed = await door.take("rt", FeedFormat.REALTIME, body(old))
    assert (state(feed), feed.timetable, feed.version) == (FeedState.STALE, "busan", None), "the message itself is old"
    for bad in (b"\x08garbage", zipped()):
        with pytest.raises(FeedRefused):
            await door.take("rt", FeedFormat.REALTIME, body(bad))
    with pytest.raises(TooLarge):
        await FeedDoor(files, most=10).take("rt", FeedFormat.REALTIME, body(old))
    assert await door.feed("rt") == feed
    (message,) = await realtime_messages(files.pool)
    assert (message.data, message.namespace) == (old, "busan")
    newer = await door.take("rt", FeedFormat.REALTIME, body(new := realtime().SerializeToString()), "busan")
    assert state(newer) is FeedState.FRESH
    (message,) = await realtime_messages(files.pool)
    assert message.data == new


async def test_what_a_message_that_is_sent_in_may_speak_of(door: FeedDoor) -> None:
    data = realtime().SerializeToString()
    with pytest.raises(BadInput):
        await door.take("rt", FeedFormat.REALTIME, body(data), "nowhere")
    with pytest.raises(BadInput):
        await door.take("busan", FeedFormat.GTFS, body(zipped()), "other")
    for kind in (FeedFormat.BIMS, FeedFormat.GBFS):
        with pytest.raises(BadInput):
            await door.take("rt", kind, body(data))
    assert await door.feeds() == []
    for name in ("busan", "other"):
        await door.take(name, FeedFormat.GTFS, body(zipped()))
    assert (await door.take("rt", FeedFormat.REALTIME, body(data), "other")).timetable == "other"
    with pytest.raises(Conflict):
        await door.take("rt", FeedFormat.REALTIME, body(data), "busan")


@pytest.mark.parametrize("kind", [FeedFormat.REALTIME, FeedFormat.BIMS])
def test_what_is_told_of_vehicles_is_asked_for_in_time_to_count_within_a_minute(kind: FeedFormat) -> None:
    to_fetch_and_apply = 15
    assert EVERY[kind] + to_fetch_and_apply < 60


async def test_few_old_files_are_kept(door: FeedDoor, tmp_path: Path) -> None:
    for number in range(5):
        await door.take(
            "busan", FeedFormat.GTFS, body(zipped(TIMETABLE | {"levels.txt": f"level_id,level_index\nL,{number}\n"}))
        )
    assert len(list((tmp_path / "objects/feeds/busan").iterdir())) == 3


async def test_of_a_message_that_is_sent_in_the_listener_hears_once(
    door: FeedDoor, migrated_database: str, files: Files
) -> None:
    listener = Once()
    await door.take("rt", FeedFormat.REALTIME, body(realtime(at=1_790_000_000).SerializeToString()))
    keeper = FeedKeeper(migrated_database, files, Fetcher(private=True), most=10_000_000, listener=listener)
    task = asyncio.create_task(keeper.run())
    await until_feed(files.pool, "rt", lambda feed: feed.next_at is None)
    assert (listener.heard_of, await kept_predictions(files.pool, "rt")) == (1, b"foretold")
    await door.take("rt", FeedFormat.REALTIME, body(realtime(at=1_790_000_001).SerializeToString()))
    await until_feed(files.pool, "rt", lambda feed: feed.next_at is None)
    assert (listener.heard_of, await kept_predictions(files.pool, "rt")) == (2, b"foretold")
    task.cancel()
    await asyncio.wait([task])
