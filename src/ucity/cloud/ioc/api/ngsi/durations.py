"""Periods of aggregation: ISO 8601 durations, and where each period begins.

Source: ETSI GS CIM 009 V1.9.1, clause 4.5.19.1; ISO 8601-1:2019, 5.5.2.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, TooManyResults
from ucity.cloud.ioc.api.ngsi.lexical import shown

MOST_PERIODS = 10_000
_FRACTION = r"(?:[.,]\d{1,6}(?=[WDHMS]\Z))?"
"""What is given last may have one."""
_DAYS, _HOURS = rf"\d{{1,6}}{_FRACTION}", rf"\d{{1,9}}{_FRACTION}"
_DURATION = re.compile(
    rf"P(?:(?P<weeks>{_DAYS})W|(?:(?P<years>\d{{1,6}})Y)?(?:(?P<months>\d{{1,6}})M)?(?:(?P<days>{_DAYS})D)?"
    rf"(?:T(?=\d)(?:(?P<hours>{_HOURS})H)?(?:(?P<minutes>{_HOURS})M)?(?:(?P<seconds>{_HOURS})S)?)?)"
)


@dataclass(frozen=True)
class Duration:
    """Months of the calendar, and a fixed length of time. Both zero is all of the time that a query spans."""

    months: int = 0
    rest: timedelta = timedelta()

    def __bool__(self) -> bool:
        return bool(self.months or self.rest)


def read_duration(text: str, what: str) -> Duration:
    """A duration like ``P1DT12H``, ``P3M``, ``P2W`` or ``PT1.5H``: what is given last may have a fraction, unless it
    is months or years, which are of no one length."""
    found = _DURATION.fullmatch(text)
    if found is None or text in ("P", "PT"):
        raise BadRequestData(f"{what} is an ISO 8601 duration like PT1H or P1D, not {shown(text)}.")
    part = {name: float((value or "0").replace(",", ".")) for name, value in found.groupdict().items()}
    rest = timedelta(**{name: part[name] for name in ("weeks", "days", "hours", "minutes", "seconds")})
    return Duration(int(part["years"]) * 12 + int(part["months"]), rest)


def starts(first: datetime, until: datetime, duration: Duration) -> list[datetime]:
    """Where the periods begin that follow each other from ``first`` on and begin before ``until``.

    Raises TooManyResults when they are too many.
    """
    found = [first]
    while duration and (following := _after(first, duration, len(found))) < until:
        if len(found) >= MOST_PERIODS:
            raise TooManyResults(f"These are more than {MOST_PERIODS} periods. Ask for longer ones, or for less time.")
        found.append(following)
    return found


def periods(
    first: datetime, last: datetime, until: datetime | None, duration: Duration
) -> tuple[list[datetime], datetime]:
    """(where the periods begin, where the last one ends) from ``first`` on: up to ``until``, or without it to hold
    ``last``."""
    begins = starts(first, until or last + timedelta(microseconds=1), duration)
    if until is not None:
        return begins, until
    return begins, _after(first, duration, len(begins)) if duration else last


def end_of(at: int, begins: list[datetime], until: datetime) -> datetime:
    """Where a period ends: where the next one begins, or with the time that is asked about."""
    return begins[at + 1] if at + 1 < len(begins) else until


def _after(first: datetime, duration: Duration, times: int) -> datetime:
    """So many durations later; the day is the month's last where it would not exist."""
    month = first.month - 1 + duration.months * times
    year = first.year + month // 12
    if year > 9999:
        return datetime.max.replace(tzinfo=first.tzinfo)
    try:
        return _on_day(first, year, month % 12 + 1) + duration.rest * times
    except OverflowError:
        return datetime.max.replace(tzinfo=first.tzinfo)


def _on_day(first: datetime, year: int, month: int) -> datetime:
    for day in range(first.day, 27, -1):
        try:
            return first.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return first.replace(year=year, month=month)
