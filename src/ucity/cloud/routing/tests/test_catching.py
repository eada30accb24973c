"""The chance of a change, from what was observed and what is assumed."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint import Mode
from ucity.cloud.routing.catching import WEIGHT, Delays, chance_of, errors, observed
from ucity.cloud.routing.tests.rides import MORNING, at, ride, walk

HOUR = 8


def chance(slack_minutes: float, delays: Delays, *, live: bool = False, reached: float = 0) -> float:
    before, after = ride(0, 20, live=live), ride(20 + slack_minutes, 40, ("f:b", "f:c"), route="f:2", live=live)
    found = chance_of(before, after, reached, delays, MORNING)
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
    found = chance_of(ride(0, 20), ride(25, 40, ("f:b", "f:c"), route="f:2"), 0, few, MORNING)
    assert found is not None and found.is_prior and found.observed == 3
    many = chance_of(ride(0, 20), ride(25, 40, ("f:b", "f:c"), route="f:2"), 0, often(10), MORNING)
    assert many is not None and not many.is_prior and many.observed == 200


def test_what_is_known_of_a_route_stands_in_for_what_is_not_of_a_stop() -> None:
    elsewhere = seen(("f:1", "f:z", HOUR, 600, WEIGHT))
    assert elsewhere.of("f:1", "f:b", HOUR).sum() == WEIGHT
    assert elsewhere.of("f:1", "f:z", HOUR + 1).sum() == WEIGHT
    assert elsewhere.of("f:9", "f:b", HOUR).sum() == 0


def test_live_times_make_a_comfortable_change_surer_than_assumed_ones() -> None:
    assert chance(4, Delays(), live=True) > chance(4, Delays())


def erring(route: str, minutes: int, seconds: int, number: int = 100) -> Delays:
    """Predictions so many minutes ahead that vehicles come later than by so much."""
    delays = Delays()
    delays.add_errors([(route, minutes, seconds, number), ("f:2", minutes, 0, 100)])
    return delays


def test_predictions_that_were_wrong_by_five_minutes_make_a_live_change_of_three_unlikely() -> None:
    assert chance(3, erring("f:1", 20, 300), live=True) < 0.01
    assert chance(3, erring("f:1", 20, 0), live=True) > 0.99
    assert chance(3, erring("f:1", 20, 300)) > 0.5, "who is not live has no prediction to be wrong"


def test_a_prediction_counts_with_those_that_are_as_far_ahead() -> None:
    # The first ride arrives in 20 minutes; what was predicted 3 minutes ahead does not matter.
    assert chance(3, erring("f:1", 3, 300), live=True) == chance(3, erring("f:1", 3, 0), live=True)
    soon, next_ = ride(0, 4, live=True), ride(6, 20, ("f:b", "f:c"), route="f:2", live=True)
    found = chance_of(soon, next_, 0, erring("f:1", 3, 300), MORNING)
    assert found is not None and found.probability < 0.01


def test_the_answer_says_on_how_many_observed_predictions_it_rests() -> None:
    rides = ride(0, 20, live=True), ride(25, 40, ("f:b", "f:c"), route="f:2", live=True)
    none = chance_of(*rides, 0, Delays(), MORNING)
    assert none is not None and (none.observed, none.is_prior) == (0, True)
    few = chance_of(*rides, 0, erring("f:1", 20, 0, 3), MORNING)
    assert few is not None and not few.is_prior, "the feed's other lines stand in"
    own = chance_of(*rides, 0, erring("f:1", 20, 0, WEIGHT), MORNING)
    assert own is not None and (own.observed, own.is_prior) == (120, False)
    elsewhere = chance_of(*rides, 0, erring("g:1", 20, 0), MORNING)
    assert elsewhere is not None and elsewhere.observed == 200, "predictions of another feed count for nothing"


def test_errors_of_predictions_are_actual_less_predicted_delays() -> None:
    rows: list[tuple[object, ...]] = [
        ("f:b", at(0), "f:1", 100.0, 500.0, 40.0, None),
        ("f:b", at(1), "f:1", None, 90.0, 30.0, 90.0),
        ("f:b", at(2), None, 90.0, 90.0, 30.0, 30.0),
    ]
    columns = ["subject", "observed_at", "route", "arrival_delay", "departure_delay", "predicted_3", "predicted_20"]
    found = errors(pl.DataFrame(rows, columns, orient="row"))
    assert sorted(found) == [("f:1", 3, 60, 2), ("f:1", 20, 0, 1)]
    delays = Delays()
    delays.learn(pl.DataFrame(rows, columns, orient="row"))
    assert (delays.errors_of("f:1", 150).sum(), delays.of("f:1", "f:b", HOUR).sum()) == (2, 2)


def test_no_chance_is_told_of_a_walk() -> None:
    assert chance_of(walk(0, 5), ride(5, 10), 0, Delays(), MORNING) is None


@given(st.floats(-90, 90), st.floats(0, 30), st.sampled_from(sorted(Mode)))
def test_more_time_never_makes_a_change_less_likely(slack: float, more: float, mode: Mode) -> None:
    before, soon = ride(0, 20, mode=mode), ride(20 + slack, 200, route="f:2")
    later = ride(20 + slack + more, 230, route="f:2")
    less, likelier = chance_of(before, soon, 0, Delays(), MORNING), chance_of(before, later, 0, Delays(), MORNING)
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
