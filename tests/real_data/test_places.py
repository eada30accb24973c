"""Busan's 114 metro stations are found by what people type for them."""

import csv
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.store import Pool
from ucity.cloud.routing.places import Named, find, keep
from ucity.cloud.routing.places.gather import bilingual
from ucity.cloud.routing.places.hangul import FINALS, INITIALS, MEDIALS, romanised, taken_apart

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "busan" / "metro" / "station_coordinates.csv"
AS_SIGNS_SAY = {
    "서면": "Seomyeon",
    "해운대": "Haeundae",
    "동래": "Dongnae",
    "낙민": "Nangmin",
    "명륜": "Myeongnyun",
    "연산": "Yeonsan",
    "덕천": "Deokcheon",
    "온천장": "Oncheonjang",
    "다대포항": "Dadaepohang",
}
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the real coordinates of the stations are not here")


def stations() -> list[Named]:
    with FILE.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    return [
        Named(
            id=row["canonical_station_id"],
            kind="station",
            names=bilingual({"ko": row["source_station_name"]}),
            position=Position(float(row["longitude"]), float(row["latitude"])),
        )
        for row in rows
    ]


def nowhere(lons: Iterable[float | None], _: Iterable[float | None]) -> list[str | None]:
    return [None for _ in lons]


@pytest.fixture
async def metro(pool: Pool) -> Pool:
    assert await keep(pool, "metro", stations(), nowhere) == 114
    return pool


CONFUSED = dict(
    zip("ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ", "ㅑㅔㅏㅖㅗㅐㅓㅒㅓㅝㅚㅞㅗㅡㅘㅚㅜㅜㅜㅣㅢ", strict=True)
)


def with_a_slip(name: str, chance: random.Random) -> str:
    """One vowel of the name replaced by one that sounds or is typed nearly the same."""
    place = chance.choice([number for number, letter in enumerate(name) if "가" <= letter <= "힣"])
    initial, medial, final = taken_apart(name[place])
    number = (INITIALS.index(initial) * 21 + MEDIALS.index(CONFUSED[medial])) * 28 + FINALS.index(final)
    return name[:place] + chr(ord("가") + number) + name[place + 1 :]


async def top(pool: Pool, question: str, limit: int) -> set[str]:
    return {each.names["ko"] for each in await find(pool, question, limit=limit)}


async def test_every_station_is_found_by_its_name_with_and_without_the_word_station(metro: Pool) -> None:
    for each in stations():
        name = each.names["ko"]
        for question in (name, f"{name.removesuffix('역')}역", " ".join(name)):
            assert name in await top(metro, question, 3), question


async def test_every_station_is_found_as_it_is_spoken(metro: Pool) -> None:
    for each in stations():
        assert each.names["ko"] in await top(metro, romanised(each.names["ko"]), 3)


async def test_stations_are_spoken_as_their_signs_say(metro: Pool) -> None:
    spoken = {each.names["ko"].removesuffix("역"): each.names["en"] for each in stations()}
    assert {name: spoken[name] for name in AS_SIGNS_SAY if name in spoken} == {
        name: said for name, said in AS_SIGNS_SAY.items() if name in spoken
    }


async def test_stations_are_found_by_their_first_consonants_and_with_a_slip(metro: Pool) -> None:
    chance = random.Random(1)  # noqa: S311 - a test's
    by_initials, by_slips, all_ = 0, 0, [each for each in stations() if len(each.names["ko"]) > 1]
    for each in all_:
        name = each.names["ko"]
        consonants = "".join(taken_apart(letter)[0] if "가" <= letter <= "힣" else letter for letter in name)
        by_initials += name in await top(metro, consonants, 8)
        by_slips += name in await top(metro, with_a_slip(name, chance), 5)
    assert by_initials == len(all_)
    assert by_slips >= 0.95 * len(all_)
