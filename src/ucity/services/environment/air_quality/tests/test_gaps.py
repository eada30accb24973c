"""What is missing of a station, measure by measure."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ucity.services.environment.air_quality.gaps import counts, expected_hours, missing, runs

T0 = datetime(2026, 11, 24, tzinfo=UTC)


def at(hour: int) -> datetime:
    return T0 + timedelta(hours=hour)


def hours(*rows: tuple[str, int, float | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"subject": s, "observed_at": at(h), "pm25_1h": pm, "o3_1h": o3} for s, h, pm, o3 in rows],
        schema={
            "subject": pl.String,
            "observed_at": pl.Datetime("us", "UTC"),
            "pm25_1h": pl.Float64,
            "o3_1h": pl.Float64,
        },
    )


def test_expected_hours_leave_out_the_end() -> None:
    assert expected_hours(at(0), at(3)).to_list() == [at(0), at(1), at(2)]


def test_each_measure_has_its_own_gaps() -> None:
    frame = hours(("a", 0, 10, None), ("a", 1, None, 0.03), ("a", 4, 10, 0.03))
    marked = missing(frame, ["a"], ["pm25_1h", "o3_1h"], expected_hours(at(0), at(5)))
    assert counts(marked).rows() == [("a", "o3_1h", 5, 2), ("a", "pm25_1h", 5, 2)]
    assert runs(marked).rows() == [
        ("a", "o3_1h", at(0), at(1), 1),
        ("a", "o3_1h", at(2), at(4), 2),
        ("a", "pm25_1h", at(1), at(4), 3),
    ]


def test_a_silent_station_is_one_gap() -> None:
    marked = missing(hours(), ["a"], ["pm25_1h"], expected_hours(at(0), at(24)))
    assert runs(marked).rows() == [("a", "pm25_1h", at(0), at(24), 24)]


def test_zero_is_a_measurement() -> None:
    marked = missing(hours(("a", 0, 0.0, 0.0)), ["a"], ["pm25_1h"], expected_hours(at(0), at(1)))
    assert runs(marked).is_empty()


@given(st.sets(st.integers(0, 47)))
def test_present_and_missing_hours_make_up_the_expected_ones(present: set[int]) -> None:
    frame = hours(*(("a", hour, 1.0, None) for hour in present))
    marked = missing(frame, ["a"], ["pm25_1h"], expected_hours(at(0), at(48)))
    told = counts(marked).row(0, named=True)
    assert told["present"] == len(present)
    assert told["present"] + runs(marked)["hours"].sum() == told["expected"] == 48
