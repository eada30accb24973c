"""Feeds on the real store, from a server that behaves and misbehaves: what is good counts, and goes on counting."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from running.feeds import TIMETABLE, Answer, FeedServer, bomb, realtime, zipped
from ucity.cloud.ioc.collect.feeds.door import FeedDoor, Wish
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.keeper import FeedKeeper
from ucity.cloud.ioc.collect.feeds.tests.looking import Once, body, state, until, until_feed
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import (
    FeedNews,
    FeedState,
    active_versions,
    fetch_file,
    hear_feeds,
    kept_predictions,
    known_feed,
    realtime_messages,
)
from ucity.errors import BadInput, Conflict, NotFound
from ucity.network.feeds.fetch import Fetcher
from ucity.network.feeds.formats import FeedFormat, Matching
from ucity.network.feeds.gtfs_realtime import decode
from ucity.network.feeds.refusal import FeedRefused, Reason

OTHER = TIMETABLE | {"stops.txt": TIMETABLE["stops.txt"].replace("양정", "시청")}


async def test_a_timetable_is_fetched_kept_and_found_by_others(
    door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, files: Files, tmp_path: Path
) -> None:
    pool, objects = files.pool, files.objects
    feed_server.answers["/busan.zip"] = Answer(zipped())
    await door.add(Wish(url=feed_server.url("/busan.zip"), name="busan"))
    feed = await until_feed(pool, "busan", lambda feed: feed.version is not None)
    assert state(feed) is FeedState.FRESH
    (version,) = await active_versions(pool, FeedFormat.GTFS)
    assert version.summary.counts["stop_times"] == 5
    await fetch_file(objects, version, tmp_path / "copy.zip")
    assert (tmp_path / "copy.zip").read_bytes() == zipped()
    assert await active_versions(pool, FeedFormat.OSM) == []


@pytest.mark.parametrize("etag", ['"one"', None])
async def test_what_has_not_changed_makes_no_new_version(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, etag: str | None
) -> None:
    feed_server.answers["/busan.zip"] = Answer(zipped(), etag=etag)
    await door.add(Wish(url=feed_server.url("/busan.zip"), name="busan", every=1))
    first = await until_feed(pool, "busan", lambda feed: feed.version is not None)
    again = await until_feed(pool, "busan", lambda feed: feed.succeeded_at != first.succeeded_at)
    assert first.version and again.version
    assert again.version.id == first.version.id
    assert feed_server.asked[-1][2] == (304 if etag else 200)


BROKEN = {
    "not-found": (Answer(status=404), Reason.NOT_REACHED),
    "in-trouble": (Answer(b"try later", status=503), Reason.NOT_REACHED),
    "breaks-off": (Answer(zipped(OTHER), cut=300), Reason.NOT_REACHED),
    "a-page": (Answer(b"<html>Please log in</html>"), Reason.NOT_A_ZIP),
    "a-bomb": (Answer(bomb()), Reason.HOSTILE_ARCHIVE),
    "too-large": (Answer(b"0" * 10_000_001), Reason.TOO_LARGE),
    "no-stops": (Answer(zipped({**TIMETABLE, "stops.txt": "stop_id\n"})), Reason.NO_ROWS),
    "in-circles": (Answer(status=302, headers={"Location": "/in-circles"}), Reason.NOT_REACHED),
    "a-file": (Answer(status=302, headers={"Location": "file:///etc/passwd"}), Reason.ADDRESS_REFUSED),
}


async def test_a_broken_feed_is_told_and_the_last_good_one_stays_until_it_mends(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    for name in BROKEN:
        feed_server.answers[f"/{name}"] = Answer(zipped())
        await door.add(Wish(url=feed_server.url(f"/{name}"), name=name, format=FeedFormat.GTFS, every=1))
    good = {name: await until_feed(pool, name, lambda feed: feed.version is not None) for name in BROKEN}
    feed_server.answers |= {f"/{name}": answer for name, (answer, _) in BROKEN.items()}
    for name, (_, reason) in BROKEN.items():
        failing = await until_feed(pool, name, lambda feed: feed.failures > 1)
        assert (state(failing), failing.reason) == (FeedState.FAILING, reason), name
        assert failing.failing_since and failing.checked_at and failing.failing_since < failing.checked_at
        assert failing.version == good[name].version
    feed_server.answers |= {f"/{name}": Answer(zipped(OTHER)) for name in BROKEN}
    for name, before in good.items():
        mended = await until_feed(pool, name, lambda feed: feed.failing_since is None)
        assert mended.version and before.version and mended.version.id > before.version.id
        assert (mended.reason, mended.detail, mended.failures) == (None, None, 0)


async def test_a_feed_that_hangs_keeps_no_other_waiting(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    feed_server.answers |= {"/hangs": Answer(hang=60), "/good": Answer(realtime().SerializeToString())}
    await door.add(Wish(url=feed_server.url("/hangs"), name="hangs"))
    await until(lambda: asyncio.sleep(0, feed_server.times("/hangs")), bool)
    await door.add(Wish(url=feed_server.url("/good"), name="good"))
    assert state(await until_feed(pool, "good", lambda feed: feed.message_made_at is not None)) is FeedState.FRESH
    assert state(await known_feed(pool, "hangs")) is FeedState.WAITING


async def test_messages_are_kept_as_they_come_and_garbage_is_not(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, migrated_database: str
) -> None:
    heard: list[FeedNews] = []
    announcements = Announcements(migrated_database)
    hear_feeds(announcements, heard.append, missed=lambda: None)
    listening = asyncio.create_task(announcements.run())
    data = realtime(at=time.time() - 1000).SerializeToString()
    feed_server.answers["/rt"] = Answer(data)
    await door.add(Wish(url=feed_server.url("/rt"), name="rt", every=1))
    old = await until_feed(pool, "rt", lambda feed: feed.message_made_at is not None)
    assert state(old) is FeedState.STALE, "the message itself is old"
    feed_server.answers["/rt"] = Answer(b"\x08garbage")
    await until_feed(pool, "rt", lambda feed: feed.failing_since is not None)
    (message,) = await realtime_messages(pool)
    assert (message.data, message.namespace) == (data, "rt")
    feed_server.answers["/rt"] = Answer(new := realtime().SerializeToString())
    assert state(await until_feed(pool, "rt", lambda feed: feed.failing_since is None)) is FeedState.FRESH
    (message,) = await realtime_messages(pool, ["rt"])
    assert message.data == new
    assert {("message", "rt"), ("changed", "rt")} <= set(heard)
    listening.cancel()


async def test_keys_of_a_feed_go_to_its_own_server_only(
    pool: Pool, door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer
) -> None:
    other = FeedServer()
    try:
        other.answers["/there"] = Answer(realtime().SerializeToString())
        feed_server.answers["/here"] = Answer(status=302, headers={"Location": other.url("/there")})
        await door.add(Wish(url=feed_server.url("/here"), name="rt", headers={"X-Key": "secret"}))
        await until_feed(pool, "rt", lambda feed: feed.message_made_at is not None)
        assert feed_server.asked[0][1]["X-Key"] == "secret"
        assert "X-Key" not in other.asked[0][1]
    finally:
        other.close()


async def test_addresses_within_the_city_are_refused(
    pool: Pool, door: FeedDoor, migrated_database: str, files: Files, feed_server: FeedServer
) -> None:
    keeper = asyncio.create_task(FeedKeeper(migrated_database, files, Fetcher(), most=1000).run())
    await door.add(Wish(url=feed_server.url("/busan.zip"), name="busan"))
    feed = await until_feed(pool, "busan", lambda feed: feed.failing_since is not None)
    keeper.cancel()
    await asyncio.wait([keeper])
    assert feed.reason == Reason.ADDRESS_REFUSED
    assert feed_server.asked == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a.zip", "file:///etc/passwd", "http://", "http://u:p@example.org/", "x"]
)
async def test_addresses_that_are_none_are_refused_at_once(door: FeedDoor, url: str) -> None:
    with pytest.raises(FeedRefused):
        await door.add(Wish(url=url))


async def test_names_and_timetables_of_feeds(door: FeedDoor) -> None:
    timetable = await door.add(Wish(url="https://data.example.org/gtfs/Busan.zip"))
    assert (timetable.name, timetable.format) == ("data-example-org-busan", FeedFormat.GTFS)
    live = await door.add(Wish(url="https://data.example.org/rt/vehicles", name="live"))
    assert (live.timetable, live.format) == (timetable.name, FeedFormat.REALTIME), "there is one timetable only"
    with pytest.raises(Conflict):
        await door.add(Wish(url="https://example.org/a.zip", name="live"))
    with pytest.raises(BadInput):
        await door.add(Wish(url="https://example.org/rt", timetable="nowhere"))
    with pytest.raises(BadInput):
        await door.add(Wish(url="https://example.org/rt", name="Not A Name"))
    with pytest.raises(BadInput):
        await door.add(Wish(url="https://example.org/rt", headers={"Host": "elsewhere"}))
    with pytest.raises(Conflict):
        await door.remove(timetable.name)
    await door.remove("live")
    await door.remove(timetable.name)
    with pytest.raises(NotFound):
        await door.remove(timetable.name)


async def test_one_keeper_works_and_another_takes_over(
    pool: Pool, door: FeedDoor, migrated_database: str, files: Files, feed_server: FeedServer
) -> None:
    feed_server.answers["/rt"] = Answer(realtime().SerializeToString())
    await door.add(Wish(url=feed_server.url("/rt"), name="rt", every=1))
    keepers = [
        asyncio.create_task(FeedKeeper(migrated_database, files, Fetcher(private=True), most=1000).run())
        for _ in range(2)
    ]
    first = await until_feed(pool, "rt", lambda feed: feed.succeeded_at is not None)
    begun, asked = time.monotonic(), feed_server.times("/rt")
    await asyncio.sleep(2.5)
    assert feed_server.times("/rt") - asked <= (time.monotonic() - begun) + 1
    keepers[0].cancel()
    await asyncio.wait([keepers[0]])
    later = datetime.now(UTC)
    assert first.succeeded_at and later > first.succeeded_at
    await until_feed(
        pool, "rt", lambda feed: feed.succeeded_at is not None and feed.succeeded_at > later + timedelta(seconds=1)
    )
    keepers[1].cancel()
    await asyncio.wait([keepers[1]])


async def test_what_a_listener_wants_kept_is_kept_with_the_message_until_there_is_something_newer(
    door: FeedDoor, migrated_database: str, feed_server: FeedServer, files: Files
) -> None:
    listener = Once()
    keeper = FeedKeeper(migrated_database, files, Fetcher(private=True), most=10_000_000, listener=listener)
    task = asyncio.create_task(keeper.run())
    feed_server.answers["/rt"] = Answer(realtime(at=1_790_000_000).SerializeToString())
    await door.add(Wish(url=feed_server.url("/rt"), name="rt", every=1))
    first = await until_feed(files.pool, "rt", lambda feed: feed.message_made_at is not None)
    assert await kept_predictions(files.pool, "rt") == b"foretold"
    feed_server.answers["/rt"] = Answer(realtime(at=1_790_000_001).SerializeToString())
    await until_feed(files.pool, "rt", lambda feed: feed.message_made_at != first.message_made_at)
    assert (listener.heard_of, await kept_predictions(files.pool, "rt")) == (2, b"foretold")
    task.cancel()
    await asyncio.wait([task])


BIMS = """<response><header><resultCode>{code}</resultCode></header><body><items><item><carno>4402</carno>
<lat>35.18</lat><lin>129.08</lin><gpsym>{told}</gpsym><bstopidx>12</bstopidx><nodeid>505960000</nodeid></item></items></body></response>"""


async def test_a_line_of_busan_is_kept_as_the_message_that_it_means_and_its_quota_is_told(
    door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, files: Files
) -> None:
    asked, told = "/busInfoByRouteId?lineid=5200036000", (datetime.now(UTC) + timedelta(hours=9)).strftime("%H%M%S")
    feed_server.answers[asked] = Answer(BIMS.format(code="00", told=told).encode())
    feed = await door.add(Wish(url=feed_server.url(asked), name="bims-36", every=1))
    assert (feed.format, feed.timetable) == (FeedFormat.BIMS, None)
    await until_feed(files.pool, "bims-36", lambda feed: state(feed) is FeedState.FRESH)
    (message,) = await realtime_messages(files.pool)
    (row,) = decode(message.data).vehicles.rows(named=True)
    assert (row["vehicle"], row["route"], row["stop"]) == ("4402", "5200036000", "505960000")
    refusal = "<OpenAPI_ServiceResponse><returnReasonCode>22</returnReasonCode></OpenAPI_ServiceResponse>"
    feed_server.answers[asked] = Answer(refusal.encode())
    failing = await until_feed(files.pool, "bims-36", lambda feed: state(feed) is FeedState.FAILING)
    assert "as often as it may be today" in str(failing.detail)
    assert await realtime_messages(files.pool) == [message]


@pytest.mark.parametrize("method", ["busInfo?lineno=36", "busStopList?arsno=13706"])
async def test_lists_of_busan_are_no_feed_and_what_is_one_is_told(
    door: FeedDoor, feed_server: FeedServer, method: str
) -> None:
    with pytest.raises(BadInput, match="busInfoByRouteId with the lineid"):
        await door.add(Wish(url=feed_server.url(f"/6260000/BusanBIMS/{method}")))
    assert await door.feeds() == []


async def test_arrivals_at_a_stop_of_busan_are_known_by_their_address(
    door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, files: Files
) -> None:
    asked = "/6260000/BusanBIMS/stopArrByBstopid?bstopid=5059"
    item = "<bstopid>5059</bstopid><lineid>36</lineid><carno1>4402</carno1><min1>7</min1><station1>2</station1>"
    said = f"<header><resultCode>00</resultCode></header><body><items><item>{item}</item></items></body>"
    feed_server.answers[asked] = Answer(f"<response>{said}</response>".encode())
    feed = await door.add(Wish(url=feed_server.url(asked), name="bims-stop", every=1))
    assert feed.format is FeedFormat.BIMS
    await until_feed(files.pool, "bims-stop", lambda feed: state(feed) is FeedState.FRESH)
    (message,) = await realtime_messages(files.pool)
    (row,) = decode(message.data).trip_updates.rows(named=True)
    assert (row["vehicle"], row["route"], row["stop"]) == ("4402", "36", "5059")
    assert (await known_feed(files.pool, "bims-stop")).matching is None, "it speaks of no timetable"


async def test_arrivals_are_told_in_the_terms_of_the_timetable_that_they_speak_of(
    door: FeedDoor, keeper: FeedKeeper, feed_server: FeedServer, files: Files
) -> None:
    lines = TIMETABLE["routes.txt"] + "R36,B,36,3\n"
    await door.take("busan", FeedFormat.GTFS, body(zipped(TIMETABLE | {"routes.txt": lines})))
    bus = "<carno1>{car}</carno1><min1>7</min1><station1>2</station1>"
    item = "<bstopid>5059</bstopid><nodenm>서 면</nodenm><gpsx>129.05</gpsx><gpsy>35.15</gpsy><lineid>{line}</lineid>"
    items = "".join(
        f"<item>{item.format(line=line)}<lineno>{name}</lineno>{bus.format(car=line)}</item>"
        for line, name in (("520", "36"), ("521", "1001"))
    )
    asked = "/6260000/BusanBIMS/stopArrByBstopid?bstopid=5059"
    head = "<header><resultCode>00</resultCode></header>"
    feed_server.answers[asked] = Answer(f"<response>{head}<body><items>{items}</items></body></response>".encode())
    await door.add(Wish(url=feed_server.url(asked), name="bims-stop", every=1, timetable="busan"))
    feed = await until_feed(files.pool, "bims-stop", lambda feed: feed.matching is not None)
    assert feed.matching == Matching(stops=1, stops_known=1, lines=2, lines_known=1, unknown=("1001 (521)",))
    (first,) = await realtime_messages(files.pool)
    (row,) = decode(first.data).trip_updates.rows(named=True)
    assert (row["vehicle"], row["route"], row["stop"]) == ("520", "R36", "S1")
    (later,) = await until(lambda: realtime_messages(files.pool), lambda kept: kept[0].received_at > first.received_at)
    assert decode(later.data).trip_updates["arrival_time"][0] > row["arrival_time"], "it is seven minutes from then"


async def test_what_killed_processes_left_is_swept_up_after_a_day(files: Files, door: FeedDoor, tmp_path: Path) -> None:
    await door.take("busan", FeedFormat.GTFS, body(zipped()))
    (kept,) = (tmp_path / "objects/feeds/busan").iterdir()
    orphans = [tmp_path / "objects/feeds/gone/1.zip", tmp_path / "incoming/killed/file"]
    young = [tmp_path / "objects/feeds/busan/2.zip", tmp_path / "incoming/working/file"]
    for file in orphans + young:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    long_ago = time.time() - 100_000
    for path in (*orphans, kept, tmp_path / "incoming/killed"):
        os.utime(path, (long_ago, long_ago))
    files.clear()
    await files.sweep(datetime.now(UTC))
    assert not any(path.exists() for path in orphans)
    assert all(path.exists() for path in (*young, kept))
