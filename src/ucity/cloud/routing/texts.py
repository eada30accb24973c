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
    "late": {"ko": "예정보다 {minutes}분 늦게 도착합니다.", "en": "You will arrive {minutes} min late."},
}


def broken(what: Break) -> Text:
    """By language."""
    values = {"route": what.route or "-", "minutes": max(1, round(what.seconds / 60))}
    return {language: text.format(**values) for language, text in _BROKEN[what.reason].items()}
