"""Stops of timetables, and names of street maps, become places as their feeds come, change and go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from running.feeds import TIMETABLE, zipped
from ucity.cloud.ioc.collect.feeds.door import FeedDoor
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.objects import open_objects
from ucity.cloud.routing.places import find
from ucity.cloud.routing.places.follow import FeedStops
from ucity.cloud.routing.places.gather import of_stops
from ucity.cloud.routing.places.tests.extract import write
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs import read_stops

STATION = (
    "stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "S1,,서면,35.15,129.05,1,\nS2,12,부전,35.16,129.06,,\n"
    "S3,,서면 승강장,35.15,129.05,0,S1\nE,,서면 1번 출구,35.15,129.05,2,S1\n"
)
WORDS = (
    "table_name,field_name,language,translation,record_id,field_value\n"
    "stops,stop_name,en,Bujeon Market,S2,\nstops,stop_name,ja,西面,,서면\nroutes,route_long_name,en,Line,R1,\n"
)


def test_platforms_and_entrances_are_no_places_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "feed.zip"
    file.write_bytes(zipped(TIMETABLE | {"stops.txt": STATION, "translations.txt": WORDS}))
    places = {place.id: place for place in of_stops("busan", *read_stops(file))}
    assert places.keys() == {"busan:S1", "busan:S2"}
    station, stop = places["busan:S1"], places["busan:S2"]
    assert (station.kind, station.names) == ("station", {"ko": "서면", "en": "Seomyeon", "ja": "西面"})
    assert (stop.kind, stop.names, stop.code) == ("stop", {"ko": "부전", "en": "Bujeon Market"}, "12")


@pytest.fixture
def files(pool: Pool, tmp_path: Path) -> Files:
    return Files(pool=pool, objects=open_objects(None, tmp_path), incoming=tmp_path / "incoming")


async def body(**changed: str) -> AsyncIterator[bytes]:
    yield zipped(TIMETABLE | {name.replace("_", "."): text for name, text in changed.items()})


async def test_stops_come_change_and_go_with_their_feed(files: Files, pool: Pool) -> None:
    door = FeedDoor(files, most=10_000_000)
    stops = FeedStops(pool, files.objects, files.incoming, lambda lons, _: [None for _ in lons])

    async def found(question: str) -> list[str]:
        await stops.look()
        return [place.id for place in await find(pool, question)]

    assert await found("양정") == []
    await door.take("busan", FeedFormat.GTFS, body())
    assert await found("양정") == ["busan:S3"]
    await door.take("busan", FeedFormat.GTFS, body(stops_txt=TIMETABLE["stops.txt"].replace("양정", "시청")))
    assert await found("양정") == []
    assert await found("ㅅㅊ") == ["busan:S3"]
    await door.remove("busan")
    assert await found("ㅅㅊ") == []


async def test_names_and_houses_of_a_street_map_come_and_go_with_it(files: Files, pool: Pool, tmp_path: Path) -> None:
    async def extract() -> AsyncIterator[bytes]:
        write(tmp_path / "few.osm.pbf")
        yield (tmp_path / "few.osm.pbf").read_bytes()

    door = FeedDoor(files, most=10_000_000)
    stops = FeedStops(pool, files.objects, files.incoming, lambda lons, _: [None for _ in lons])
    await door.take("streets", FeedFormat.OSM, extract())
    await stops.look()
    assert (await find(pool, "중앙대로 1001"))[0].id == "streets:n4/address"
    await door.remove("streets")
    await stops.look()
    assert await find(pool, "중앙대로 1001") == []
