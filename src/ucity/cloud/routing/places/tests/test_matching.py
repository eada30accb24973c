"""What somebody types meets the name that is meant, and the likeliest place comes first."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint.journeys import Position
from ucity.cloud.routing.places.forms import LONGEST, of_name, of_question
from ucity.cloud.routing.places.matching import Found, How, Match, best_match, metres_between, ranked

NAMES = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=2, max_size=8)
HERE = Position(129.06, 35.16)


def met(question: str, name: str) -> Match | None:
    return best_match(of_question(question), of_name(name))


@pytest.mark.parametrize(
    ("question", "name", "how"),
    [
        ("서면", "서면역", How.WHOLE),
        ("서면역", "서면", How.WHOLE),
        ("서면역", "서면역(1호선)", How.WHOLE),
        ("ㅅㅁ", "서면", How.WHOLE),
        ("ㅎㅇ", "해운대", How.BEGINS),
        ("섬", "서면", How.BEGINS),
        ("서ㅁ", "서면", How.BEGINS),
        ("센텀 시티", "센텀시티", How.WHOLE),
        ("tjaus", "서면", How.WHOLE),
        ("godnseo", "해운대", How.WHOLE),
        ("헤운대", "해운대", How.WHOLE),
        ("서먼", "서면", How.SLIPS),
        ("샌텀시티", "센텀시티", How.WHOLE),
        ("해수욕장", "다대포해수욕장", How.WITHIN),
        ("seomyeon", "서면", How.WHOLE),
        ("Seo-myeon station", "서면역", How.WHOLE),
        ("Pusan", "부산", How.WHOLE),
        ("haeundae", "해운대", How.WHOLE),
        ("heundae", "해운대", How.SLIPS),
        ("gwangali", "광안리", How.WHOLE),
        ("BEXCO", "BEXCO(시립미술관)", How.WHOLE),
        ("ｂｅｘｃｏ", "BEXCO", How.WHOLE),
    ],
)
def test_what_people_type_meets_the_name(question: str, name: str, how: How) -> None:
    found = met(question, name)
    assert found
    assert found.how == how


@pytest.mark.parametrize(
    ("question", "name"), [("서면", "동래"), ("ㅅㅁ", "동래"), ("부산진", "서면"), ("", "서면"), ("!!", "서면")]
)
def test_other_names_are_not_met(question: str, name: str) -> None:
    assert met(question, name) is None


@given(NAMES, st.integers(0, 1_000_000))
def test_a_name_is_met_whatever_its_spacing_and_with_one_slip(name: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    place = chance.randrange(len(name) + 1)
    assert met(f"{name[:place]} {name[place:]}", name) == Match(How.WHOLE)
    keys = next(iter(of_question(name))).text
    wrong = chance.randrange(len(keys))
    slipped = keys[:wrong] + keys[wrong + 1 :]
    if len(slipped) >= 4:
        assert met(slipped, name)


@given(st.text(max_size=300))
def test_any_question_gives_forms_that_a_database_can_look_for(question: str) -> None:
    for form in of_question(question):
        assert form.text.isascii()
        assert form.text.isalnum()
        assert len(form.text) <= LONGEST


@given(st.text(min_size=1, max_size=80))
def test_any_name_is_found_by_itself(name: str) -> None:
    questions = of_question(name)
    if questions:
        assert best_match(questions, of_name(name))


def place(id_: str, kind: str, name: str, lon: float = 129.06) -> Found:
    position = Position(lon, 35.16)
    metres = metres_between(position, HERE)
    return Found(id=id_, kind=kind, names={"ko": name}, position=position, forms=tuple(of_name(name)), metres=metres)


def test_a_better_match_comes_before_a_nearer_place_and_a_nearer_one_before_a_farther() -> None:
    found = [
        place("near", "stop", "서면시장"),
        place("far", "stop", "서면", 129.2),
        place("mid", "stop", "서면", 129.1),
    ]
    assert [each.id for each in ranked(of_question("서면"), found, 9)] == ["mid", "far", "near"]


def test_a_station_comes_before_the_stops_that_are_called_after_it() -> None:
    found = [place("stop", "stop", "서면역"), place("station", "station", "서면역", 129.065)]
    assert [each.id for each in ranked(of_question("서면"), found, 9)] == ["station", "stop"]


def test_two_sides_of_a_street_are_one_place() -> None:
    found = [place("a", "stop", "시청앞"), place("b", "stop", "시청앞", 129.0605), place("c", "stop", "시청앞", 129.2)]
    assert [each.id for each in ranked(of_question("시청"), found, 9)] == ["a", "c"]


def test_distances_are_those_of_the_earth() -> None:
    assert metres_between(Position(129.0, 35.0), Position(129.0, 36.0)) == pytest.approx(111_195, rel=1e-3)
    assert metres_between(HERE, HERE) == 0
