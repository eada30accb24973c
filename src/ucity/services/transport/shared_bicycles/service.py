"""Shared bicycles: how many there are where, and how many places are free."""

from ucity.blueprint import Area, Service
from ucity.services.transport.shared_bicycles.streams import STATIONS

SERVICE = Service(
    serves=(Area.MOBILITY,),
    title={"ko": "공유자전거", "en": "Shared bicycles"},
    summary={
        "ko": "대여소마다 빌릴 수 있는 자전거와 빈 거치대가 얼마나 있는지 알려 줍니다.",
        "en": "How many bicycles are to be had at each station, and how many places are free.",
    },
    streams=(STATIONS,),
    source="General Bikeshare Feed Specification 2.3 and 3.0 (gbfs.org)",
)
