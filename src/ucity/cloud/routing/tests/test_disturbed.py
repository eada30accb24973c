"""Disturbances are told with the legs that they touch, and with no others."""

from datetime import timedelta

import pytest

from ucity.blueprint.boards import Disturbance
from ucity.cloud.routing.disturbed import touching
from ucity.cloud.routing.tests.rides import ride, walk

LEG = ride(0, 20)
HOUR = timedelta(hours=1)


def told(*, lines: tuple[str, ...] = (), stops: tuple[str, ...] = (), after: timedelta | None = None) -> Disturbance:
    """``after``: how long after the ride began it begins."""
    return Disturbance(
        key="f:1",
        cause="construction",
        effect="detour",
        severity="warning",
        header={"en": "Works"},
        description={},
        url={},
        lines=lines,
        stops=stops,
        periods=() if after is None else ((LEG.departs + after, None),),
        told_at=LEG.departs,
    )


@pytest.mark.parametrize("of_line", [True, False])
def test_what_is_amiss_on_the_line_or_at_the_stop_is_told(of_line: bool) -> None:
    assert LEG.trip
    assert LEG.destination.stop
    what = told(lines=(LEG.trip.route,)) if of_line else told(stops=(LEG.destination.stop,))
    assert touching(LEG, [what]) == (what,)


def test_what_is_amiss_elsewhere_or_later_is_not() -> None:
    assert LEG.trip
    elsewhere = told(lines=("f:other",), stops=("f:nowhere",))
    later = told(lines=(LEG.trip.route,), after=LEG.arrives - LEG.departs + HOUR)
    assert touching(LEG, [elsewhere, later]) == ()


def test_who_walks_is_not_disturbed() -> None:
    assert touching(walk(0, 10), [told()]) == ()
