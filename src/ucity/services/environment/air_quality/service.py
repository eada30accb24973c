"""Air quality: what stations and buses measure, and the index that people read."""

from ucity.blueprint import Area, Service
from ucity.services.environment.air_quality.rules import RULES
from ucity.services.environment.air_quality.streams import (
    BUS_CHECKS,
    BUS_CONFIDENCE,
    BUSES,
    DAYS,
    HOURS,
    INDICES,
    STATIONS,
)
from ucity.services.environment.air_quality.views import VIEWS

SERVICE = Service(
    serves=(Area.ENVIRONMENT,),
    title={"ko": "대기질", "en": "Air quality"},
    summary={
        "ko": "측정소와 버스 센서로 지금의 공기와 통합대기환경지수를 구·군별로 알려 줍니다.",
        "en": "The air now by district, from stations and bus-mounted sensors, with the Korean and US indices.",
    },
    streams=(STATIONS, HOURS, INDICES, BUSES, BUS_CHECKS, BUS_CONFIDENCE),
    records=(DAYS,),
    rules=RULES,
    views=VIEWS,
    source="CAI: AirKorea. US AQI: EPA-454/B-24-002, May 2024. Checks of moving sensors: doi 10.5194/amt-17-2991-2024",
)
