"""The chance of a change, from what was observed and what is assumed."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint import Mode
from ucity.cloud.routing.catching import WEIGHT, Delays, chance_of, observed
from ucity.cloud.routing.tests.rides import at, ride, walk

HOUR = 8


def chance(slack_minutes: float, delays: Delays, *, live: bool = False, reached: float = 0) -> float:
    before, after = ride(0, 20, live=live), ride(20 + slack_minutes, 40, ("f:b", "f:c"), route="f:2", live=live)
    found = chance_of(before, after, reached, delays)
    assert found is not None
    return found.probability


def seen(*rows: tuple[str, str, int, int, int]) -> Delays:
    delays = Delays()
    delays.add(rows)
    return delays


def often(late_by_minutes: int, share: float = 1.0) -> Delays:
    """Arrivals of route 1 at b late by so much in this share; departures of route 2 there on time."""
    late, punctual = round(100 * share), ("f:2", "f:b", HOUR, 0, 100)
    return seen(("f:1", "f:b", HOUR, late_by_minutes * 60, late), ("f:1", "f:b", HOUR, 0, 100 - late), punctual)


def test_who_is_always_late_by_ten_minutes_misses_a_change_of_five() -> None:
    assert chance(5, often(10)) == 0
    assert chance(15, often(10)) == 1


def test_who_is_late_one_time_in_four_misses_one_time_in_four() -> None:
    assert chance(5, often(10, 0.25)) == pytest.approx(0.75)


def test_walking_to_the_other_stop_uses_up_the_time() -> None:
    assert chance(15, often(10), reached=6 * 60) == 0


def test_few_observations_are_said_to_rest_on_an_assumption() -> None:
    few = seen(("f:1", "f:b", HOUR, 0, 3))
    found = chance_of(ride(0, 20), ride(25, 40, ("f:b", "f:c"), route="f:2"), 0, few)
    assert found is not None and found.is_prior and found.observed == 3
    many = chance_of(ride(0, 20), ride(25, 40, ("f:b", "f:c"), route="f:2"), 0, often(10))
    assert many is not None and not many.is_prior and many.observed == 200


def test_what_is_known_of_a_route_stands_in_for_what_is_not_of_a_stop() -> None:
    elsewhere = seen(("f:1", "f:z", HOUR, 600, WEIGHT))
    assert elsewhere.of("f:1", "f:b", HOUR).sum() == WEIGHT
    assert elsewhere.of("f:1", "f:z", HOUR + 1).sum() == WEIGHT
    assert elsewhere.of("f:9", "f:b", HOUR).sum() == 0


def test_live_times_make_a_comfortable_change_surer_than_assumed_ones() -> None:
    assert chance(4, Delays(), live=True) > chance(4, Delays())


def test_no_chance_is_told_of_a_walk() -> None:
    assert chance_of(walk(0, 5), ride(5, 10), 0, Delays()) is None


@given(st.floats(-90, 90), st.floats(0, 30), st.sampled_from(sorted(Mode)))
def test_more_time_never_makes_a_change_less_likely(slack: float, more: float, mode: Mode) -> None:
    before, soon = ride(0, 20, mode=mode), ride(20 + slack, 200, route="f:2")
    later = ride(20 + slack + more, 230, route="f:2")
    less, likelier = chance_of(before, soon, 0, Delays()), chance_of(before, later, 0, Delays())
    assert less is not None and likelier is not None
    assert 0 <= less.probability <= likelier.probability + 1e-9 <= 1 + 1e-9


def test_observed_calls_are_counted_by_route_stop_and_hour() -> None:
    rows: list[tuple[object, ...]] = [
        ("f:b", at(n), "f:1", delay, None) for n, delay in enumerate((61.0, 64.0, None, -20.0))
    ]
    rows.append(("f:b", at(5), None, 60.0, None))
    columns = ["subject", "observed_at", "route", "arrival_delay", "departure_delay"]
    found = observed(pl.DataFrame(rows, columns, orient="row").with_columns(pl.col("departure_delay").cast(pl.Float64)))
    assert sorted(found) == [("f:1", "f:b", HOUR, -30, 1), ("f:1", "f:b", HOUR, 60, 2)]
