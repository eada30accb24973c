"""Bus information: buses and trains on the map, boards of stops, lines, and what is amiss."""

from ucity.blueprint import Area, Service
from ucity.services.transport.bus_information.rules import RULES
from ucity.services.transport.bus_information.streams import (
    ALERTS,
    ROUTES,
    STOP_EVENTS,
    STOP_HOURS,
    STOPS,
    VEHICLES,
)
from ucity.services.transport.bus_information.views import VIEWS

SERVICE = Service(
    serves=(Area.MOBILITY,),
    title={"ko": "버스 정보", "en": "Bus information"},
    summary={
        "ko": "버스와 도시철도가 지금 어디에 있고 언제 도착하는지, 얼마나 늦고 붐비는지 알려 줍니다.",
        "en": "Where buses and trains are now, when they come, how late they are and how full.",
    },
    streams=(VEHICLES, STOP_EVENTS, STOP_HOURS, STOPS, ROUTES, ALERTS),
    rules=RULES,
    views=VIEWS,
    source="GTFS Schedule and GTFS Realtime 2.0 (gtfs.org); BIMS open API (data.go.kr). Punctuality: TCRP Report 165",
)
