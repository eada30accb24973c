"""What people read of air quality, in Korean and English: grades, categories, pollutants, advice.

Advice follows the spirit of the public's code of conduct that AirKorea gives with each grade, in our own words.
"""

from collections.abc import Mapping

from ucity.blueprint import Text

CAI_GRADES: Mapping[str, Text] = {
    "good": {"ko": "좋음", "en": "Good"},
    "moderate": {"ko": "보통", "en": "Moderate"},
    "unhealthy": {"ko": "나쁨", "en": "Unhealthy"},
    "very_unhealthy": {"ko": "매우 나쁨", "en": "Very unhealthy"},
}

US_CATEGORIES: Mapping[str, Text] = {
    "good": {"ko": "좋음", "en": "Good"},
    "moderate": {"ko": "보통", "en": "Moderate"},
    "unhealthy_for_sensitive_groups": {"ko": "민감군에 나쁨", "en": "Unhealthy for sensitive groups"},
    "unhealthy": {"ko": "나쁨", "en": "Unhealthy"},
    "very_unhealthy": {"ko": "매우 나쁨", "en": "Very unhealthy"},
    "hazardous": {"ko": "위험", "en": "Hazardous"},
}

POLLUTANTS: Mapping[str, Text] = {
    "pm25": {"ko": "초미세먼지", "en": "PM2.5"},
    "pm10": {"ko": "미세먼지", "en": "PM10"},
    "o3": {"ko": "오존", "en": "Ozone"},
    "no2": {"ko": "이산화질소", "en": "Nitrogen dioxide"},
    "so2": {"ko": "아황산가스", "en": "Sulphur dioxide"},
    "co": {"ko": "일산화탄소", "en": "Carbon monoxide"},
}

ADVICE: Mapping[str, Text] = {
    "good": {
        "ko": "야외 활동을 마음껏 즐기세요.",
        "en": "Enjoy the outdoors.",
    },
    "moderate": {
        "ko": "평소처럼 활동하세요. 천식 등 호흡기가 민감한 사람은 몸 상태를 살피세요.",
        "en": "Go about your day as usual. If your airways are sensitive, watch how you feel.",
    },
    "unhealthy": {
        "ko": "오래 걸리거나 힘든 야외 활동을 줄이세요. 어린이, 어르신, 심장·호흡기 질환자는 가급적 실내에 머무르세요.",
        "en": "Cut down on long or hard exertion outdoors. Children, older people and people with heart or lung "
        "disease had better stay indoors.",
    },
    "very_unhealthy": {
        "ko": "야외 활동을 피하고 창문을 닫으세요. 꼭 나가야 하면 보건용 마스크를 쓰세요. "
        "어린이, 어르신, 심장·호흡기 질환자는 실내에 머무르세요.",
        "en": "Avoid being outdoors and keep windows shut. If you must go out, wear a filtering mask. Children, older "
        "people and people with heart or lung disease should stay indoors.",
    },
}
"""By CAI grade."""


def no_station(station: str) -> Text:
    """A station is asked for that the city does not know."""
    return {
        "ko": f"대기 측정소 {station!r}을(를) 찾을 수 없습니다.",
        "en": f"there is no air quality station {station!r}",
    }


def no_bus(bus: str) -> Text:
    """A bus is asked for that the city does not know, or that has no sensor."""
    return {
        "ko": f"공기 센서가 있는 버스 {bus!r}을(를) 찾을 수 없습니다.",
        "en": f"there is no bus with an air sensor {bus!r}",
    }


def too_many(stations: int, hours: int) -> Text:
    """More is asked of stations than is answered at once."""
    return {
        "ko": f"hours: {hours}시간으로는 측정소 {stations}곳이 너무 많습니다. 한 곳만, 또는 더 짧게 적어 주세요.",
        "en": f"hours: {stations} stations are too many for {hours} hours: ask for one, or for fewer hours.",
    }


def too_long(days: int) -> Text:
    """More days are asked of than are told at once."""
    return {
        "ko": f"since: 한 번에 {days}일까지 볼 수 있습니다. 더 짧은 기간으로 적어 주세요.",
        "en": f"since: at most {days} days can be seen at once. Give a shorter time.",
    }


NOT_BEFORE: Text = {
    "ko": "since: until과 같거나 앞선 날짜로 적어 주세요.",
    "en": "since: give a day that is not after until.",
}
