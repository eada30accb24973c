"""Comparisons of bus sensors with the stations that they pass, and the trust that follows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import Memory
from ucity.blueprint.frames import columns_of
from ucity.services.environment.air_quality.confidence import TRUSTED, confidences
from ucity.services.environment.air_quality.passing import RADIUS_M, checks, distance_m
from ucity.services.environment.air_quality.service import SERVICE
from ucity.services.environment.air_quality.streams import BUS_CHECKS, BUS_CONFIDENCE, BUSES, HOURS, STATIONS

T0 = datetime(2026, 11, 24, tzinfo=UTC)
HERE = (129.06, 35.16)
METRE = 1 / 111_195  # degrees of latitude


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def bus(minutes: float, north_m: float = 0, *, subject: str = "bus", **values: float | None) -> dict[str, object]:
    lon, lat = HERE
    return {"subject": subject, "observed_at": at(minutes), "lon": lon, "lat": lat + north_m * METRE, **values}


def station(hour: int, pm25: float | None, pm10: float | None = None, *, subject: str = "s") -> dict[str, object]:
    lon, lat = HERE
    values = {"pm25_1h": pm25, "pm10_1h": pm10}
    return {"subject": subject, "observed_at": at(60 * hour), "lon": lon, "lat": lat, **values}


def compared(buses: list[dict[str, object]], hours: list[dict[str, object]]) -> list[dict[str, object]]:
    driven, means = pl.DataFrame(buses, schema=columns_of(BUSES)), pl.DataFrame(hours, schema=columns_of(HOURS))
    return checks(driven, means).rows(named=True)


def test_a_degree_of_latitude_and_a_city_away() -> None:
    """A degree of the mean sphere is 111.195 km; from Busan station to Seoul station it is some 330 km."""
    lon, lat = np.array([0.0, 129.0415]), np.array([0.0, 35.1152])
    other_lon, other_lat = np.array([0.0, 126.9707]), np.array([1.0, 37.5547])
    assert distance_m(lon, lat, other_lon, other_lat) == pytest.approx([111_195, 330_000], rel=0.01)


def test_a_pass_is_the_median_near_the_station() -> None:
    readings = [bus(1, pm25=22), bus(2, pm25=24), bus(3, pm25=90), bus(4, north_m=3000, pm25=500)]
    assert compared(readings, [station(0, 20)]) == [
        {"subject": "bus", "observed_at": T0, "pm25_ratio": 1.2, "pm10_ratio": None, "stations_passed": 1}
    ]


@pytest.mark.parametrize(("north_m", "passes"), [(RADIUS_M - 1, 1), (RADIUS_M + 1, 0)])
def test_how_near_a_pass_is(north_m: float, passes: int) -> None:
    assert len(compared([bus(1, north_m, pm25=20)], [station(0, 20)])) == passes


def test_a_station_across_the_edge_of_a_cell_is_found() -> None:
    for edge in (129.06, 129.0599999, 129.0600001):
        reading = bus(1, pm25=20) | {"lon": edge}
        assert len(compared([reading], [station(0, 20)])) == 1


def test_an_hour_of_two_stations_is_their_median() -> None:
    hours = [station(0, 10, subject="low"), station(0, 20, subject="high")]
    (check,) = compared([bus(1, pm25=20)], hours)
    assert (check["pm25_ratio"], check["stations_passed"]) == (1.5, 2)


def test_the_hour_before_stands_in_until_the_hour_comes() -> None:
    assert compared([bus(61, pm25=20)], [station(0, 10)])[0]["pm25_ratio"] == 2
    assert compared([bus(61, pm25=20)], [station(0, 10), station(1, 20)])[0]["pm25_ratio"] == 1
    assert compared([bus(121, pm25=20)], [station(0, 10)]) == []


def test_what_tells_nothing_is_not_compared() -> None:
    assert compared([bus(1, pm25=20)], [station(0, 4.9)]) == []  # too clean
    assert compared([bus(1, pm25=20)], [station(0, None)]) == []
    assert compared([bus(1, pm25=None, pm10=20)], [station(0, 20)]) == []
    assert compared([bus(1, pm25=20) | {"lon": None, "lat": None}], [station(0, 20)]) == []
    assert compared([], []) == []


def test_a_sensor_that_reads_zero_has_a_ratio_all_the_same() -> None:
    assert compared([bus(1, pm25=0)], [station(0, 20)])[0]["pm25_ratio"] == pytest.approx(0.005)


def trusted(ratios: list[float], pm10: list[float] | None = None) -> dict[str, float]:
    frame = pl.DataFrame(
        {
            "subject": ["bus"] * len(ratios),
            "observed_at": [at(60 * hour) for hour in range(len(ratios))],
            "pm25_ratio": ratios,
            "pm10_ratio": pm10 or [None] * len(ratios),
        },
        schema={key: columns_of(BUS_CHECKS)[key] for key in ("subject", "observed_at", "pm25_ratio", "pm10_ratio")},
    )
    return confidences(frame).row(-1, named=True)


def test_few_comparisons_give_little_confidence_and_many_give_much() -> None:
    given = [trusted([1.0] * n)["confidence"] for n in (1, 5, 40)]
    assert given == pytest.approx([1 / 6, 0.5, 40 / 45], abs=1e-4)


def test_a_steady_bias_is_told_and_costs_no_confidence() -> None:
    told = trusted([1.5] * 20)
    assert (told["pm25_bias"], told["confidence"]) == (1.5, 0.8)


def test_a_passing_lorry_does_not_undo_a_sensor() -> None:
    told = trusted([1.0] * 19 + [50.0])
    assert told["pm25_bias"] == 1
    assert told["confidence"] == pytest.approx(0.95 * 20 / 25)


def test_a_sensor_that_scatters_is_not_trusted() -> None:
    assert trusted([0.3, 3.0, 0.5, 2.0, 1.0] * 4)["confidence"] < TRUSTED


@pytest.mark.parametrize(("bias", "believed"), [(3.0, True), (3.1, False), (1 / 3, True), (0.3, False)])
def test_a_bias_beyond_three_is_a_fault(bias: float, believed: bool) -> None:
    assert (trusted([bias] * 40)["confidence"] > 0) is believed


def test_the_worse_of_two_channels_stands() -> None:
    assert trusted([1.0] * 20, [10.0] * 20)["confidence"] == 0


def test_only_thirty_days_count() -> None:
    frame = pl.DataFrame(
        {
            "subject": ["bus", "bus"],
            "observed_at": [T0, T0 + timedelta(days=30)],
            "pm25_ratio": [2.0, 1.0],
            "pm10_ratio": pl.Series([None, None], dtype=pl.Float64),
        }
    )
    assert confidences(frame)["pm25_bias"].to_list() == [2, 1]
    assert confidences(frame)["checks"].to_list() == [1, 1]


@given(st.lists(st.floats(0.005, 900), min_size=1, max_size=60))
def test_confidence_is_within_zero_and_one(ratios: list[float]) -> None:
    told = trusted(ratios)
    assert 0 <= told["confidence"] <= 1
    assert min(ratios) - 1e-3 <= told["pm25_bias"] <= max(ratios) + 1e-3


def driven() -> Memory:
    """A day of one bus past one station every hour; the bus reads a quarter too high."""
    city = Memory("environment/air_quality", SERVICE)
    lon, lat = HERE
    for hour in range(24):
        reading = {"subject": "s", "observed_at": at(60 * hour), "pm25": 20.0 + hour}
        # Stations say where they are once; a bus says it each time.
        place = {"lon": lon, "lat": lat} if hour == 0 else {}
        city.tell(STATIONS, pl.DataFrame([reading | place], schema=columns_of(STATIONS)))
        passing = [bus(60 * hour + m, pm25=1.25 * (20.0 + hour)) for m in (10, 11, 12)]
        city.tell(BUSES, pl.DataFrame(passing, schema=columns_of(BUSES)))
    return city


def test_a_day_of_passes_tells_bias_and_confidence_hour_by_hour() -> None:
    told = driven().frame(BUS_CONFIDENCE)
    assert told.height == 24
    assert set(told["pm25_bias"]) == {1.25}
    assert all(before < after for before, after in pairwise(told["confidence"]))
    assert told["checks"].to_list() == list(range(1, 25))


def test_a_late_comparison_changes_the_confidence_after_it() -> None:
    city = driven()
    before = city.frame(BUS_CONFIDENCE)
    late = [bus(60 * 12 + 30, subject="other", pm25=40.0), bus(60 * 5 + 40, pm25=100.0)]
    city.tell(BUSES, pl.DataFrame(late, schema=columns_of(BUSES)))
    after = city.frame(BUS_CONFIDENCE)
    assert after.filter(pl.col("subject") == "bus").height == before.height
    assert after.filter(pl.col("subject") == "other").height == 1
    scratch = confidences(city.frame(BUS_CHECKS))
    assert after.select(scratch.columns).equals(scratch)
