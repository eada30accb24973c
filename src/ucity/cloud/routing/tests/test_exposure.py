"""PM2.5 breathed: by time, effort and place, with honest bounds."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint import Mode
from ucity.cloud.routing.exposure import MODERATE, SITTING, Air, dose_of_leg
from ucity.cloud.routing.tests.rides import MORNING, ride, walk

SCHEMA = {
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "pm25": pl.Float64(),
    "observed_at": pl.Datetime("us", "UTC"),
    "is_moving": pl.Boolean(),
}


def air(*readings: tuple[float, float, float], moving: bool = False, age: float = 0) -> Air:
    """From (lon, lat, pm25)."""
    found = Air.of(frame(*readings, moving=moving, age=age), MORNING)
    assert found is not None
    return found


def frame(*readings: tuple[float, float, float | None], moving: bool = False, age: float = 0) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = [(*each, MORNING - timedelta(minutes=age), moving) for each in readings]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_the_same_air_everywhere_is_breathed_by_time_and_effort() -> None:
    everywhere = air(*((129 + n / 50, 35.1, 20.0) for n in range(5)))
    foot = dose_of_leg(walk(0, 30), everywhere)
    bus = dose_of_leg(ride(0, 30), everywhere)
    assert foot is not None and bus is not None
    assert foot.micrograms == pytest.approx(30 * MODERATE * 20, rel=0.02)
    assert foot.micrograms / bus.micrograms == pytest.approx(MODERATE / SITTING, rel=0.02)
    assert foot.litres == pytest.approx(30 * MODERATE * 1000)
    assert foot.low < foot.micrograms < foot.high
    assert foot.instruments == 5


def test_waiting_is_breathed_too() -> None:
    everywhere = air((129, 35.1, 20.0))
    waited, not_waited = (dose_of_leg(ride(0, 10), everywhere, waited=timedelta(minutes=wait)) for wait in (10, 0))
    assert waited is not None and not_waited is not None
    assert waited.litres == pytest.approx(2 * not_waited.litres)


def test_a_way_through_bad_air_weighs_more_than_one_around_it() -> None:
    dirty_in_the_east = air((129.0, 35.1, 10.0), (129.055, 35.1, 100.0))
    east, west = walk(0, 10, lon=129.05), walk(0, 10, lon=129.0)
    there, here = dose_of_leg(east, dirty_in_the_east), dose_of_leg(west, dirty_in_the_east)
    assert there is not None and here is not None
    assert there.micrograms > 4 * here.micrograms


def test_far_from_instruments_and_with_old_readings_less_is_known() -> None:
    at_a_station, away = (
        air((129.0, 35.1, 20.0), (129.01, 35.1, 22.0)).at(np.array([[lon, 35.1]]))[1][0] for lon in (129.0, 129.1)
    )
    aged = air((129.0, 35.1, 20.0), (129.01, 35.1, 22.0), age=120).at(np.array([[129.0, 35.1]]))[1][0]
    assert at_a_station < aged < away


@pytest.mark.parametrize(
    "nothing",
    [
        frame(),
        frame((129.0, 35.1, None)),
        frame((129.0, 35.1, 20.0), age=600),
        frame((129.0, 35.1, 20.0), age=-600),
    ],
    ids=["no instrument", "no value", "too old", "from the future"],
)
def test_nothing_is_said_without_recent_readings(nothing: pl.DataFrame) -> None:
    assert Air.of(nothing, MORNING) is None
    assert dose_of_leg(walk(0, 5), None) is None


def test_nothing_is_said_of_another_city() -> None:
    assert dose_of_leg(walk(0, 5), air((127.0, 37.5, 20.0))) is None


positions = st.tuples(st.floats(128.8, 129.3), st.floats(35.0, 35.3), st.floats(0, 500))


@given(st.lists(positions, min_size=1, max_size=30), st.floats(128.8, 129.3), st.booleans())
def test_a_dose_is_finite_and_within_its_bounds(
    readings: list[tuple[float, float, float]], lon: float, moving: bool
) -> None:
    dose = dose_of_leg(walk(0, 20, lon=lon), air(*readings, moving=moving))
    if dose is not None:
        assert 0 < dose.low <= dose.micrograms <= dose.high < float("inf")


def test_modes_without_effort_of_ones_own_are_sat_through() -> None:
    everywhere = air((129, 35.1, 20.0))
    metro, bus = dose_of_leg(ride(0, 10, mode=Mode.METRO), everywhere), dose_of_leg(ride(0, 10), everywhere)
    assert metro == bus


def test_of_air_that_is_to_come_or_was_less_is_known_until_nothing_is() -> None:
    everywhere = air((129, 35.1, 20.0))
    now, *others = (dose_of_leg(walk(60 * hours, 60 * hours + 20), everywhere) for hours in (0, 1, 2.9, -1))
    assert now is not None
    doses = [each for each in others if each]
    assert [each.micrograms for each in doses] == pytest.approx([now.micrograms] * 3)
    soon, later, before = (each.high / each.low for each in doses)
    assert now.high / now.low < soon < later
    assert before == pytest.approx(soon)
    for hours in (3.1, 7 * 24, -24):
        assert dose_of_leg(walk(60 * hours, 60 * hours + 20), everywhere) is None
