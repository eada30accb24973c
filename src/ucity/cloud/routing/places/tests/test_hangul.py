"""Hangul taken apart is still what it was, and is spoken as the maps write it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.cloud.routing.places.hangul import are_initials, has_hangul, initials, keys, romanised, taken_apart

SYLLABLES = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1, max_size=8)


@given(SYLLABLES)
def test_parts_are_those_that_unicode_knows(text: str) -> None:
    for syllable in text:
        count = len(unicodedata.normalize("NFD", syllable))
        assert len([part for part in taken_apart(syllable) if part]) == count


@given(SYLLABLES, SYLLABLES)
def test_a_word_that_is_half_typed_begins_the_whole_one(begin: str, rest: str) -> None:
    assert keys(begin + rest) == keys(begin) + keys(rest)
    assert keys(begin + rest).startswith(keys(begin))
    assert initials(begin + rest).startswith(initials(begin))


@given(st.text(max_size=30))
def test_any_text_gives_ascii_for_hangul_and_keeps_the_rest(text: str) -> None:
    for letter in text:
        assert keys(letter).isascii() or keys(letter) == letter
        assert romanised(letter).isascii() or not has_hangul(letter) or romanised(letter) == letter
    assert keys("".join(letter for letter in text if not has_hangul(letter))) == "".join(
        letter for letter in text if not has_hangul(letter)
    )


@given(SYLLABLES)
def test_what_is_spoken_is_written_in_latin_letters(text: str) -> None:
    assert romanised(text).isascii()
    assert romanised(text).isalpha()
    assert romanised(text)[0].isupper()


@pytest.mark.parametrize(
    ("written", "spoken"),
    {
        "서면": "Seomyeon",
        "부산역": "Busanyeok",
        "동래": "Dongnae",
        "명륜": "Myeongnyun",
        "낙민": "Nangmin",
        "종로": "Jongno",
        "신라": "Silla",
        "국립": "Gungnip",
        "독립문": "Dongnimmun",
        "왕십리": "Wangsimni",
        "값진": "Gapjin",
        "읍내": "Eumnae",
        "좌동 2가": "Jwadong 2ga",
        "다대포해수욕장": "Dadaepohaesuyokjang",
    }.items(),
)
def test_sounds_change_one_another(written: str, spoken: str) -> None:
    assert romanised(written) == spoken


def test_the_keyboard_set_to_english_types_the_same_keys() -> None:
    assert keys("서면") == "tjaus"
    assert keys("섬") == "tja"
    assert keys("괜찮아") == "rhoscksgdk"


def test_initials_alone_are_told_from_words() -> None:
    assert are_initials("ㅅㅁ")
    assert are_initials("ㄳ 2")
    assert not are_initials("서ㅁ")
    assert not are_initials("ㅅㅏ")
    assert not are_initials("sm")
    assert initials("서면") == initials("ㅅㅁ")
    assert initials("강서") == initials("ㄳ")
