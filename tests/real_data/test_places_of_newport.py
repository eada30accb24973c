"""Newport's street map: its streets, buildings and houses are found by what people type for them."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.places import Named, find, keep
from ucity.cloud.routing.places.osm import of_extract

FILE = Path(__file__).parents[3] / "shared/data/transit/newport/newport-2023-06-13.osm.pbf"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"the real street map is not here: {FILE.name}")


def nowhere(lons: Iterable[float | None], _: Iterable[float | None]) -> list[str | None]:
    return [None for _ in lons]


@pytest.fixture(scope="module")
def places() -> list[Named]:
    return of_extract("newport", FILE, nowhere)


async def names(pool: Pool, question: str) -> list[str]:
    return [each.names["en"] for each in await find(pool, question, limit=5)]


async def test_streets_buildings_and_houses_are_found(places: list[Named], pool: Pool) -> None:
    assert await keep(pool, "feed:newport", places, nowhere) == len(places)
    assert "Royal Gwent Hospital" in await names(pool, "royal gwent")
    assert "Stow Hill" in await names(pool, "stow hil")
    houses = [place for place in places if place.id.endswith("/address")]
    for house in houses[:: len(houses) // 40]:
        own, (other,) = house.names["en"], house.also
        found = await find(pool, own, near=house.position, limit=5)
        assert own in {each.names["en"] for each in found}, own
        assert own in await names(pool, other), other


def test_all_of_the_map_fits_and_of_too_large_a_one_names_come_first(places: list[Named]) -> None:
    houses = sum(place.id.endswith("/address") for place in places)
    assert houses > 20_000
    assert len(places) - houses > 2_000
    assert all(-3.3 < place.position.lon < -2.7 and 51.4 < place.position.lat < 51.8 for place in places)
    some = of_extract("newport", FILE, nowhere, most=500)
    assert len(some) == 500
    assert not any(place.id.endswith("/address") for place in some)
