"""Busan's real district polygons place points that everybody in the city could place."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ucity.cloud.ioc.manage.districts import Districts

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "busan"

PLACES = {
    "Busan City Hall": (129.0750, 35.1798, "연제구"),
    "Haeundae beach": (129.1604, 35.1590, "해운대구"),
    "Gwangalli beach": (129.1187, 35.1535, "수영구"),
    "Gimhae airport, terminal": (128.9482, 35.1733, "강서구"),
    "Jagalchi market": (129.0305, 35.0967, "중구"),
    "Taejongdae": (129.0870, 35.0530, "영도구"),
    "Beomeosa temple": (129.0683, 35.2838, "금정구"),
    "Pusan National University": (129.0793, 35.2332, "금정구"),
    "Busan railway station": (129.0415, 35.1150, "동구"),
    "Gijang county office": (129.2223, 35.2445, "기장군"),
    "Sajik baseball stadium": (129.0615, 35.1940, "동래구"),
    "UN Memorial Cemetery": (129.0972, 35.1282, "남구"),
    "Songdo beach": (129.0170, 35.0760, "서구"),
    "Eulsukdo island": (128.9440, 35.1040, "사하구"),
}
ELSEWHERE = {
    "Yangsan city hall": (129.0372, 35.3350),
    "Gimhae city hall": (128.8893, 35.2285),
    "the sea off Haeundae": (129.2200, 35.1200),
    "Seoul city hall": (126.9780, 37.5665),
}
STATIONS = {
    "시청": "연제구",
    "서면역(1호선)": "부산진구",
    "해운대": "해운대구",
    "광안": "수영구",
    "자갈치": "중구",
    "부산": "동구",
    "동래": "동래구",
    "부산대": "금정구",
    "노포": "금정구",
    "하단": "사하구",
    "다대포해수욕장": "사하구",
    "사상": "사상구",
    "덕천역(2호선)": "북구",
    "화명": "북구",
    "대연": "남구",
    "서대신": "서구",
    "강서구청": "강서구",
    "대저": "강서구",
    "안평": "기장군",
}


def _districts(name: str = "busan_gu_2018_full.geojson") -> Districts:
    file = DATA / "districts" / name
    if not file.exists():
        pytest.skip("the real district polygons are not beside this repository")
    return Districts.from_geojson(json.loads(file.read_text()))


def _names(districts: Districts, lons: list[float], lats: list[float]) -> list[str | None]:
    return [districts.names[id_]["ko"] if id_ else None for id_ in districts.locate(lons, lats)]


def test_all_sixteen_districts_are_taken() -> None:
    districts = _districts()
    assert len(districts.ids) == 16
    assert not districts.approximate
    assert sum(name["ko"].endswith("구") for name in districts.names.values()) == 15


def test_well_known_places_lie_in_their_districts() -> None:
    lons, lats, expected = zip(*PLACES.values(), strict=True)
    found = _names(_districts(), list(lons), list(lats))
    assert dict(zip(PLACES, found, strict=True)) == dict(zip(PLACES, expected, strict=True))


def test_places_outside_the_city_lie_in_none() -> None:
    lons, lats = zip(*ELSEWHERE.values(), strict=True)
    assert _names(_districts(), list(lons), list(lats)) == [None] * len(ELSEWHERE)


def test_metro_stations_lie_in_their_districts() -> None:
    districts = _districts()
    stations = pl.read_csv(next((DATA / "metro").glob("*.csv"))).filter(
        pl.col("source_station_name").is_in([*STATIONS])
    )
    found = _names(districts, stations["longitude"].to_list(), stations["latitude"].to_list())
    assert dict(zip(stations["source_station_name"], found, strict=True)) == STATIONS


def test_simplified_outlines_leave_nearly_every_point_where_it_was() -> None:
    exact = _districts()
    shown = Districts.from_geojson(exact.outlines())
    rng = np.random.default_rng(1)
    lons, lats = rng.uniform(128.75, 129.32, 20_000).tolist(), rng.uniform(34.98, 35.40, 20_000).tolist()
    before, after = exact.locate(lons, lats), shown.locate(lons, lats)
    inside = [pair for pair in zip(before, after, strict=True) if pair[0]]
    assert sum(a == b for a, b in inside) > 0.98 * len(inside)
    assert len(json.dumps(exact.outlines())) < 60_000
