"""Why nothing can be told just now of ways, stops and lines: what people read, in Korean and English."""

from ucity.blueprint import Text

NO_TIMETABLE: Text = {
    "ko": "도시에 시간표가 없어 길을 찾을 수 없습니다. 관리자가 `ucity load gtfs FILE`이나 `ucity feed add URL`로 "
    "시간표를 넣고, 도로는 `ucity load osm FILE`로 넣습니다.",
    "en": "The city has no timetable to find a way by. Whoever manages it loads one: `ucity load gtfs FILE`, or "
    "`ucity feed add URL`; streets come from `ucity load osm FILE`.",
}
BUILDING: Text = {
    "ko": "도시의 시간표와 도로를 준비하고 있습니다. 잠시 뒤에 다시 시도해 주세요.",
    "en": "The city is putting its timetables and streets together. Try again in a moment.",
}
PREPARING: Text = {
    "ko": "정류장과 노선은 이미 볼 수 있습니다. 길찾기는 아직 준비하고 있으며, 처음에는 1~2분 걸립니다. "
    "잠시 뒤에 다시 시도해 주세요.",
    "en": "Stops and lines are there already; the search for ways is still being prepared, which takes a minute or two "
    "the first time. Try again in a moment.",
}
TOO_MANY: Text = {
    "ko": "지금 길을 찾는 사람이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.",
    "en": "Too many ways are asked for just now.",
}
WAITED_TOO_LONG: Text = {
    "ko": "차례를 너무 오래 기다렸습니다. 잠시 뒤에 다시 시도해 주세요.",
    "en": "The question waited too long for its turn.",
}
NO_ROUTER: Text = {
    "ko": "길찾기가 응답하지 않습니다. 잠시 뒤에 다시 시도해 주세요.",
    "en": "The city's journey planner is not answering. Try again in a moment.",
}
NO_BUS: Text = {
    "ko": "도시 안의 메시지 버스가 응답하지 않습니다.",
    "en": "The city's bus is not answering.",
}

NO_JOURNEY: Text = {
    "ko": "journey: GET /api/v1/journeys가 알려 준 여정의 `follow`를 고치지 말고 그대로 적어 주세요.",
    "en": "journey: give `follow` of a journey as GET /api/v1/journeys tells it, unchanged.",
}


def no_stop(key: str) -> Text:
    """There is no such stop."""
    return {"ko": f"{key[:80]!r} 정류장이 없습니다.", "en": f"There is no stop {key[:80]!r}."}


def no_line(key: str) -> Text:
    """There is no such line."""
    return {"ko": f"{key[:80]!r} 노선이 없습니다.", "en": f"There is no line {key[:80]!r}."}
