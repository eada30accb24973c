"""Days of a timetable are made once, and nobody waits for a day that he has not asked for."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from ucity.cloud.routing.live import _DAYS_KEPT, Days

TODAY = date(2026, 11, 24)
TIMETABLE: Any = object()
MADE: Any = [TODAY]


def made(_: Any, day: date) -> Any:
    return [day]


def test_a_day_is_made_once_until_the_timetable_is_another() -> None:
    days = Days()
    first = days.get(TIMETABLE, TODAY, made)
    assert days.get(TIMETABLE, TODAY, made) is first
    another: Any = object()
    assert days.get(another, TODAY, made) is not first


def test_what_is_asked_for_stays_and_what_is_not_goes() -> None:
    days = Days()
    first = days.get(TIMETABLE, TODAY, made)
    for later in range(1, 3 * _DAYS_KEPT):
        days.get(TIMETABLE, TODAY + timedelta(days=later), made)
        assert days.get(TIMETABLE, TODAY, made) is first
    assert len(days.known()) == _DAYS_KEPT


def test_while_a_day_is_being_made_others_are_told() -> None:
    days, begun, go_on = Days(), threading.Event(), threading.Event()
    days.get(TIMETABLE, TODAY, made)

    def slowly(timetable: Any, day: date) -> Any:
        begun.set()
        assert go_on.wait(30)
        return made(timetable, day)

    slow = threading.Thread(target=days.get, args=(TIMETABLE, TODAY + timedelta(days=1), slowly))
    slow.start()
    assert begun.wait(30)
    assert days.get(TIMETABLE, TODAY, made) == MADE
    assert slow.is_alive()
    go_on.set()
    slow.join()


def test_a_day_that_could_not_be_made_is_made_by_the_next_who_asks() -> None:
    days = Days()

    def fails(*_: Any) -> Any:
        raise MemoryError

    with pytest.raises(MemoryError):
        days.get(TIMETABLE, TODAY, fails)
    assert days.get(TIMETABLE, TODAY, made) == MADE
