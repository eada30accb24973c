"""Disturbances are told with the legs that they touch, and with no others."""

import base64
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ucity.blueprint.boards import About, Disturbance
from ucity.blueprint.journeys import Journey, JourneyQuery
from ucity.cloud.routing.disturbed import ahead, touching
from ucity.cloud.routing.following import followed, packed, unpacked
from ucity.cloud.routing.tests.rides import ride, walk

LEG = ride(0, 20)
HOUR = timedelta(hours=1)


def told(*about: About, after: timedelta | None = None) -> Disturbance:
    """``after``: how long after the ride began it begins."""
    return Disturbance(
        key="f:1",
        cause="construction",
        effect="detour",
        severity="warning",
        header={"en": "Works"},
        description={},
        url={},
        about=about,
        periods=() if after is None else ((LEG.departs + after, None),),
        told_at=LEG.departs,
    )


@pytest.mark.parametrize("of_line", [True, False])
def test_what_is_amiss_on_the_line_or_at_the_stop_is_told(of_line: bool) -> None:
    assert LEG.trip
    assert LEG.destination.stop
    what = told(About(line=LEG.trip.route) if of_line else About(stop=LEG.destination.stop))
    assert touching(LEG, [what]) == (what,)


def test_what_is_amiss_elsewhere_or_later_is_not() -> None:
    assert LEG.trip
    elsewhere = told(About(line="f:other"), About(stop="f:nowhere"))
    later = told(About(line=LEG.trip.route), after=LEG.arrives - LEG.departs + HOUR)
    assert touching(LEG, [elsewhere, later]) == ()


def test_what_is_named_together_has_to_be_so_together() -> None:
    assert LEG.trip
    line, here = LEG.trip.route, LEG.destination.stop
    assert touching(LEG, [told(About(line=line, stop=here))])
    assert not touching(LEG, [told(About(line=line, stop="f:nowhere"))])
    assert not touching(LEG, [told(About(line="f:other", stop=here))])
    assert touching(LEG, [told(About(line=line, trip=LEG.trip.trip))])
    assert not touching(LEG, [told(About(line=line, trip="f:another"))])
    assert not touching(LEG, [told(About(trip="f:unknown"))])
    assert touching(LEG, [told(About())]), "it is about all of the feed"


def test_who_walks_is_not_disturbed() -> None:
    assert touching(walk(0, 10), [told(About())]) == ()


@pytest.mark.parametrize(
    ("about", "is_told"),
    [
        ({"direction": 0}, True),
        ({"direction": 1}, False),
        ({"day": LEG.departs.date()}, True),
        ({"day": LEG.departs.date() + timedelta(days=1)}, False),
        ({"direction": 0, "day": LEG.departs.date() + timedelta(days=1)}, False),
    ],
)
def test_what_is_amiss_in_one_direction_or_on_one_day_is_told_of_that_alone(
    about: dict[str, Any], is_told: bool
) -> None:
    assert LEG.trip
    what = told(About(line=LEG.trip.route, **about))
    outward = replace(LEG, trip=replace(LEG.trip, direction=0))
    assert touching(outward, [what]) == ((what,) if is_told else ())
    query = JourneyQuery(origin=LEG.origin.position, destination=LEG.destination.position, at=LEG.departs)
    journey = unpacked(packed(followed(Journey(legs=(outward,)), query)))
    assert [each.disturbance for each in ahead(journey, [what], LEG.departs)] == ([what] if is_told else [])
    if "day" not in about:
        assert touching(LEG, [what]) == (what,), "whose direction is not known"


def test_a_journey_followed_before_directions_were_kept_is_followed_still() -> None:
    query = JourneyQuery(origin=LEG.origin.position, destination=LEG.destination.position, at=LEG.departs)
    journey = followed(Journey(legs=(LEG,)), query)
    old = [list(msgspec.to_builtins(each))[:-1] for each in journey.legs]
    raw = msgspec.msgpack.encode([old, *msgspec.to_builtins(journey)[1:]])
    token = base64.urlsafe_b64encode(zlib.compress(raw)).decode().rstrip("=")
    assert unpacked(token) == journey
