"""The rules in a row: whatever order readings come in, the outcome is that of computing from scratch."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from replay import Memory
from ucity.blueprint.frames import columns_of
from ucity.services.environment.air_quality.grid import on_grid
from ucity.services.environment.air_quality.indices import indices
from ucity.services.environment.air_quality.service import SERVICE
from ucity.services.environment.air_quality.streams import HOURS, INDICES, STATIONS

T0 = datetime(2026, 11, 24, tzinfo=UTC)
CLEAN = {"pm25": 8.0, "pm10": 20.0, "o3": 0.021, "no2": 0.015, "so2": 0.002, "co": 0.3}


def memory() -> Memory:
    return Memory("environment/air_quality", SERVICE)


def reading(subject: str, minutes: float, **values: float | None) -> dict[str, Any]:
    return {"subject": subject, "observed_at": T0 + timedelta(minutes=minutes), **CLEAN, **values}


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns_of(STATIONS))


def index_at(city: Memory, hour: int, subject: str = "a") -> dict[str, Any] | None:
    at = (pl.col("subject") == subject) & (pl.col("observed_at") == T0 + timedelta(hours=hour))
    rows = city.frame(INDICES).filter(at).rows(named=True)
    return rows[0] if rows else None


def test_clean_air_of_nine_hours_has_a_good_index() -> None:
    city = memory()
    city.tell(STATIONS, frame([reading("a", 60 * hour) for hour in range(9)]))
    index = index_at(city, 8)
    assert index is not None
    assert (index["cai"], index["cai_grade"], index["cai_pollutant"]) == (35, "good", "o3")
    assert (index["us_category"], index["us_pollutant"]) == ("good", "pm25")


def test_with_eight_hours_of_dust_there_is_a_us_index_but_no_cai() -> None:
    city = memory()
    city.tell(STATIONS, frame([reading("a", 60 * hour) for hour in range(8)]))
    index = index_at(city, 7)
    assert index is not None
    assert (index["cai"], index["cai_grade"], index["cai_pollutant"]) == (None, None, None)
    assert index["us_aqi"] is not None


def test_a_gap_never_gives_an_index() -> None:
    city = memory()
    hours = [hour for hour in range(24) if hour != 20]
    city.tell(STATIONS, frame([reading("a", 60 * hour) for hour in hours]))
    assert index_at(city, 20) is None
    assert index_at(city, 21) is not None


def test_an_hour_of_temperature_alone_gives_no_index() -> None:
    city = memory()
    nothing: dict[str, None] = dict.fromkeys(CLEAN)
    city.tell(STATIONS, frame([{**reading("a", 0, **nothing), "temperature": 9.0}]))
    assert city.frame(INDICES).is_empty()


def test_a_correction_reaches_the_hours_that_look_back_to_it_and_no_others() -> None:
    city = memory()
    city.tell(STATIONS, frame([reading("a", 60 * hour) for hour in range(48)]))
    before = {hour: index_at(city, hour) for hour in range(48)}
    city.tell(STATIONS, frame([reading("a", 60 * 24, pm25=400.0)]))
    changed = [hour for hour in range(48) if index_at(city, hour) != before[hour]]
    assert changed == list(range(24, 36))


def test_a_correction_of_sulphur_dioxide_reaches_a_whole_day() -> None:
    """From 305 ppb on the US index goes by the mean of 24 hours; 310 ppb throughout is 203."""
    city = memory()
    city.tell(STATIONS, frame([reading("a", 60 * hour, so2=0.31) for hour in range(60)]))
    assert [(index_at(city, hour) or {})["us_aqi"] for hour in (16, 17, 30)] == [200, 203, 203]
    city.tell(STATIONS, frame([reading("a", 60 * 30, so2=0.9)]))
    raised = [hour for hour in range(60) if (index_at(city, hour) or {})["us_aqi"] > 203]
    assert raised == list(range(30, 54))


def test_a_reading_every_few_seconds_makes_the_same_hours_as_their_means() -> None:
    often = memory()
    for minute in range(0, 60 * 12, 20):
        rows = [reading("a", minute + second / 60, pm25=10.0 + minute / 100) for second in range(0, 60, 20)]
        often.tell(STATIONS, frame(rows))
    assert often.frame(HOURS)["readings_1h"].to_list() == [9] * 12
    means = [10.0 + (60 * hour + 20) / 100 for hour in range(12)]
    assert often.frame(HOURS)["pm25_1h"].to_list() == pytest.approx(means)


value = st.one_of(st.none(), st.floats(0, 600, allow_subnormal=False))
gas = st.one_of(st.none(), st.floats(0, 0.6, allow_subnormal=False))
rows = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 40 * 60), value, value, gas, gas),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[:2],
)


@given(rows, st.integers(1, 7), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_order_in_any_pieces_gives_what_a_computation_from_scratch_gives(
    rows: list[tuple[Any, ...]], pieces: int, chance: random.Random
) -> None:
    readings = [
        reading(subject, minute, pm25=pm25, pm10=pm10, o3=o3, no2=no2) for subject, minute, pm25, pm10, o3, no2 in rows
    ]
    at_once, piecewise = memory(), memory()
    at_once.tell(STATIONS, frame(readings))
    chance.shuffle(readings)
    for piece in range(pieces):
        piecewise.tell(STATIONS, frame(readings[piece::pieces]))
    assert_frame_equal(piecewise.frame(HOURS), at_once.frame(HOURS))
    assert_frame_equal(piecewise.frame(INDICES), at_once.frame(INDICES))
    scratch = indices(on_grid(at_once.frame(HOURS))).drop("cai_added")
    told = scratch.filter(pl.col("cai").is_not_null() | pl.col("us_aqi").is_not_null())
    assert_frame_equal(at_once.frame(INDICES).select(told.columns), told)


def test_a_correction_and_the_same_value_from_the_start_agree() -> None:
    corrected, right = memory(), memory()
    wrong = [reading("a", 60 * hour, pm10=500.0 if hour == 5 else 20.0) for hour in range(30)]
    mended = [reading("a", 60 * hour) for hour in range(30)]
    corrected.tell(STATIONS, frame(wrong))
    corrected.tell(STATIONS, frame([mended[5]]))
    right.tell(STATIONS, frame(mended))
    assert_frame_equal(corrected.frame(INDICES), right.frame(INDICES))
