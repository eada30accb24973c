"""What people read of a journey that has broken, in Korean and English."""

from collections.abc import Mapping

from ucity.blueprint import Text
from ucity.cloud.routing.wire import Break

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
