"""What stations of shared bicycles tell. Types and names follow the Smart Data Model ``BikeHireDockingStation``.

Subjects are ``<feed>:<id>``, the station's identifier in the feed that tells of it.
"""

from datetime import timedelta

from ucity.blueprint import Measure, Sharing, Stream


def _number(key: str, ko: str, en: str) -> Measure:
    return Measure(key=key, title={"ko": ko, "en": en}, unit="1", valid=(0, 10_000))


STATIONS = Stream(
    name="stations",
    entity_type="BikeHireDockingStation",
    title={"ko": "공유자전거 대여소", "en": "Stations of shared bicycles"},
    measures=(
        _number("availableBikeNumber", "빌릴 수 있는 자전거", "Bicycles to be had"),
        _number("freeSlotNumber", "빈 거치대", "Free places"),
        _number("totalSlotNumber", "거치대 수", "Places"),
    ),
    labels=("name", "dataProvider"),
    every=timedelta(minutes=5),
    keep=timedelta(days=90),
    remember=timedelta(days=1),
    sharing=Sharing.OPEN,
)
