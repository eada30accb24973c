"""The US index against EPA's examples, and its rules one by one."""

import numpy as np
import pytest

from ucity.services.environment.air_quality import us_aqi
from ucity.services.environment.air_quality.bands import Array, highest, rounded


def column(*newest_first: float | None) -> Array:
    return np.array([np.nan if value is None else value for value in newest_first], dtype=float).reshape(-1, 1)


def test_the_example_of_the_technical_assistance_document() -> None:
    """Ozone of 0.078 ppm in eight hours, PM2.5 of 35.9, CO of 8.4 ppm: 126 for ozone, 102 and 90 for the others.

    The example of EPA's earlier editions; the breakpoints that it uses are the same in that of May 2024.
    """
    subs = {
        "o3": us_aqi.O3_8H.sub_index(np.array([0.0781])),
        "pm25": us_aqi.PM25.sub_index(np.array([35.9])),
        "co": us_aqi.CO.sub_index(np.array([8.49])),
    }
    assert {key: float(rounded(value)[0]) for key, value in subs.items()} == {"o3": 126, "pm25": 102, "co": 90}
    top, which = highest(subs)
    assert (float(rounded(top)[0]), list(subs)[which[0]]) == (126, "o3")


def test_the_nowcast_example_of_airnow() -> None:
    """AirNow's example of 2016: eight hours, one missing, weight 1 - 58/80 = 0.275, products that sum to 89.925."""
    hours = (63, 69, 80, 74, 60, None, 35, 22)
    weights = sum(0.275**k for k, value in enumerate(hours) if value is not None)
    assert us_aqi.nowcast(column(*hours), least_weight=0)[0] == pytest.approx(89.925 / weights, abs=1e-3)


def test_a_steady_nowcast_is_the_plain_mean() -> None:
    assert us_aqi.nowcast(column(*[20.0] * 12)).tolist() == [20]
    assert us_aqi.nowcast(column(*[0.0] * 12)).tolist() == [0]


def test_a_sudden_change_weighs_the_latest_hours_by_halves() -> None:
    """A pulse of 71 after clean air: weight a half, so the pulse counts about a half of the sum."""
    weights = sum(0.5**k for k in range(12))
    assert us_aqi.nowcast(column(71, *[0] * 11))[0] == pytest.approx(71 / weights)
    assert us_aqi.nowcast(column(0, 71, *[0] * 10))[0] == pytest.approx(71 * 0.5 / weights)


@pytest.mark.parametrize(
    ("latest", "given"),
    [
        ((10, 10, 10), True),
        ((None, 10, 10), True),
        ((10, None, 10), True),
        ((10, None, None), False),
        ((None,) * 3, False),
    ],
)
def test_a_nowcast_needs_two_of_the_latest_three_hours(latest: tuple[float | None, ...], given: bool) -> None:
    cast = us_aqi.nowcast(column(*latest, *[10] * 9))
    assert bool(np.isnan(cast[0])) is not given


def test_sulphur_dioxide_beyond_304_ppb_goes_by_the_day() -> None:
    hour, day = np.array([0.304, 0.4, 0.4, 0.4]), np.array([0.2, 0.2, 0.305, 1.004])
    assert us_aqi.sulphur_dioxide(hour, day).tolist() == pytest.approx([200, 200, 201, 500])


def test_sulphur_dioxide_without_a_day_still_has_its_hour() -> None:
    assert us_aqi.sulphur_dioxide(np.array([0.035]), np.array([np.nan])).tolist() == [50]


def test_ozone_is_the_higher_of_hour_and_eight_hours() -> None:
    hour, eight = np.array([0.1, 0.165, 0.604, np.nan]), np.array([0.054, 0.07, 0.3, 0.07])
    assert us_aqi.ozone(hour, eight).tolist() == [50, 151, 500, 100]


def test_the_ozone_estimate_takes_the_newest_of_three_hours() -> None:
    assert us_aqi.ozone_estimate(column(0.1, 0.2, 0.3))[0] == pytest.approx(0.0895)
    assert us_aqi.ozone_estimate(column(None, None, 0.1))[0] == pytest.approx(0.0895)
    assert np.isnan(us_aqi.ozone_estimate(column(None, None, None, 0.1))[0])


def full(value: float) -> Array:
    return np.full((24, 1), value)


def test_an_hour_has_the_index_of_what_is_measured() -> None:
    nothing = full(np.nan)
    only_no2 = us_aqi.sub_indices(dict.fromkeys(("pm25", "pm10", "o3", "so2", "co"), nothing) | {"no2": full(0.1)})
    assert {key: float(value[0]) for key, value in only_no2.items() if not np.isnan(value[0])} == {"no2": 100}


def test_carbon_monoxide_needs_six_of_eight_hours() -> None:
    lags = dict.fromkeys(("pm25", "pm10", "o3", "no2", "so2"), full(np.nan))
    carbon = full(9.4)
    carbon[1:3] = np.nan
    assert us_aqi.sub_indices(lags | {"co": carbon})["co"].tolist() == [100]
    carbon[3] = np.nan
    assert np.isnan(us_aqi.sub_indices(lags | {"co": carbon})["co"][0])
