"""What a taxi costs, by the tariff of the simulated Busan's profile, told beforehand by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ucity.blueprint import Journey, JourneyQuery, Mode, Position
from ucity.blueprint.figures import Standing
from ucity.cloud.ioc.manage.profile import read_profile
from ucity.cloud.routing.comparing import compared
from ucity.cloud.routing.taxi import Taxi
from ucity.cloud.routing.telling import Known, told
from ucity.cloud.routing.tests.rides import MORNING, ride
from ucity.demo import FOLDER


@pytest.fixture(scope="module")
def taxi() -> Taxi:
    profile = read_profile(FOLDER)
    assert profile.taxi
    return Taxi(profile.taxi, profile.zone)


@pytest.mark.parametrize(
    ("hour", "metres", "won"),
    [
        (12, 0, 4800),
        (12, 2000, 4800),
        (12, 2001, 4900),
        (12, 5400, 7400),  # 3,400 m are 26 steps of 132 m
        (23, 5400, 8900),
        (0, 5400, 9600),
        (1, 2000, 6200),
        (2, 2000, 5800),
        (4, 2000, 4800),
    ],
)
def test_what_it_costs_by_way_and_hour(taxi: Taxi, hour: int, metres: float, won: int) -> None:
    at = datetime(2026, 11, 24, hour, 30, tzinfo=taxi.zone).astimezone(UTC)
    assert (taxi.fare(metres, at).price.amount, taxi.fare(metres, at).price.currency) == (won, "KRW")


def test_it_says_where_the_tariff_is_from(taxi: Taxi) -> None:
    fare = taxi.fare(1000, datetime(2026, 11, 24, tzinfo=UTC))
    assert (set(fare.source), set(fare.note)) == ({"ko", "en"}, {"ko", "en"})
    assert fare.standing is Standing.SECOND_HAND
    assert fare.valid_from.isoformat() == "2023-06-01"


def test_a_source_in_one_language_stands_for_all(taxi: Taxi) -> None:
    plain = replace(taxi, tariff=replace(taxi.tariff, source="고시", note=""))
    fare = plain.fare(1000, datetime(2026, 11, 24, tzinfo=UTC))
    assert (fare.source, fare.note) == ({"ko": "고시", "en": "고시"}, {"ko": "", "en": ""})


def test_it_is_told_in_comparisons_and_of_legs_by_taxi_only(taxi: Taxi) -> None:
    noon = datetime(2026, 11, 24, 3, tzinfo=UTC)
    query = JourneyQuery(origin=Position(129.0, 35.1), destination=Position(129.05, 35.1), at=noon)
    fares = {each.mode: each.fare for each in compared(query, lambda _: [], taxi=taxi)}
    assert fares[Mode.TAXI]
    assert fares[Mode.CAR] is None
    assert {each.fare for each in compared(query, lambda _: [])} == {None}
    bus = ride(0, 10, metres=2500)
    ways = Journey(legs=(bus,)), Journey(legs=(replace(bus, mode=Mode.TAXI, trip=None, calls=()),))
    assert [bool(told(way, Known(at=MORNING, taxi=taxi)).legs[0].fare) for way in ways] == [False, True]
