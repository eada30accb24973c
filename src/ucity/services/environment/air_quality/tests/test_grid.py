"""Hourly means and the grid that windows reach back on."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ucity.services.environment.air_quality.grid import hourly_means, mean_of, on_grid

T0 = datetime(2026, 11, 24, tzinfo=UTC)


def readings(*rows: tuple[str, float, float | None]) -> pl.DataFrame:
    """Subject, minutes after T0, PM2.5."""
    return pl.DataFrame(
        [{"subject": s, "observed_at": T0 + timedelta(minutes=m), "pm25": v} for s, m, v in rows],
        schema={"subject": pl.String, "observed_at": pl.Datetime("us", "UTC"), "pm25": pl.Float64},
    )


def test_one_reading_makes_an_hour() -> None:
    hours = hourly_means(readings(("a", 60, 12.0)), ["pm25"])
    assert hours.rows() == [("a", T0 + timedelta(hours=1), 12.0, 1)]


def test_an_hour_ends_where_the_next_begins() -> None:
    hours = hourly_means(readings(("a", 0, 10), ("a", 59.99, 20), ("a", 60, 40)), ["pm25"])
    assert hours["pm25_1h"].to_list() == [15, 40]


def test_a_burst_does_not_outweigh_the_rest_of_its_hour() -> None:
    burst = [("a", 30 + n / 100, 100.0) for n in range(200)]
    hours = hourly_means(readings(("a", 0, 10), ("a", 15, 10), ("a", 45, 10), *burst), ["pm25"])
    assert hours.select("pm25_1h", "readings_1h").rows() == [(32.5, 203)]


def test_a_null_is_left_out_of_the_mean_and_an_hour_of_nulls_stays_null() -> None:
    hours = hourly_means(readings(("a", 0, 10), ("a", 10, None), ("a", 70, None)), ["pm25"])
    assert hours["pm25_1h"].to_list() == [10, None]


def test_no_readings_make_no_hours() -> None:
    assert hourly_means(readings(), ["pm25"]).is_empty()


def hours_at(*rows: tuple[str, int]) -> pl.DataFrame:
    frame = readings(*((subject, hour * 60, float(hour)) for subject, hour in rows))
    return frame.rename({"pm25": "pm25_1h"})


def test_the_grid_fills_gaps_and_keeps_subjects_apart() -> None:
    grid = on_grid(hours_at(("b", 1), ("a", 3), ("a", 1)))
    assert grid.frame.select("subject", "pm25_1h", "present").rows() == [
        ("a", 1, True),
        ("a", None, False),
        ("a", 3, True),
        ("b", 1, True),
    ]
    lags = grid.lags(grid.array("pm25_1h"), 3)
    assert np.nan_to_num(lags, nan=-1).T.tolist() == [[1, -1, -1], [-1, 1, -1], [3, -1, 1], [1, -1, -1]]


def test_a_long_silence_costs_no_rows_and_nothing_reaches_across_it() -> None:
    grid = on_grid(hours_at(("a", 0), ("a", 24 * 365)))
    assert grid.frame.height == 2
    assert np.isnan(grid.lags(grid.array("pm25_1h"), 24)[1:]).all()


def test_the_longest_gap_that_a_window_spans_is_on_the_grid() -> None:
    grid = on_grid(hours_at(("a", 0), ("a", 23)))
    assert grid.frame.height == 24
    assert grid.lags(grid.array("pm25_1h"), 24)[23, -1] == 0


@pytest.mark.parametrize(("known", "mean"), [(3, 1.0), (2, np.nan)])
def test_a_mean_of_too_few_is_none(known: int, mean: float) -> None:
    lags = np.array([1.0] * known + [np.nan] * (4 - known)).reshape(-1, 1)
    assert np.array_equal(mean_of(lags, 3), [mean], equal_nan=True)
