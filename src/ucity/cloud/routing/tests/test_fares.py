"""Fares of journeys: what is known adds up, what is not is never nought."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from ucity.blueprint import Journey
from ucity.blueprint.figures import Money
from ucity.cloud.routing.fares import Fare, Fares, Rule, money
from ucity.cloud.routing.fares import fare_of as paid_for
from ucity.cloud.routing.tests.rides import ride, walk


def won(amount: int) -> Money:
    return Money(amount=amount, currency="KRW")


def fare_of(journey: Journey, feeds: Mapping[str, Fares]) -> Money | None:
    paid = paid_for(journey, feeds)
    return paid and paid.price


SINGLE = Fare(price=won(1550), transfers=0)
BUS, NEXT_BUS, METRO = ride(0, 10), ride(15, 25, route="f:2"), ride(15, 25, ("g:x", "g:y"), route="g:1")


def test_a_single_fare_is_paid_for_every_ride() -> None:
    feeds = {"f": Fares((SINGLE,))}
    assert fare_of(Journey(legs=(walk(-5, 0), BUS)), feeds) == won(1550)
    assert fare_of(Journey(legs=(BUS, NEXT_BUS)), feeds) == won(3100)


def test_a_fare_with_a_change_is_taken_when_it_is_cheaper_and_in_time() -> None:
    change = Fare(price=won(2000), transfers=1, lasts=timedelta(minutes=30))
    feeds = {"f": Fares((SINGLE, change))}
    assert fare_of(Journey(legs=(BUS, NEXT_BUS)), feeds) == won(2000)
    assert fare_of(Journey(legs=(BUS, ride(31, 40, route="f:2"))), feeds) == won(3100)


def test_staying_aboard_is_no_change_to_pay_for() -> None:
    feeds = {"f": Fares((SINGLE,))}
    assert fare_of(Journey(legs=(BUS, replace(NEXT_BUS, stays=True))), feeds) == won(1550)


def test_what_is_not_known_is_none_and_never_nought() -> None:
    assert fare_of(Journey(legs=(BUS,)), {}) is None
    assert fare_of(Journey(legs=(walk(0, 5),)), {"f": Fares((SINGLE,))}) is None
    assert fare_of(Journey(legs=(BUS, METRO)), {"f": Fares((SINGLE,))}) is None
    only_route_2 = Fare(price=won(1000), rules=(Rule(route="f:2"),))
    assert fare_of(Journey(legs=(BUS,)), {"f": Fares((only_route_2,))}) is None
    pounds = Fares((Fare(price=money(2, "GBP")),))
    assert fare_of(Journey(legs=(BUS, METRO)), {"f": Fares((SINGLE,)), "g": pounds}) is None


def test_fares_of_several_feeds_add_up() -> None:
    assert fare_of(Journey(legs=(BUS, METRO)), {"f": Fares((SINGLE,)), "g": Fares((SINGLE,))}) == won(3100)


def test_zones_decide() -> None:
    zones = {"f:a": "1", "f:b": "2", "f:c": "3"}
    from_1_to_2 = Fare(price=won(10), rules=(Rule(origin="1", destination="2"),))
    through_2 = Fare(price=won(20), rules=tuple(Rule(contains=zone) for zone in "123"))
    short, long = Journey(legs=(ride(0, 9, ("f:a", "f:b")),)), Journey(legs=(ride(0, 9, ("f:a", "f:b", "f:c")),))
    feeds = {"f": Fares((from_1_to_2, through_2), zones)}
    assert fare_of(short, feeds) == won(10)
    assert fare_of(long, feeds) == won(20)


def test_a_fare_is_for_its_own_agencys_routes() -> None:
    fares = Fares((replace(SINGLE, agency="blue"),), agencies={"f:1": "green", "f:2": "blue"})
    assert fare_of(Journey(legs=(BUS,)), {"f": fares}) is None
    assert fare_of(Journey(legs=(NEXT_BUS,)), {"f": fares}) == won(1550)


def test_prices_are_kept_in_the_smallest_unit_that_is_paid() -> None:
    assert money("2.50", "gbp") == Money(amount=250, currency="GBP")
    assert money(1550.0, "KRW") == won(1550)
    assert money(0.1 + 0.2, "USD").amount == 30
    assert money(1.234, "KWD").amount == 1234
