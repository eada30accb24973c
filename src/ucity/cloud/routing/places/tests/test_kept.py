"""Places are found in the database by what people type, and replaced as a whole."""

from collections.abc import Iterable

import pytest

from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.places import Named, around, find, keep

CENTRE = Position(129.06, 35.16)


def nowhere(lons: Iterable[float | None], _: Iterable[float | None]) -> list[str | None]:
    return ["d" for _ in lons]


def named(id_: str, ko: str, kind: str = "stop", east: float = 0.0, **more: str) -> Named:
    position = Position(CENTRE.lon + east, CENTRE.lat)
    return Named(id=id_, kind=kind, names={"ko": ko} | more, position=position)


async def asked(pool: Pool, question: str, near: Position | None = None) -> list[str]:
    return [place.id for place in await find(pool, question, near=near)]


@pytest.fixture
async def busan(pool: Pool) -> Pool:
    places = [
        named("seomyeon", "서면", "station", en="Seomyeon"),
        named("seomyeon-stop", "서면역", east=0.001),
        named("haeundae", "해운대", "station", 0.1, en="Haeundae"),
        named("beach", "해운대해수욕장", "place", 0.1, en="Haeundae beach"),
        named("centum", "센텀시티", "station", 0.07, en="Centum City"),
        named("bexco", "벡스코(시립미술관)", "station", 0.08, en="BEXCO"),
    ]
    await keep(pool, "test", places, nowhere)
    return pool


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("서면", "seomyeon"),
        ("서면역", "seomyeon"),
        ("ㅅㅁ", "seomyeon"),
        ("ㅅ", "seomyeon"),
        ("섬", "seomyeon"),
        ("서먼", "seomyeon"),
        ("tjaus", "seomyeon"),
        ("somyon", "seomyeon"),
        ("Seomyun", "seomyeon"),
        ("헤운대", "haeundae"),
        ("해운데역", "haeundae"),
        ("ㅎㅇㄷㅎ", "beach"),
        ("해수욕장", "beach"),
        ("haeundae bea", "beach"),
        ("센텀 시티", "centum"),
        ("샌탐시티", "centum"),
        ("centum", "centum"),
        ("벡스코", "bexco"),
        ("백스코", "bexco"),
        ("bexco", "bexco"),
    ],
)
async def test_the_place_that_is_meant_comes_first(busan: Pool, question: str, first: str) -> None:
    assert (await asked(busan, question))[:1] == [first]


@pytest.mark.parametrize("question", ["", " ", "%", "'; --", "\x00", "가나다라", "_", "👍", "ㅋㅋㅋㅋ", "x" * 200])
async def test_what_means_no_place_finds_none(busan: Pool, question: str) -> None:
    assert await asked(busan, question) == []


async def test_of_many_the_nearest_comes_first(pool: Pool) -> None:
    await keep(pool, "test", [named(str(n), "시장", east=n * 0.01) for n in range(500)], nowhere)
    for question in ("시", "시장", "ㅅㅈ"):
        found = await find(pool, question, near=Position(CENTRE.lon + 4, CENTRE.lat))
        assert found[0].id == "400"
        assert [place.metres for place in found] == sorted(place.metres or 0 for place in found)


async def test_a_source_is_replaced_and_others_stay(pool: Pool) -> None:
    await keep(pool, "one", [named("a", "서면")], nowhere)
    await keep(pool, "two", [named("b", "서면시장")], nowhere)
    assert await keep(pool, "one", [named("c", "서면시장역"), named("c", "동래")], nowhere) == 1
    assert await asked(pool, "서면") == ["b"]
    assert await asked(pool, "동래") == ["c"]
    await keep(pool, "one", [], nowhere)
    assert await asked(pool, "동래") == []


async def test_what_is_around_a_point_is_told_from_the_nearest_on(busan: Pool) -> None:
    found = await around(busan, Position(CENTRE.lon + 0.0009, CENTRE.lat))
    assert [place.id for place in found] == ["seomyeon-stop", "seomyeon"]
    assert found[0].metres == pytest.approx(9.1, abs=1)
    assert found[0].district == "d"
    assert await around(busan, Position(0, 0)) == []
    assert [place.id for place in await around(busan, CENTRE, kinds=["station"])] == ["seomyeon"]
