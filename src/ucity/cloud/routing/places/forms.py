"""How a name and what somebody types are brought into forms that can be compared.

A form is ASCII and has no spaces, so that 센텀 시티 and 센텀시티 are the same. There are three kinds, and a question is
only compared with forms of its own kind: what was typed as Hangul (or with the wrong keyboard), as first consonants, or
in Latin letters as one hears it.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ucity.cloud.routing.places.hangul import KEYS, are_initials, has_hangul, initials, keys, romanised

LONGEST = 64
"""Letters of a question, and of a form, that are compared."""


class Kind(StrEnum):
    """What a form is made of."""

    KEYS = "keys"
    INITIALS = "initials"
    SOUND = "sound"


class Form(NamedTuple):
    """A name, or a question, as it is compared."""

    kind: Kind
    text: str


_NO_LETTER = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_STATION = re.compile(r"(?<=.)(\s*역|\s+station|\s+stn\.?)$", re.IGNORECASE)
# The ways in which one and the same sound is commonly written in Latin letters; the longer ones come first.
_PAIRS = "eo:o eu:u oo:u ou:u ee:i ae:e ai:e oe:we ch:j sh:s g:k d:t b:p v:p f:p r:l c:k q:k z:j x:ks"
_SOUNDS = tuple(pair.split(":") for pair in _PAIRS.split())
_TWICE = re.compile(r"(.)\1+")


def plain(text: str) -> str:
    """Composed, in lower case, without brackets' contents where something is left without them."""
    composed = "".join(map(_compatible, unicodedata.normalize("NFC", text))).casefold()
    return _BRACKETS.sub(" ", composed).strip() or composed.strip()


def _compatible(letter: str) -> str:
    """The ordinary letter for one of another width; the single letters of Hangul are ordinary ones."""
    return letter if letter in KEYS else unicodedata.normalize("NFKC", letter)


def without_station(text: str) -> str:
    """Without the word station at the end, which few say: 서면 for 서면역."""
    return _STATION.sub("", text.strip())


def sound(text: str) -> str:
    """Latin letters by how they sound, roughly: Pusan and Busan are the same."""
    folded = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(letter for letter in folded if letter.isalnum() and letter.isascii())
    for written, heard in _SOUNDS:
        letters = letters.replace(written, heard)
    return _TWICE.sub(r"\1", letters)[:LONGEST]


def _letters(text: str) -> str:
    return "".join(letter for letter in _NO_LETTER.sub("", text) if letter.isascii())[:LONGEST]


def of_name(name: str) -> set[Form]:
    """The forms by which a place of this name is found, in any language."""
    forms = set()
    for text in {plain(name), without_station(plain(name))}:
        if has_hangul(text):
            forms |= {Form(Kind.KEYS, _letters(keys(text))), Form(Kind.INITIALS, _letters(initials(text)))}
            forms.add(Form(Kind.SOUND, sound(romanised(text))))
        else:
            forms.add(Form(Kind.SOUND, sound(text)))
    return {form for form in forms if form.text}


def of_names(names: Iterable[str]) -> set[Form]:
    """The forms of a place with several names."""
    return set().union(*map(of_name, names))


def of_question(question: str) -> list[Form]:
    """The forms to look for, those that are most likely meant first; none when it holds nothing to compare.

    Latin letters may also be Hangul that was typed with the keyboard set to English.
    """
    text = plain(question[: 4 * LONGEST])
    forms: list[Form] = []
    for each in dict.fromkeys((text, without_station(text))):
        if are_initials(each):
            forms.append(Form(Kind.INITIALS, _letters(initials(each))))
        elif has_hangul(each):
            forms.append(Form(Kind.KEYS, _letters(keys(each))))
        else:
            forms += [Form(Kind.SOUND, sound(each)), Form(Kind.KEYS, _typed(each))]
    return [form for form in dict.fromkeys(forms) if form.text]


def _typed(latin: str) -> str:
    """Keys of Hangul that was typed with the keyboard set to English: those that are folded are folded here, too."""
    return _letters(latin).replace("p", "o")
