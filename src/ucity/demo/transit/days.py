"""Days as a timetable knows them, in Korean time. A day is told by its number since 1 January 1970."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from ucity.demo.air import UTC_OFFSET
from ucity.demo.instruments import Ints
from ucity.demo.noise import Array
from ucity.demo.transit.timetable import DAY, DAY_BEGINS

_EPOCH = date(1970, 1, 1)
# National holidays of Korea that have the same date each year; those of the lunar calendar are left out.
_HOLIDAYS = {(1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25)}


def service_day(at_s: Array | float) -> Ints:
    """The service day under way, ``at_s`` seconds after 1970 (UTC)."""
    return np.floor_divide(np.asarray(at_s) + UTC_OFFSET - DAY_BEGINS, DAY).astype(np.int64)


def into_day(day: int, at_s: Array | float) -> Array:
    """Seconds after the midnight with which the day begins."""
    return np.asarray(at_s + UTC_OFFSET - day * DAY, dtype=np.float64)


def moment(day: int, seconds: float) -> float:
    """Seconds after 1970 of a time of a service day."""
    return day * DAY + seconds - UTC_OFFSET


def date_of(day: int) -> date:
    """Its date."""
    return _EPOCH + timedelta(days=day)


def day_of(date_: date) -> int:
    """Its number."""
    return (date_ - _EPOCH).days


def instant(at_s: float) -> datetime:
    """A time in UTC."""
    return datetime.fromtimestamp(at_s, UTC)


def is_rest(date_: date) -> bool:
    """Whether it is a Saturday, a Sunday or a holiday."""
    return date_.weekday() >= 5 or (date_.month, date_.day) in _HOLIDAYS


def holidays(year: int) -> list[date]:
    """The holidays of a year, in order."""
    return [date(year, month, day) for month, day in sorted(_HOLIDAYS)]
