"""What feeds tell of stops, lines, alerts and bicycles is there as entities, and goes with its feed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from running.feeds import TIMETABLE, zipped
from running.web import eventually
from ucity.cloud.ioc.collect.feeds import telling
from ucity.cloud.ioc.collect.feeds.door import FeedDoor, Wish
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.telling import FeedThings
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.policy.names import short
from ucity.cloud.ioc.store import Committer, Pool
from ucity.cloud.ioc.store.feed_writing import NewMessage, keep_message
from ucity.cloud.ioc.store.feeds import known_feed
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gbfs import Station, System, encode
from ucity.services import catalogue

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STOPS = (
    "stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
    "S1,12,서면,35.15,129.05,0,,1\nS2,,부전,35.16,129.06,0,,\nS3,,양정,35.17,129.07,0,,\nE,,출구,35.15,129.05,2,S1,\n"
)
ROUTES = "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\nR1,B,1,1호선,401,F06A00\n"


@pytest.fixture
def things(files: Files, pool: Pool) -> FeedThings:
    return FeedThings(files, Committer(pool, lambda lons, _: [None for _ in lons]), catalogue())


async def timetable(changed: dict[str, str] | None = None) -> AsyncIterator[bytes]:
    yield zipped(TIMETABLE | {"stops.txt": STOPS, "routes.txt": ROUTES} | (changed or {}))


async def there(pool: Pool, kind: str) -> dict[str, dict[str, Any]]:
    """The values of all entities of a type, by id and short name."""
    start = f"urn:ngsi-ld:{kind}:"
    rows = await pool.fetch("SELECT id, attrs FROM entity WHERE id LIKE $1 AND deleted_at IS NULL", f"{start}%")
    return {
        row["id"].removeprefix(start): {
            short(name): each.get("value", each.get("objectList"))
            for name, each in msgspec.json.decode(row["attrs"]).items()
        }
        for row in rows
    }


async def say(pool: Pool, door: FeedDoor, name: str, format_: FeedFormat, data: bytes) -> None:
    """A message of a feed, which is added when it is new."""
    if name not in {feed.name for feed in await door.feeds()}:
        await door.add(Wish(url=f"https://feeds.example/{name}", name=name, format=format_))
    new = NewMessage(sha256=str(hash(data)), made_at=NOW, data=data)
    await keep_message(pool, await known_feed(pool, name), new, datetime.now(UTC))


async def test_stops_and_lines_come_change_and_go_with_their_timetable(
    things: FeedThings, door: FeedDoor, pool: Pool
) -> None:
    await door.take("busan", FeedFormat.GTFS, timetable())
    await things.look()
    stops = await there(pool, "PublicTransportStop")
    assert stops.keys() == {"busan:S1", "busan:S2", "busan:S3"}
    place = {"type": "Point", "coordinates": [129.05, 35.15]}
    said = {"name": "서면", "stopCode": "12", "wheelChairAccessible": "1", "dataProvider": "busan", "location": place}
    assert stops["busan:S1"] == said
    line = {"name": "1호선", "routeCode": "R1", "shortRouteCode": "1", "transportationType": 1, "routeColor": "#f06a00"}
    assert await there(pool, "PublicTransportRoute") == {"busan:R1": {**line, "dataProvider": "busan"}}
    fewer = STOPS.replace("S1,12,서면", "S1,,서면역").replace("S2,,부전", "S9,,부전")
    times = TIMETABLE["stop_times.txt"].replace("S2", "S9")
    await door.take("busan", FeedFormat.GTFS, timetable({"stops.txt": fewer, "stop_times.txt": times}))
    await things.look()
    stops = await there(pool, "PublicTransportStop")
    assert stops.keys() == {"busan:S1", "busan:S9", "busan:S3"}
    del said["stopCode"]
    assert stops["busan:S1"] == {**said, "name": "서면역"}
    await door.remove("busan")
    await things.look()
    assert await there(pool, "PublicTransportStop") == await there(pool, "PublicTransportRoute") == {}


async def test_a_timetable_of_many_stops_is_taken_in_a_few_at_a_time(
    things: FeedThings, door: FeedDoor, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_TOGETHER", 2)
    rows = {number: f"S{number},,정류장 {number},35.15,129.05,0,,\n" for number in range(1, 8)}
    header = STOPS.partition("\n")[0]
    await door.take("busan", FeedFormat.GTFS, timetable({"stops.txt": f"{header}\n{''.join(rows.values())}"}))
    await things.look()
    assert (await there(pool, "PublicTransportStop")).keys() == {f"busan:S{number}" for number in rows}
    history = "SELECT count(*) FROM observation"
    before = await pool.fetchval(history)
    rows[5] = rows[5].replace("정류장", "새 정류장")
    del rows[7]
    await door.take("busan", FeedFormat.GTFS, timetable({"stops.txt": f"{header}\n{''.join(rows.values())}"}))
    await things.look()
    stops = await there(pool, "PublicTransportStop")
    assert stops.keys() == {f"busan:S{number}" for number in rows}
    assert stops["busan:S5"]["name"] == "새 정류장 5"
    assert await pool.fetchval(history) == before + 1 + len(stops["busan:S6"]), "one name, and what is gone"


async def test_what_has_not_changed_is_not_written_again(
    things: FeedThings, files: Files, door: FeedDoor, pool: Pool
) -> None:
    await door.take("busan", FeedFormat.GTFS, timetable())
    await things.look()
    written = "SELECT max(modified_at), (SELECT count(*) FROM observation) FROM entity"
    before = await pool.fetchrow(written)
    another = FeedThings(files, Committer(pool, lambda lons, _: [None for _ in lons]), catalogue())
    await another.look()
    assert await pool.fetchrow(written) == before


def disturbance(*ids: str) -> bytes:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    for id_ in ids:
        entity = message.entity.add(id=id_)
        entity.alert.effect = pb.Alert.DETOUR
        entity.alert.severity_level = pb.Alert.WARNING
        entity.alert.active_period.add(start=int(NOW.timestamp()), end=int(NOW.timestamp()) + 3600)
        entity.alert.informed_entity.add(route_id="R1")
        for language, text in (("en", "Detour"), ("ko", "우회 운행")):
            entity.alert.header_text.translation.add(text=text, language=language)
    return bytes(message.SerializeToString())


async def test_alerts_are_there_for_as_long_as_they_are_told(things: FeedThings, door: FeedDoor, pool: Pool) -> None:
    await say(pool, door, "live", FeedFormat.REALTIME, disturbance("A1", "A2"))
    await things.look()
    found = await there(pool, "PublicTransportAlert")
    assert found.keys() == {"live:A1", "live:A2"}
    assert found["live:A1"] == {
        "name": "우회 운행",
        "alertSource": "live",
        "category": "traffic",
        "subCategory": "detour",
        "severity": "medium",
        "validFrom": {"@type": "DateTime", "@value": "2026-11-24T08:00:00Z"},
        "validTo": {"@type": "DateTime", "@value": "2026-11-24T09:00:00Z"},
        "refPublicTransportRoute": [{"object": "urn:ngsi-ld:PublicTransportRoute:live:R1"}],
        "dataProvider": "live",
    }
    await say(pool, door, "live", FeedFormat.REALTIME, disturbance("A2"))
    await things.look()
    assert (await there(pool, "PublicTransportAlert")).keys() == {"live:A2"}


async def test_a_new_message_is_taken_in_without_a_look_at_all_feeds(
    things: FeedThings, door: FeedDoor, pool: Pool, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    look = things.look

    async def counted() -> None:
        await look()
        looks.append(1)

    async def alerts() -> set[str]:
        return set(await there(pool, "PublicTransportAlert"))

    monkeypatch.setattr(things, "look", counted)
    await say(pool, door, "live", FeedFormat.REALTIME, disturbance("A1"))
    announcements = Announcements(migrated_database)
    things.hear(announcements)
    following = asyncio.gather(announcements.run(), things.follow())
    await eventually(alerts, {"live:A1"})
    await eventually(lambda: asyncio.sleep(0, bool(looks)), True)
    before = len(looks)
    await say(pool, door, "live", FeedFormat.REALTIME, disturbance("A2"))
    await eventually(alerts, {"live:A2"})
    assert len(looks) == before
    await door.remove("live")
    await eventually(alerts, set())
    following.cancel()
    await asyncio.wait([following])


def system(*stations: Station) -> bytes:
    return encode(System(names={}, at=NOW, ttl=60, stations=stations))


async def test_stations_tell_how_many_bicycles_they_have(things: FeedThings, door: FeedDoor, pool: Pool) -> None:
    one = Station(id="1", names={"ko": "서면"}, lon=129.05, lat=35.15, bicycles=3, docks=4, capacity=7)
    two = Station(id="2", names={}, lon=129.06, lat=35.16, bicycles=0, docks=None)
    street = Station(id="3", names={}, lon=129.06, lat=35.16, bicycles=1, docks=None, is_free=True)
    await say(pool, door, "bikes", FeedFormat.GBFS, system(one, two, street))
    await things.look()
    found = await there(pool, "BikeHireDockingStation")
    assert found.keys() == {"bikes:1", "bikes:2"}
    numbers = {"availableBikeNumber": 3, "freeSlotNumber": 4, "totalSlotNumber": 7}
    place = {"type": "Point", "coordinates": [129.05, 35.15]}
    assert found["bikes:1"] == {**numbers, "name": "서면", "dataProvider": "bikes", "location": place}
    await say(pool, door, "bikes", FeedFormat.GBFS, system(one))
    await things.look()
    assert (await there(pool, "BikeHireDockingStation")).keys() == {"bikes:1"}
