"""Followed journeys: when they hold, when they break, and from where another one begins."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint import Journey, JourneyQuery, Leg, Mode, Position, SharedRide
from ucity.blueprint.figures import LegFigures, Told
from ucity.cloud.routing import texts
from ucity.cloud.routing.following import Dock, Expected, Facts, Standing, checked, followed, packed, unpacked
from ucity.cloud.routing.tests.rides import at, ride, walk
from ucity.cloud.routing.wire import Break, Check, Checked, Reason
from ucity.errors import BadInput

FIRST = ride(5, 25, ("f:a", "f:b", "f:c"))
SECOND = ride(30, 50, ("f:c", "f:d"), route="f:2")
JOURNEY = Journey(legs=(walk(0, 4, lon=128.995), FIRST, walk(26, 28, lon=FIRST.destination.position.lon), SECOND))
QUERY = JourneyQuery(origin=Position(128.995, 35.1), destination=Position(129.06, 35.1), at=at(0))
OTHER = Journey(legs=(walk(40, 45),))


def expecting(*legs: Leg, cancelled: str = "", skipped: frozenset[int] = frozenset()) -> dict[str, Expected]:
    return {
        leg.trip.trip: Expected(leg.calls, is_live=True, is_cancelled=leg.trip.trip == cancelled, skipped=skipped)
        for leg in legs
        if leg.trip
    }


def late(leg: Leg, minutes: float) -> Leg:
    """Its calls, that much later."""
    by = timedelta(minutes=minutes)
    return replace(leg, calls=tuple(replace(c, arrives=c.arrives + by, departs=c.departs + by) for c in leg.calls))


def look_at(
    minute: float,
    runs: dict[str, Expected],
    *,
    here: Position | None = None,
    journey: Journey = JOURNEY,
    query: JourneyQuery = QUERY,
    stations: Mapping[str, Standing] | None = None,
) -> tuple[Checked, list[JourneyQuery]]:
    asked: list[JourneyQuery] = []

    def look(trip: str, _: date, __: datetime) -> Expected | None:
        return runs.get(trip)

    def plan(query: JourneyQuery) -> list[Told]:
        asked.append(query)
        return [Told(journey=OTHER, legs=(LegFigures(),))]

    token = packed(followed(journey, query))
    found = checked(
        Check(journey=unpacked(token), now=at(minute), patience=300, here=here), Facts(look, (stations or {}).get, plan)
    )
    return found, asked


def test_a_journey_on_time_holds_and_ends() -> None:
    runs = expecting(FIRST, SECOND)
    found, asked = look_at(10, runs)
    assert found.broken is None and not found.is_over and asked == []
    assert [(leg.departs, leg.arrives) for leg in found.legs][1::2] == [(at(5), at(25)), (at(30), at(50))]
    assert look_at(51, runs)[0].is_over


def test_a_ride_that_comes_too_late_for_the_next_one_breaks_it_and_another_way_is_sought_from_the_next_stop() -> None:
    found, asked = look_at(16, expecting(late(FIRST, 6), SECOND))
    assert found.broken == Break(reason="missed", leg=3, route="f:2", seconds=180)
    assert found.instead is not None and found.instead.journey == OTHER
    # Between b (expected at 21) and c: one gets off at b first.
    assert (asked[0].origin, asked[0].at) == (FIRST.calls[1].place.position, at(21))
    assert asked[0].destination.lon == pytest.approx(SECOND.destination.position.lon)


def test_a_next_ride_that_is_late_as_well_is_caught() -> None:
    found, _ = look_at(16, expecting(late(FIRST, 4), late(SECOND, 4)))
    assert found.broken is None
    assert found.delay_seconds == 240


def test_who_stays_aboard_misses_nothing() -> None:
    on_board = replace(SECOND, stays=True)
    journey = Journey(legs=(FIRST, on_board))
    found, _ = look_at(16, expecting(late(FIRST, 9), late(on_board, 4)), journey=journey)
    assert found.broken is None
    # The vehicle need not stop where the one trip ends and the other begins.
    end = frozenset({FIRST.calls[-1].sequence})
    runs = expecting(FIRST, skipped=end) | expecting(on_board, skipped=frozenset({on_board.calls[0].sequence}))
    assert look_at(16, runs, journey=journey)[0].broken is None
    assert look_at(16, runs)[0].broken is not None


SHARED = SharedRide(feed="b", system="Bikes", taken_at="b:one", returned_at="b:two", bicycles=1, docks=1, told_at=at(0))
BY_BICYCLE = Journey(
    legs=(
        walk(0, 5),
        replace(walk(5, 20, metres=4000), mode=Mode.SHARED_BICYCLE, shared=SHARED),
        walk(20, 22, lon=129.044),
    )
)
PLENTY, EMPTY, FULL = Standing(True, True), Standing(False, True), Standing(True, False)


@pytest.mark.parametrize(
    ("minute", "one", "two", "broken"),
    [
        (2, PLENTY, PLENTY, None),
        (2, EMPTY, PLENTY, "no_bicycle"),
        (2, PLENTY, FULL, "no_dock"),
        (4.5, EMPTY, PLENTY, None),  # one is there, and may have taken the last
        (10, EMPTY, PLENTY, None),
        (10, EMPTY, FULL, "no_dock"),
        (19.5, EMPTY, FULL, None),
        (2, None, None, None),  # the system is out of date
    ],
)
def test_a_station_that_has_none_left_breaks_it_before_one_is_there(
    minute: float, one: Standing | None, two: Standing | None, broken: Reason | None
) -> None:
    stations = {key: each for key, each in (("b:one", one), ("b:two", two)) if each}
    found, asked = look_at(minute, {}, journey=BY_BICYCLE, stations=stations)
    assert (found.broken.reason if found.broken else None) == broken
    assert (found.instead is not None) == (broken is not None)
    if found.broken:
        assert found.broken.leg == 1
        assert asked[0].at == at(minute)


def test_who_is_on_a_shared_bicycle_is_sent_to_the_nearest_free_dock_first() -> None:
    dock = Dock({"ko": "셋", "en": "Three"}, Position(129.05, 35.1))
    stations = {"b:one": EMPTY, "b:two": Standing(True, False, dock)}
    found, asked = look_at(10, {}, journey=BY_BICYCLE, stations=stations)
    assert found.broken is not None
    assert asked[0].origin == dock.position
    assert asked[0].at > at(20)
    told = texts.broken(found.broken)
    assert told["en"].endswith("There is one at Three.") and "셋" in told["ko"]
    # Whoever is not on it yet needs none.
    found, asked = look_at(2, {}, journey=BY_BICYCLE, stations=stations)
    assert found.broken is not None and found.broken.reason == "no_bicycle"
    assert asked[0].at == at(2)


def test_arriving_later_than_one_bears_breaks_it_unless_nothing_is_sooner() -> None:
    found, _ = look_at(16, expecting(late(FIRST, 9), late(SECOND, 9)))
    assert found.broken == Break(reason="late", leg=3, route="f:2", seconds=540)
    assert found.instead is not None  # there at minute 45, in place of 59
    found, _ = look_at(16, expecting(FIRST, late(SECOND, -7 + 13)))
    assert found.broken is not None and found.broken.reason == "late" and found.instead is not None


def test_a_cancelled_trip_breaks_it_where_one_still_is_at_home() -> None:
    assert FIRST.trip is not None
    found, asked = look_at(-5, expecting(FIRST, SECOND, cancelled=FIRST.trip.trip))
    assert found.broken == Break(reason="cancelled", leg=1, route="f:1")
    assert asked[0].origin == Position(128.995, 35.1)
    assert asked[0].at == at(-5)


def test_a_stop_that_is_left_out_breaks_it() -> None:
    found, _ = look_at(2, expecting(FIRST, SECOND, skipped=frozenset({2})))
    assert found.broken == Break(reason="skipped", leg=1, route="f:1")


def test_a_trip_that_is_no_longer_known_breaks_it() -> None:
    assert look_at(2, {})[0].broken == Break(reason="gone", leg=1, route="f:1")


def test_a_bus_that_leaves_early_is_missed() -> None:
    found, _ = look_at(2, expecting(late(FIRST, -3), SECOND))
    assert found.broken == Break(reason="missed", leg=1, route="f:1", seconds=120)


def test_where_the_traveller_says_to_be_counts_more_than_where_they_should_be() -> None:
    here = Position(129.01, 35.11)
    _, asked = look_at(16, expecting(late(FIRST, 6), SECOND), here=here)
    assert (asked[0].origin, asked[0].at) == (here, at(16))


def test_half_way_on_foot_is_half_way() -> None:
    found, asked = look_at(26, expecting(FIRST, late(SECOND, -3.5)))
    assert found.broken is not None and found.broken.reason == "missed"
    on_foot = JOURNEY.legs[2]
    assert on_foot.origin.position.lon < asked[0].origin.lon < on_foot.destination.position.lon


@pytest.mark.parametrize("reason", ["missed", "cancelled", "skipped", "gone", "late"])
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    text = texts.broken(Break(reason=reason, leg=0, route="100-1", seconds=200))
    assert set(text) == {"ko", "en"}
    assert all("{" not in each for each in text.values())


def test_a_token_is_short_enough_for_an_address() -> None:
    assert len(packed(followed(JOURNEY, QUERY))) < 700


BOMB = base64.urlsafe_b64encode(zlib.compress(bytes(10_000_000))).decode()


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda each: base64.urlsafe_b64encode(each).decode()))
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadInput):
        unpacked(token)


@pytest.mark.parametrize("token", [BOMB, packed(followed(JOURNEY, QUERY))[:-9], ""], ids=["bomb", "cut", "empty"])
def test_tokens_that_were_tampered_with_are_refused(token: str) -> None:
    with pytest.raises(BadInput):
        unpacked(token)


def test_a_trip_that_is_replaced_is_found_by_its_stops_where_it_counts_them_anew() -> None:
    def anew(leg: Leg, left_out: str = "") -> Leg:
        calls = [call for call in late(leg, 3).calls if call.place.stop != left_out]
        return replace(leg, calls=tuple(replace(call, sequence=n + 7) for n, call in enumerate(calls)))

    assert look_at(16, expecting(anew(FIRST, "f:b"), SECOND))[0].legs[1].arrives == at(28)
    assert look_at(2, expecting(anew(FIRST, "f:a"), SECOND))[0].broken == Break(reason="gone", leg=1, route="f:1")
    # What is missed then is sought from where that run gets to next.
    _, asked = look_at(16, expecting(anew(late(FIRST, 3)), SECOND))
    assert (asked[0].origin, asked[0].at) == (FIRST.calls[1].place.position, at(21))


def own(begin: float, end: float, mode: Mode) -> Leg:
    return replace(walk(begin, end, lon=128.95, metres=4500), mode=mode)


@pytest.mark.parametrize("mode", [Mode.CAR, Mode.BICYCLE])
@pytest.mark.parametrize(
    ("minute", "is_there"),
    [(-10, True), (-3, True), (2, False), (16, False)],  # at home, on it, waiting for the bus, aboard
)
def test_a_vehicle_of_ones_own_is_taken_again_only_where_it_is(mode: Mode, minute: float, is_there: bool) -> None:
    journey = Journey(legs=(own(-5, 0, mode), walk(0, 4, lon=128.995), *JOURNEY.legs[1:]))
    query = replace(QUERY, modes=QUERY.modes | {Mode.CAR, Mode.BICYCLE, Mode.SHARED_BICYCLE, Mode.TAXI})
    runs = expecting(FIRST, SECOND, cancelled=SECOND.trip.trip if SECOND.trip else "")
    found, asked = look_at(minute, runs, journey=journey, query=query)
    assert found.broken is not None and found.instead is not None
    left = {Mode.CAR, Mode.BICYCLE} if minute >= 0 else {Mode.CAR, Mode.BICYCLE} - {mode} if minute > -5 else set()
    assert asked[0].modes == query.modes - left
    assert (mode in asked[0].modes) == is_there
    assert found.query == asked[0], "the other way is followed with what it was found by"


def test_who_has_not_set_out_has_left_nothing_where_the_first_ride_is_off() -> None:
    runs = expecting(FIRST, SECOND, cancelled=FIRST.trip.trip if FIRST.trip else "")
    query = replace(QUERY, modes=QUERY.modes | {Mode.BICYCLE})
    _, asked = look_at(2, runs, journey=Journey(legs=JOURNEY.legs[1:]), query=query)
    assert Mode.BICYCLE in asked[0].modes
