"""Names and addresses of a street map, in Korean and English."""

from pathlib import Path

import osmium
import pytest

from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.places import Named, find, keep
from ucity.cloud.routing.places.osm import of_extract
from ucity.errors import BadInput

NODES = {
    1: {},
    2: {},
    3: {"amenity": "townhall", "name": "부산광역시청", "name:en": "Busan City Hall"},
    4: {"addr:street": "중앙대로", "addr:housenumber": "1001"},
    5: {"highway": "bus_stop", "name": "시청앞"},
    6: {"place": "neighbourhood", "name": "연산동"},
    7: {"addr:housenumber": "12"},
    8: {"public_transport": "platform", "building": "yes", "name": "시청앞"},
}
WAYS = {
    1: ([1, 2], {"highway": "primary", "name": "중앙대로"}),
    2: ([2, 3], {"highway": "primary", "name": "중앙대로"}),
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Named]:
    file = tmp_path / "few.osm.pbf"
    with osmium.SimpleWriter(str(file)) as writer:
        for number, tags in NODES.items():
            where = (129.075 + number / 10_000, 35.179)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=where, tags=tags))
        for number, (nodes, tags) in WAYS.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return {place.id: place for place in of_extract("busan", file)}


def test_a_street_is_one_place_and_stops_are_left_to_timetables(places: dict[str, Named]) -> None:
    assert sorted(places) == ["busan:n3", "busan:n4/address", "busan:n6", "busan:w1"]
    assert places["busan:n3"].names == {"ko": "부산광역시청", "en": "Busan City Hall"}
    assert (places["busan:n6"].kind, places["busan:w1"].kind) == ("neighbourhood", "place")


async def test_a_house_is_found_by_its_street_and_number(places: dict[str, Named], pool: Pool) -> None:
    await keep(pool, "feed:busan", places.values(), lambda lons, _: [None for _ in lons])
    for question in ("중앙대로 1001", "중앙대로1001", "jungangdaero 1001", "1001 중앙대로"):
        assert (await find(pool, question))[0].id == "busan:n4/address", question
    assert (await find(pool, "중앙대로"))[0].id == "busan:w1"
    assert (await find(pool, "시청"))[0].id == "busan:n3"


def test_what_is_no_map_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.osm.pbf"
    file.write_bytes(b"no map")
    with pytest.raises(BadInput):
        of_extract("busan", file)
