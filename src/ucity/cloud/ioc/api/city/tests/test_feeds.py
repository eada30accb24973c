"""Feeds over HTTP: who may see and change them, files that are sent in, and what their senders hear."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from running.feeds import TIMETABLE, Answer, FeedServer, bomb, realtime, zipped
from running.web import Web, eventually, running_web
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feed_writing import NewMessage, keep_message
from ucity.cloud.ioc.store.feeds import known_feed
from ucity.network.feeds.formats import Matching
from ucity.settings import Settings

FEEDS = "/api/v1/feeds"
FILE = f"{FEEDS}/busan/file"


async def put(web: Web, data: bytes, key: dict[str, str], format_: str = "gtfs", **headers: str) -> httpx.Response:
    return await web.http.put(FILE, params={"format": format_}, content=data, headers={**key, **headers})


async def test_only_those_who_may_see_and_change_feeds_do(web: Web) -> None:
    new = {"url": "https://example.org/gtfs.zip", "name": "busan", "headers": {"X-Key": "a-secret"}}
    writer, reader = await web.key(Scope.WRITE), await web.key(Scope.READ)
    stranger = await web.key(Scope.MANAGE, tenant="other")
    for key, status in (({}, 401), (writer, 403), (reader, 403), (stranger, 403)):
        assert (await web.http.post(FEEDS, json=new, headers=key)).status_code == status
        assert (await put(web, zipped(), key)).status_code == status
        assert (await web.http.delete(f"{FEEDS}/busan", headers=key)).status_code == status
    for key, status in (({}, 401), (writer, 403), (stranger, 403), (reader, 200)):
        assert (await web.http.get(FEEDS, headers=key)).status_code == status
    manager = await web.key(Scope.MANAGE)
    added = await web.http.post(FEEDS, json=new, headers=manager)
    assert (added.status_code, added.json()["state"], added.json()["format"]) == (201, "waiting", "gtfs")
    assert added.json()["headers"] == ["X-Key"]
    seen = (await web.http.get(FEEDS, headers=reader)).json()["feeds"]
    assert [(feed["name"], feed["url"], feed["headers"]) for feed in seen] == [("busan", None, [])]
    assert "a-secret" not in added.text + json.dumps(seen)
    assert (await web.http.delete(f"{FEEDS}/busan", headers=manager)).status_code == 204
    assert (await web.http.get(f"{FEEDS}/busan", headers=manager)).status_code == 404


async def test_how_much_of_a_feed_its_timetable_has_is_told(web: Web, pool: Pool) -> None:
    new = {"url": "https://example.org/stopArrByBstopid?bstopid=5059", "name": "bims"}
    reader, manager = await web.key(Scope.READ), await web.key(Scope.MANAGE)
    assert (await web.http.post(FEEDS, json=new, headers=manager)).json()["matching"] is None
    matching = Matching(stops=1, stops_known=1, lines=2, lines_known=1, unknown=("1001 (521)",))
    message = NewMessage(sha256="0", made_at=None, data=b"", matching=matching)
    await keep_message(pool, await known_feed(pool, "bims"), message, datetime.now(UTC))
    told = (await web.http.get(f"{FEEDS}/bims", headers=reader)).json()["matching"]
    assert told == {"stops": 1, "stopsKnown": 1, "lines": 2, "linesKnown": 1, "unknown": ["1001 (521)"]}


async def test_a_file_is_taken_told_of_and_given_back(web: Web) -> None:
    key = await web.key(Scope.MANAGE)
    calendar = TIMETABLE["calendar.txt"].replace("20200101,20991231", "20200101,20211231")
    data = zipped({**TIMETABLE, "calendar.txt": calendar, "levels.txt": "level_id,level_index\nL,x\n"})
    taken = await put(web, data, key)
    assert taken.status_code == 200, taken.text
    feed = taken.json()
    assert (feed["state"], feed["file"]["lastDay"], feed["file"]["timeZone"]) == ("stale", "2021-12-31", "Asia/Seoul")
    (warning,) = feed["file"]["warnings"]
    assert (warning["file"], warning["reason"], warning["rows"]) == ("levels.txt", "bad_value", [1])
    back = await web.http.get(FILE, headers=key)
    assert back.content == data


@pytest.mark.parametrize(
    ("data", "format_", "reason"),
    [(b"no zip", "gtfs", "not_a_zip"), (bomb(), "gtfs", "hostile_archive"), (zipped(), "osm", "wrong_format")],
)
async def test_a_file_that_is_no_good_is_refused_with_its_reason(
    web: Web, data: bytes, format_: str, reason: str
) -> None:
    key = await web.key(Scope.MANAGE)
    refused = await put(web, data, key, format_)
    assert (refused.status_code, refused.json()["reason"]) == (422, reason)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await web.http.get(FEEDS, headers=key)).json() == {"feeds": []}


async def test_files_may_be_large_but_not_too_large(web_settings: Settings, pool: Pool) -> None:
    settings = web_settings.model_copy(update={"body_bytes": 1024, "feed_bytes": 20_000})
    async with running_web(settings, pool) as web:
        key = await web.key(Scope.MANAGE)
        assert len(zipped()) > settings.body_bytes
        assert (await put(web, zipped(), key)).status_code == 200
        assert (await put(web, b"0" * 20_001, key)).status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"0" * 1000

        assert (await put(web, endless(), key)).status_code == 413  # type: ignore[arg-type]  # a body of unknown length
        assert (await web.http.post(FEEDS, content=b" " * 1025, headers=key)).status_code == 413


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": "x"},
        {"url": "ftp://example.org/x"},
        {"url": "https://example.org", "every": 0},
        {"url": "https://example.org", "name": "Ü"},
        {"url": "https://example.org", "headers": {"Host": "x"}},
        {"url": "https://example.org", "secret": 1},
        {"url": "https://example.org/rt", "timetable": "none"},
    ],
)
async def test_a_wish_that_cannot_be_is_refused(web: Web, wrong: dict[str, object]) -> None:
    answer = await web.http.post(FEEDS, json=wrong, headers=await web.key(Scope.MANAGE))
    assert answer.status_code in {400, 422}, answer.text


async def test_a_feed_added_by_its_url_is_fetched_by_the_worker(whole: Web, feed_server: FeedServer) -> None:
    key = await whole.key(Scope.MANAGE)
    feed_server.answers |= {"/busan.zip": Answer(zipped()), "/rt": Answer(realtime().SerializeToString())}
    for path in ("/busan.zip", "/rt"):
        new = {"url": feed_server.url(path), "name": path[1:].split(".")[0], "every": 1}
        assert (await whole.http.post(FEEDS, json=new, headers=key)).status_code == 201

    async def states() -> list[tuple[str, str, str | None]]:
        feeds = (await whole.http.get(FEEDS, headers=key)).json()["feeds"]
        return [(feed["name"], feed["state"], feed["timetable"]) for feed in feeds]

    await eventually(states, [("busan", "fresh", None), ("rt", "fresh", "busan")])
    feed_server.answers["/rt"] = Answer(b"<html>")
    await eventually(states, [("busan", "fresh", None), ("rt", "failing", "busan")])


def told(now: datetime) -> bytes:
    """A bus that has left the first stop of trip T1 half a minute late, wherever in the day it is now."""
    local = now.astimezone(ZoneInfo("Asia/Seoul"))
    message = realtime(at=now.timestamp())
    update = message.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date, update.vehicle.id = "T1", f"{local:%Y%m%d}", "bus-1"
    update.stop_time_update.add(stop_sequence=1).departure.delay = 30
    bus = message.entity.add(id="2").vehicle
    bus.vehicle.id, bus.trip.trip_id, bus.trip.start_date = "bus-1", "T1", f"{local:%Y%m%d}"
    bus.position.longitude, bus.position.latitude = 129.05, 35.155
    return message.SerializeToString()


def running_now(now: datetime) -> bytes:
    """The timetable with trip T1 under way at this time."""
    local = now.astimezone(ZoneInfo("Asia/Seoul"))
    start = local.hour * 3600 + local.minute * 60 - 120
    lines = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for number, stop in enumerate(("S1", "S2", "S3")):
        at = start + 300 * number
        clock = f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
        lines.append(f"T1,{clock},{clock},{stop},{number + 1}")
    trips = "route_id,service_id,trip_id,direction_id\nR1,DAILY,T1,0\n"
    return zipped({**TIMETABLE, "stop_times.txt": "\n".join(lines), "trips.txt": trips})


async def test_a_message_from_a_file_becomes_readings_like_one_that_is_fetched(whole: Web) -> None:
    key = await whole.key(Scope.MANAGE, Scope.READ)
    now = datetime.now(UTC).replace(microsecond=0)
    assert (await put(whole, running_now(now), key)).status_code == 200
    file, wish = f"{FEEDS}/rt/file", {"format": "gtfs-realtime", "timetable": "busan"}
    taken = await whole.http.put(file, params=wish, content=told(now), headers=key)
    assert (taken.status_code, taken.json()["state"], taken.json()["timetable"]) == (200, "fresh", "busan")

    async def vehicles() -> list[str]:
        answer = await whole.http.get("/api/v1/streams/bus_information/vehicles/current", headers=key)
        return [row["subject"] for row in answer.json()]

    await eventually(vehicles, ["busan:bus-1"])
    refused = await whole.http.put(file, params=wish, content=b"<html>", headers=key)
    assert (refused.status_code, refused.json()["reason"]) == (422, "wrong_format")
    assert (await whole.http.get(f"{FEEDS}/rt", headers=key)).json()["state"] == "fresh"


async def test_positions_and_calls_become_readings_once(whole: Web, feed_server: FeedServer) -> None:
    key = await whole.key(Scope.MANAGE, Scope.READ)
    now = datetime.now(UTC).replace(microsecond=0)
    if now.astimezone(ZoneInfo("Asia/Seoul")).time() < time(0, 3):
        now += timedelta(minutes=3)  # the trip began today
    assert (await put(whole, running_now(now), key)).status_code == 200
    feed_server.answers["/rt"] = Answer(told(now))
    new = {"url": feed_server.url("/rt"), "name": "rt", "every": 1}
    assert (await whole.http.post(FEEDS, json=new, headers=key)).status_code == 201

    async def current(stream: str, *fields: str) -> list[tuple[object, ...]]:
        answer = await whole.http.get(f"/api/v1/streams/bus_information/{stream}/current", headers=key)
        return [tuple(row[field] for field in fields) for row in answer.json()]

    bus = ("busan:bus-1", "busan:T1", "busan:R1", 30.0)
    await eventually(lambda: current("vehicles", "subject", "trip", "route", "delay"), [bus])
    call = ("busan:S1", "서면", "busan:T1", 30.0)
    await eventually(lambda: current("stop_events", "subject", "name", "trip", "departure_delay"), [call])
    feed_server.answers["/rt"] = Answer(told(now + timedelta(seconds=1)))  # a newer message, and the same call
    asked = feed_server.times("/rt")
    await eventually(lambda: asyncio.sleep(0, feed_server.times("/rt") > asked + 1), True)
    await asyncio.sleep(1)
    until = {"until": (now + timedelta(minutes=5)).isoformat()}
    path = "/api/v1/streams/bus_information/stop_events/history"
    history = await whole.http.get(path, params=until, headers=key)
    assert [row["departure_delay"] for row in history.json()] == [30.0]
