"""Hangul taken apart, and spoken in Latin letters. Pure functions on texts.

Taken apart, a syllable becomes the keys that it is typed with on the Korean keyboard (KS X 5002): 서면 is ``tjaus``.
Comparing keys instead of syllables makes one wrong vowel one wrong letter, makes a word that is half typed (섬, on the
way to 서면) the beginning of the whole one, and finds what was typed with the keyboard set to English. The keys are
plain ASCII, so that no database has to know what a letter is.
"""

import re
from collections.abc import Iterable, Iterator

_FIRST = ord("가")
_VOWELS, _FINALS = 21, 28
_SYLLABLE = re.compile("[가-힣]")

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

# Doubled consonants go by the key of the single one, and ㅒ ㅔ ㅖ by that of ㅐ: few can tell them apart by ear.
_PAIRS = (
    "ㄱr ㄲr ㄳrt ㄴs ㄵsw ㄶsg ㄷe ㄸe ㄹf ㄺfr ㄻfa ㄼfq ㄽft ㄾfx ㄿfv ㅀfg ㅁa ㅂq ㅃq ㅄqt ㅅt ㅆt "
    "ㅇd ㅈw ㅉw ㅊc ㅋz ㅌx ㅍv ㅎg "
    "ㅏk ㅐo ㅑi ㅒo ㅓj ㅔo ㅕu ㅖo ㅗh ㅘhk ㅙho ㅚhl ㅛy ㅜn ㅝnj ㅞno ㅟnl ㅠb ㅡm ㅢml ㅣl"
)
KEYS = {pair[0]: pair[1:] for pair in _PAIRS.split()}
CONSONANTS = frozenset(KEYS) - frozenset(MEDIALS)


def _table(letters: Iterable[str], sounds: str) -> dict[str, str]:
    return dict(zip(letters, sounds.split(","), strict=True))


# Revised Romanization of Korean (2000).
_INITIAL = _table(INITIALS, "g,kk,n,d,tt,r,m,b,pp,s,ss,,j,jj,ch,k,t,p,h")
_MEDIAL = _table(MEDIALS, "a,ae,ya,yae,eo,e,yeo,ye,o,wa,wae,oe,yo,u,wo,we,wi,yu,eu,ui,i")
_CODA = _table(FINALS, ",k,k,k,n,n,n,t,l,k,m,l,l,l,p,l,m,p,p,t,t,ng,t,t,k,t,p,t")
"""How a final sounds before a consonant, and at the end."""
_CARRIED = _table(FINALS, ",g,kk,ks,n,nj,n,d,r,lg,lm,lb,ls,lt,lp,r,m,b,ps,s,ss,ng,j,ch,k,t,p,")
"""How it sounds before a vowel."""
_TOGETHER = {
    **{("k", initial): f"ng{sound}" for initial, sound in zip("ㄴㅁㄹ", "nmn", strict=True)},
    **{("t", initial): sound for initial, sound in zip("ㄴㅁㄹ", ("nn", "nm", "nn"), strict=True)},
    **{("p", initial): f"m{sound}" for initial, sound in zip("ㄴㅁㄹ", "nmn", strict=True)},
    **{("m", "ㄹ"): "mn", ("ng", "ㄹ"): "ngn", ("n", "ㄹ"): "ll", ("l", "ㄴ"): "ll", ("l", "ㄹ"): "ll"},
}
"""A final and the initial after it that change one another."""


def has_hangul(text: str) -> bool:
    """Whether there is a syllable or a single letter of Hangul in it."""
    return any(letter in KEYS or _SYLLABLE.match(letter) for letter in text)


def taken_apart(syllable: str) -> tuple[str, str, str]:
    """Initial, medial and final of one syllable, the final empty where there is none."""
    number = ord(syllable) - _FIRST
    return (
        INITIALS[number // (_VOWELS * _FINALS)],
        MEDIALS[number // _FINALS % _VOWELS],
        FINALS[number % _FINALS],
    )


def keys(text: str) -> str:
    """The text with every syllable and single letter of Hangul as the keys that it is typed with."""
    return "".join(
        "".join(KEYS[part] for part in taken_apart(letter) if part)
        if _SYLLABLE.match(letter)
        else KEYS.get(letter, letter)
        for letter in text
    )


def initials(text: str) -> str:
    """The keys of the first consonant of every syllable; what is no syllable stays, single letters as their keys."""
    return "".join(
        KEYS[taken_apart(letter)[0]] if _SYLLABLE.match(letter) else KEYS.get(letter, letter) for letter in text
    )


def are_initials(text: str) -> bool:
    """Whether all of the Hangul in it is single consonants, as one types for the sake of speed: ㅅㅁ for 서면."""
    return any(letter in CONSONANTS for letter in text) and not any(
        letter in MEDIALS or _SYLLABLE.match(letter) for letter in text
    )


def romanised(text: str) -> str:
    """The text in Latin letters as it is spoken, e.g. ``Jongno`` for 종로; what is no syllable stays. Words begin with
    capitals."""
    spoken = "".join("".join(_spoken(run)) if _SYLLABLE.match(run) else run for run in re.split("([가-힣]+)", text))
    return re.sub(r"(?<!\w)[a-z]", lambda match: match[0].upper(), spoken)


def _spoken(run: str) -> Iterator[str]:
    parts = [taken_apart(syllable) for syllable in run]
    before = ""
    for (initial, medial, final), after in zip(parts, [*parts[1:], None], strict=True):
        yield f"{before or _INITIAL[initial]}{_MEDIAL[medial]}"
        before = ""
        if after is None:
            yield _CODA[final]
        elif after[0] == "ㅇ":
            yield _CARRIED[final]
        elif together := _TOGETHER.get((_CODA[final], after[0])):
            before = together
        else:
            yield _CODA[final]
