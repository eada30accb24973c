"""GBFS of versions 2.3 and 3.0, whole and broken, and whatever else a server may send."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.network.feeds.gbfs import Station, System, decode, encode, listed, read
from ucity.network.feeds.refusal import FeedRefused, Reason

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
URL = "https://bikes.example/gbfs.json"
V2 = {
    "station_information": {
        "stations": [
            {"station_id": "1", "name": "서면", "lat": 35.15, "lon": 129.05, "capacity": 20},
            {"station_id": "2", "name": "부전", "lat": 35.16, "lon": 129.06},
        ]
    },
    "station_status": {
        "stations": [
            {"station_id": "1", "num_bikes_available": 3, "num_docks_available": 17}
            | {"is_installed": True, "is_renting": True, "is_returning": True, "last_reported": 1},
            {"station_id": "2", "num_bikes_available": 4, "is_installed": 1, "is_renting": 0, "is_returning": 1},
        ]
    },
    "free_bike_status": {
        "bikes": [
            {"bike_id": "f", "lat": 35.1, "lon": 129.0, "is_reserved": False, "is_disabled": False},
            {"bike_id": "g", "lat": 35.1, "lon": 129.0, "is_reserved": True, "is_disabled": False},
            {"bike_id": "h", "station_id": "1", "is_reserved": False, "is_disabled": False},
        ]
    },
}
V3 = {
    "station_information": {
        "stations": [
            {"station_id": "1", "lat": 35.15, "lon": 129.05, "capacity": 20}
            | {"name": [{"text": "서면", "language": "ko"}, {"text": "Seomyeon", "language": "en"}]},
        ]
    },
    "station_status": {
        "stations": [
            {"station_id": "1", "num_vehicles_available": 9, "num_docks_available": 11}
            | {"is_installed": True, "is_renting": True, "is_returning": True}
            | {"vehicle_types_available": [{"vehicle_type_id": "b", "count": 3}, {"vehicle_type_id": "s", "count": 6}]},
        ]
    },
    "vehicle_types": {
        "vehicle_types": [
            {"vehicle_type_id": "b", "form_factor": "bicycle", "propulsion_type": "human"},
            {"vehicle_type_id": "s", "form_factor": "scooter_standing", "propulsion_type": "electric"},
        ]
    },
    "vehicle_status": {
        "vehicles": [
            {"vehicle_id": "x", "vehicle_type_id": kind, "lat": 35.1, "lon": 129.0}
            | {"is_reserved": False, "is_disabled": False}
            for kind in "sb"
        ]
    },
    "system_information": {"name": [{"text": "Busan Bikes", "language": "en"}]},
}


def bodies(of: Mapping[str, Any], at: object = int(AT.timestamp())) -> dict[str, bytes]:
    return {
        name: json.dumps({"last_updated": at, "ttl": 60, "version": "2.3", "data": data}).encode()
        for name, data in of.items()
    }


def refused(documents: Mapping[str, bytes]) -> Reason:
    with pytest.raises(FeedRefused) as caught:
        read(documents)
    return caught.value.reason


def test_version_2_is_read() -> None:
    system = read(bodies(V2))
    one, two, free = system.stations
    assert (system.at, system.ttl) == (AT, 60)
    assert one == Station(id="1", names={"und": "서면"}, lon=129.05, lat=35.15, bicycles=3, docks=17, capacity=20)
    assert (two.bicycles, two.docks) == (0, None)
    assert (free.id, free.bicycles, free.docks, free.is_free) == ("f", 1, 0, True)


def test_version_3_is_read_and_scooters_are_no_bicycles() -> None:
    system = read(bodies(V3, at="2026-11-24T17:00:00+09:00"))
    one, free = system.stations
    assert system.at == AT
    assert system.names == {"en": "Busan Bikes"}
    assert one.names == {"ko": "서면", "en": "Seomyeon"}
    assert (one.bicycles, one.docks) == (3, 11)
    assert free.id == "x"


@pytest.mark.parametrize("version", [2, 3])
def test_documents_are_found_where_the_system_says(version: int) -> None:
    feeds = [{"name": name, "url": f"v/{name}.json"} for name in (*V2, "system_hours")]
    data = {"feeds": feeds} if version == 3 else {"en": {"feeds": feeds}}
    found = listed(bodies({"gbfs": data})["gbfs"], URL)
    assert found == {name: f"https://bikes.example/v/{name}.json" for name in V2}


def test_a_system_without_stations_is_refused() -> None:
    data = {"feeds": [{"name": "station_status", "url": "s"}]}
    with pytest.raises(FeedRefused) as caught:
        listed(bodies({"gbfs": data})["gbfs"], URL)
    assert caught.value.reason is Reason.MISSING_FILE


def test_a_station_that_says_nothing_of_itself_gives_nothing() -> None:
    silent = V2 | {"station_status": {"stations": [{"station_id": "1", "num_bikes_available": 7}, "x", None]}}
    assert {(each.bicycles, each.docks) for each in read(bodies(silent)).stations if not each.is_free} == {(0, 0)}


@pytest.mark.parametrize(
    ("row", "count"),
    [({"lat": None}, 1), ({"lat": 91.0}, 1), ({"lat": True}, 1), ({"station_id": None}, 1), ({"station_id": "2"}, 1)],
)
def test_single_stations_that_are_wrong_are_left_out_and_counted(row: dict[str, Any], count: int) -> None:
    first, second = V2["station_information"]["stations"]
    system = read(bodies(V2 | {"station_information": {"stations": [second, first | row]}}))
    assert system.left_out == count
    assert [each.id for each in system.stations if not each.is_free] == ["2"]


@pytest.mark.parametrize("huge", [10**400, -(10**400), 1e308], ids=["huge", "far below zero", "largest"])
def test_numbers_without_measure_count_as_none(huge: float) -> None:
    first, second = V2["station_information"]["stations"]
    status = [
        each | {"num_bikes_available": huge, "num_docks_available": huge} for each in V2["station_status"]["stations"]
    ]
    documents = V2 | {
        "station_information": {"stations": [first | {"capacity": huge}, second, second | {"station_id": huge}]},
        "station_status": {"stations": status},
    }
    system = read(bodies(documents))
    assert {(each.bicycles, each.docks) for each in system.stations if not each.is_free} == {(0, 0)}
    assert system.left_out == 1


HOSTILE = {
    "nothing": (b"", Reason.WRONG_FORMAT),
    "a page": (b"<html>", Reason.WRONG_FORMAT),
    "deep": (b"[" * 200_000, Reason.WRONG_FORMAT),
    "no envelope": (b"[]", Reason.WRONG_FORMAT),
    "no data": (b'{"last_updated": 1764000000}', Reason.WRONG_FORMAT),
    "no time": (b'{"data": {"stations": []}}', Reason.NO_TIME),
    "no list": (b'{"last_updated": 1764000000, "data": {"stations": {}}}', Reason.MISSING_VALUE),
    "endless time": (b'{"last_updated": 1e308, "data": {"stations": []}}', Reason.NO_TIME),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("document", ["station_status", "station_information"])
def test_what_is_no_gbfs_is_refused_with_a_reason(name: str, document: str) -> None:
    body, reason = HOSTILE[name]
    assert refused(bodies(V2) | {document: body}) is reason


def test_more_wrong_than_right_is_refused() -> None:
    first, second = V2["station_information"]["stations"]
    information = {"stations": [first, second | {"lat": None}, {}]}
    assert refused(bodies(V2 | {"station_information": information})) is Reason.TOO_MANY_BAD_ROWS


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=8), part, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        *("station_id", "lat", "lon", "name", "num_bikes_available", "num_docks_available", "capacity"),
        *("is_installed", "is_renting", "is_returning", "vehicle_types_available"),
        *("bike_id", "is_reserved", "is_disabled"),
    ]
)
ROWS = st.lists(st.dictionaries(FIELDS, ANY, max_size=8) | ANY, max_size=5)


@given(information=ROWS, status=ROWS, free=ROWS)
def test_whatever_comes_is_read_or_refused_and_is_kept_as_it_is(information: Any, status: Any, free: Any) -> None:
    data = {"station_information": information, "station_status": status}
    documents = bodies(
        {name: {"stations": told} for name, told in data.items()} | {"free_bike_status": {"bikes": free}}
    )
    try:
        system = read(documents)
    except FeedRefused:
        return
    assert decode(encode(system)) == system
    for each in system.stations:
        assert -180 <= each.lon <= 180
        assert -90 <= each.lat <= 90
        assert each.bicycles >= 0
        assert each.docks is None or each.docks >= 0
    keys = [each.id for each in system.stations if not each.is_free]
    assert len(keys) == len(set(keys))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    for attempt in (
        lambda: listed(body, URL),
        lambda: read(bodies(V2) | {"station_status": body}),
        lambda: decode(body),
    ):
        try:
            found = attempt()
        except FeedRefused:
            continue
        assert isinstance(found, System | dict)
