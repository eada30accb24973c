"""Names and addresses of a street map, in Korean and English."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.places import Named, find, keep
from ucity.cloud.routing.places.osm import of_extract
from ucity.cloud.routing.places.tests.extract import write
from ucity.errors import BadInput


def nowhere(lons: Sequence[float | None], _: Sequence[float | None]) -> list[str | None]:
    return [None for _ in lons]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Named]:
    file = tmp_path / "few.osm.pbf"
    write(file)
    return {place.id: place for place in of_extract("busan", file, nowhere)}


def test_a_street_is_one_place_and_stops_are_left_to_timetables(places: dict[str, Named]) -> None:
    assert sorted(places) == ["busan:n3", "busan:n4/address", "busan:n6", "busan:w1"]
    assert places["busan:n3"].names == {"ko": "부산광역시청", "en": "Busan City Hall"}
    assert (places["busan:n6"].kind, places["busan:w1"].kind) == ("neighbourhood", "place")


async def test_a_house_is_found_by_its_street_and_number(places: dict[str, Named], pool: Pool) -> None:
    await keep(pool, "feed:busan", places.values(), nowhere)
    for question in ("중앙대로 1001", "중앙대로1001", "jungangdaero 1001", "1001 중앙대로"):
        assert (await find(pool, question))[0].id == "busan:n4/address", question
    assert (await find(pool, "중앙대로"))[0].id == "busan:w1"
    assert (await find(pool, "시청"))[0].id == "busan:n3"


def test_what_is_no_map_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.osm.pbf"
    file.write_bytes(b"no map")
    with pytest.raises(BadInput):
        of_extract("busan", file, nowhere)
