"""Carbon of legs: known ways, known factors."""

import re
from datetime import date

import pytest

from ucity.blueprint import Mode
from ucity.blueprint.figures import Factor, Standing
from ucity.cloud.routing import emissions
from ucity.cloud.routing.emissions import FACTORS, carbon_of, carbon_of_leg, factor_of
from ucity.cloud.routing.tests.rides import ride, walk
from ucity.languages import REQUIRED_LANGUAGES

TODAY = date(2026, 11, 24)


def grams(mode: Mode, kilometres: float, day: date = TODAY, **more: float) -> float:
    found = carbon_of(mode, kilometres * 1000, day, **more)
    assert found is not None
    return found.grams


def test_ten_kilometres_by_bus_car_and_foot() -> None:
    assert grams(Mode.BUS, 10) == pytest.approx(1015.1)
    assert grams(Mode.CAR, 10) == pytest.approx(1659.1)
    assert grams(Mode.WALK, 10) == 0


def test_people_in_a_car_share_its_carbon_but_those_in_a_bus_do_not() -> None:
    assert grams(Mode.CAR, 10, occupancy=2) == pytest.approx(829.55)
    assert grams(Mode.BUS, 10, occupancy=2) == grams(Mode.BUS, 10)
    assert grams(Mode.TAXI, 10, occupancy=2) == grams(Mode.TAXI, 10)


def test_a_metro_stands_on_the_korean_grid_of_its_day() -> None:
    now, before = factor_of(Mode.METRO, TODAY), factor_of(Mode.METRO, date(2021, 5, 1))
    assert now is not None and before is not None
    assert 45 <= now.grams_per_km <= 49
    assert before.grams_per_km / now.grams_per_km == pytest.approx(454.1 / 417.3, rel=1e-3)
    assert now.standing is Standing.INFERENCE


def test_the_factor_is_that_of_the_day() -> None:
    days = {date(2020, 1, 1): 108.46, date(2025, 7, 1): 108.46, date(2026, 1, 1): 101.51, date(2031, 1, 1): 101.51}
    for day, expected in days.items():
        found = factor_of(Mode.BUS, day)
        assert found is not None and found.grams_per_km == expected


def test_an_unknown_factor_is_none_and_not_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emissions, "FACTORS", {})
    assert carbon_of(Mode.FERRY, 1000, TODAY) is None


def test_every_mode_has_a_factor_and_a_ferry_one_of_a_foot_passenger() -> None:
    assert set(FACTORS) == set(Mode)
    ferry = factor_of(Mode.FERRY, TODAY)
    assert ferry is not None and ferry.grams_per_km == 18.74
    assert ferry.standing is Standing.SECOND_HAND


def test_every_factor_says_where_it_comes_from_and_follows_the_one_before() -> None:
    for factors in FACTORS.values():
        assert [each.valid_from for each in factors] == sorted({each.valid_from for each in factors})
        for each in factors:
            assert each.version and each.key
            assert each.note["en"] or each.standing is not Standing.INFERENCE


@pytest.mark.parametrize(
    "factor", [each for factors in FACTORS.values() for each in factors], ids=lambda each: each.key
)
def test_every_factor_speaks_korean_and_english(factor: Factor) -> None:
    for text in (factor.source, factor.note):
        assert set(text) == set(REQUIRED_LANGUAGES)
        assert bool(text["ko"]) == bool(text["en"])
        assert not text["ko"] or re.search("[가-힣]", text["ko"])


def test_a_leg_goes_by_its_own_day_mode_and_metres() -> None:
    bus, foot = carbon_of_leg(ride(0, 10, metres=2500)), carbon_of_leg(walk(0, 5))
    assert bus is not None and foot is not None
    assert bus.grams == pytest.approx(2.5 * 101.51)
    assert foot.grams == 0
    assert bus.factor.version == "DESNZ 2026"
