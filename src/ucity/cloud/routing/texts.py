"""What people read of a journey that has broken, and of ways inside stations, in Korean and English."""

from collections.abc import Mapping

from ucity.blueprint import Text
from ucity.blueprint.journeys import Label, Passage, Step
from ucity.cloud.routing.naming import Named
from ucity.cloud.routing.wire import Break
from ucity.languages import REQUIRED_LANGUAGES

_BROKEN: Mapping[str, Text] = {
    "missed": {
        "ko": "{route} 환승을 놓치게 됩니다. 도착했을 때 이미 {minutes}분 전에 출발한 뒤입니다.",
        "en": "You will miss {route}: it leaves {minutes} min before you get there.",
    },
    "cancelled": {"ko": "{route} 운행이 취소되었습니다.", "en": "{route} is cancelled."},
    "skipped": {
        "ko": "{route}이(가) 타거나 내릴 정류장에 서지 않습니다.",
        "en": "{route} does not stop where you would get on or off.",
    },
    "gone": {"ko": "{route}이(가) 시간표에서 없어졌습니다.", "en": "{route} is no longer in the timetable."},
    "no_bicycle": {
        "ko": "대여소에 남은 자전거가 없습니다.",
        "en": "There is no bicycle left at the station where you would take one.",
    },
    "no_dock": {
        "ko": "반납하려던 대여소에 빈 거치대가 없습니다.{elsewhere}",
        "en": "There is no free dock at the station where you would return the bicycle.{elsewhere}",
    },
    "late": {"ko": "예정보다 {minutes}분 늦게 도착합니다.", "en": "You will arrive {minutes} min late."},
}


_ELSEWHERE: Text = {"ko": " {place}에는 있습니다.", "en": " There is one at {place}."}


def broken(what: Break) -> Text:
    """By language."""
    values = {"route": what.route or "-", "minutes": max(1, round(what.seconds / 60))}
    return {
        language: text.format(**values, elsewhere=_elsewhere(what, language))
        for language, text in _BROKEN[what.reason].items()
    }


def _elsewhere(what: Break, language: str) -> str:
    place = what.place.get(language) or next(iter(what.place.values()), "")
    return _ELSEWHERE[language].format(place=place) if place else ""


_UP_OR_DOWN: Mapping[bool, Mapping[Passage, Text]] = {
    True: {
        Passage.WALKWAY: {"ko": "경사로로{to} 올라가기", "en": "Take the ramp up{to}"},
        Passage.STAIRS: {"ko": "계단으로{to} 올라가기", "en": "Take the stairs up{to}"},
        Passage.ESCALATOR: {"ko": "에스컬레이터로{to} 올라가기", "en": "Take the escalator up{to}"},
        Passage.ELEVATOR: {"ko": "엘리베이터로{to} 올라가기", "en": "Take the lift up{to}"},
    },
    False: {
        Passage.WALKWAY: {"ko": "경사로로{to} 내려가기", "en": "Take the ramp down{to}"},
        Passage.STAIRS: {"ko": "계단으로{to} 내려가기", "en": "Take the stairs down{to}"},
        Passage.ESCALATOR: {"ko": "에스컬레이터로{to} 내려가기", "en": "Take the escalator down{to}"},
        Passage.ELEVATOR: {"ko": "엘리베이터로{to} 내려가기", "en": "Take the lift down{to}"},
    },
}
_ALONG: Mapping[Passage, Text] = {
    Passage.WALKWAY: {"ko": "걸어가기", "en": "Walk on"},
    Passage.STAIRS: {"ko": "계단 이용", "en": "Take the stairs"},
    Passage.MOVING_SIDEWALK: {"ko": "무빙워크 이용", "en": "Take the moving walkway"},
    Passage.ESCALATOR: {"ko": "에스컬레이터 이용", "en": "Take the escalator"},
    Passage.ELEVATOR: {"ko": "엘리베이터 이용", "en": "Take the lift"},
    Passage.FARE_GATE: {"ko": "개찰구 통과", "en": "Go through the ticket gate"},
    Passage.EXIT_GATE: {"ko": "출구 게이트로 나가기", "en": "Go out through the exit gate"},
}
_TO: Text = {"ko": " {level}까지", "en": " to {level}"}
_SIGNS: Text = {"ko": " (표지판: {sign})", "en": " (signs: {sign})"}


def step(what: Step, names: Named) -> Text:
    """What to do inside a station, by language; ``names`` of its level and signs."""
    goes = _UP_OR_DOWN.get(what.rises, {}).get(what.passage) if what.rises is not None else None
    return {
        language: (goes or _ALONG[what.passage])[language].format(to=_with(_TO, "level", what.level, names, language))
        + _with(_SIGNS, "sign", what.sign, names, language)
        for language in REQUIRED_LANGUAGES
    }


def _with(text: Text, field: str, label: Label | None, names: Named, language: str) -> str:
    """The text with a label in it, in this language where its feed has it; empty without one."""
    if label is None:
        return ""
    return text[language].format(**{field: names.get(label.key, {}).get(language, label.text)})
