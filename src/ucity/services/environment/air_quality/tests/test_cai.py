"""The Korean index against what AirKorea has published, and its rules one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.services.environment.air_quality import cai
from ucity.services.environment.air_quality.bands import Array

# Answers of AirKorea's open API as they stand in public repositories: concentrations, predicted means, and the CAI
# (khaiValue) that was published with them.
PUBLISHED = [
    pytest.param({"so2": 0.004, "co": 0.8, "o3": 0.007, "no2": 0.041, "pm10": 31, "pm25": 23}, 69, id="2019-12-16"),
    pytest.param({"so2": 0.005, "co": 0.9, "o3": 0.006, "no2": 0.044, "pm10": 38, "pm25": 23}, 73, id="half up"),
    pytest.param({"so2": 0.003, "co": 0.8, "o3": 0.003, "no2": 0.065, "pm10": 49, "pm25": 21}, 105, id="2020-01-22"),
    pytest.param({"so2": 0.003, "co": 0.6, "o3": 0.020, "no2": 0.023, "pm10": 60, "pm25": 48}, 147, id="2020-03-10"),
    pytest.param({"so2": 0.003, "co": 0.6, "o3": 0.034, "no2": 0.034, "pm10": 62, "pm25": 24}, 82, id="2020-03-17"),
    pytest.param({"so2": 0.002, "co": 0.2, "o3": 0.054, "no2": 0.008, "pm10": 48, "pm25": 27}, 79, id="2020-05-02"),
    pytest.param({"so2": 0.003, "co": 0.3, "o3": 0.066, "no2": 0.013, "pm10": 31, "pm25": 19}, 80, id="2018-06-21"),
    pytest.param({"so2": 0.0027, "co": 0.43, "o3": 0.0212, "no2": 0.0292, "pm10": 44, "pm25": 27}, 79, id="decimals"),
    # PM2.5 was not yet measured everywhere in 2015; a low value stands for it.
    pytest.param(
        {"so2": 0.017, "co": 1.1, "o3": 0.014, "no2": 0.080, "pm10": 154, "pm25": 10}, 303, id="two unhealthy"
    ),
]


def of(**values: float) -> cai.Index:
    return cai.index_of(cai.sub_indices({key: np.array([value], dtype=float) for key, value in values.items()}))


@pytest.mark.parametrize(("values", "index"), PUBLISHED)
def test_what_airkorea_published(values: dict[str, float], index: int) -> None:
    assert of(**values).value.tolist() == [index]


def lags(*newest_first: float) -> Array:
    padded = [*newest_first, *([np.nan] * (cai.MEAN_HOURS - len(newest_first)))]
    return np.array(padded, dtype=float).reshape(-1, 1)


def test_steady_dust_counts_at_three_quarters() -> None:
    assert cai.predicted_mean(lags(*[100] * 12), 70).tolist() == [(100 + 75) / 2]
    assert cai.predicted_mean(lags(*[69] * 12), 70).tolist() == [69]
    assert cai.predicted_mean(lags(*[70] * 12), 70).tolist() == [(70 + 52.5) / 2]


def test_rising_and_falling_dust_counts_in_full() -> None:
    # C12 = (4*200 + 8*50)/12 = 100; 200/100 > 1.7, so the last four hours count in full.
    assert cai.predicted_mean(lags(*[200] * 4, *[50] * 8), 70).tolist() == [(100 + 200) / 2]
    # C12 = (4*75 + 8*120)/12 = 105; 75/105 < 0.9.
    assert cai.predicted_mean(lags(*[75] * 4, *[120] * 8), 70).tolist() == [(105 + 75) / 2]


def test_each_of_the_four_hours_is_weighed_by_itself() -> None:
    # C12 = (40 + 100 + 100 + 100 + 8*100)/12 = 95; the newest hour is below M, the other three are steady.
    assert cai.predicted_mean(lags(40, *[100] * 11), 70).tolist() == [(95 + (40 + 75 * 3) / 4) / 2]


@pytest.mark.parametrize(
    ("known", "given_"),
    [
        ([True] * 9 + [False] * 3, True),
        ([True] * 8 + [False] * 4, False),
        ([False, *([True] * 11)], True),
        ([False, False, *([True] * 10)], False),
    ],
)
def test_a_mean_needs_three_quarters_of_its_hours(known: list[bool], given_: bool) -> None:
    mean = cai.predicted_mean(lags(*[50 if each else np.nan for each in known]), 70)
    assert bool(np.isnan(mean[0])) is not given_


def test_clean_air_has_a_mean_of_zero() -> None:
    assert cai.predicted_mean(lags(*[0] * 12), 30).tolist() == [0]


CLEAN = {"pm25": 5.0, "pm10": 10.0, "o3": 0.01, "no2": 0.01, "so2": 0.001, "co": 0.2}


@pytest.mark.parametrize("missing", cai.REQUIRED)
def test_without_a_required_pollutant_there_is_no_index(missing: str) -> None:
    index = of(**{**CLEAN, missing: np.nan})
    assert np.isnan(index.value[0])
    assert (index.grade[0], index.pollutant[0]) == (-1, -1)


@pytest.mark.parametrize("missing", ["so2", "co"])
def test_so2_and_co_may_be_missing(missing: str) -> None:
    assert of(**{**CLEAN, missing: np.nan}).value.tolist() == of(**CLEAN).value.tolist()


def test_points_are_added_for_two_and_for_three_unhealthy_pollutants() -> None:
    one = of(**{**CLEAN, "pm25": 36})
    two = of(**{**CLEAN, "pm25": 36, "pm10": 81})
    three = of(**{**CLEAN, "pm25": 36, "pm10": 81, "o3": 0.091})
    assert [float(each.value[0]) for each in (one, two, three)] == [101, 151, 176]
    assert [float(each.added[0]) for each in (one, two, three)] == [0, 50, 75]


def test_the_addition_can_be_switched_off() -> None:
    subs = cai.sub_indices({key: np.array([value]) for key, value in {**CLEAN, "pm25": 36.0, "pm10": 81.0}.items()})
    index = cai.index_of(subs, add_for_several=False)
    assert (index.value.tolist(), index.added.tolist()) == ([101], [0])


def test_the_sum_ends_with_the_scale() -> None:
    assert of(**{**CLEAN, "pm25": 480, "pm10": 590}).value.tolist() == [500]


concentration = st.one_of(st.floats(0, 700), st.just(np.nan))


@given(st.lists(st.tuples(*[concentration] * 4), min_size=1, max_size=20))
def test_an_index_is_within_the_scale_and_never_made_of_gaps(rows: list[tuple[float, ...]]) -> None:
    columns = np.array(rows, dtype=float).T
    index = cai.index_of(cai.sub_indices(dict(zip(cai.REQUIRED, columns, strict=True))))
    gap = np.isnan(columns).any(axis=0)
    assert np.isnan(index.value[gap]).all()
    assert ((index.value[~gap] >= 0) & (index.value[~gap] <= 500)).all()
    assert (index.value[~gap] == np.round(index.value[~gap])).all()
