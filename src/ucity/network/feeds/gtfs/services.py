"""Which services run on a day."""

from datetime import date

import polars as pl

from ucity.network.feeds.gtfs.frames import Gtfs

_ADDED = 1


def services_on(gtfs: Gtfs, day: date) -> pl.Series:
    """The service_ids that run on this service day, sorted."""
    weekday = gtfs.calendar.columns[1 + day.weekday()]
    regular = gtfs.calendar.filter(pl.col(weekday) == 1, pl.lit(day).is_between("start_date", "end_date"))
    special = gtfs.calendar_dates.filter(pl.col("date") == day)
    added = pl.col("exception_type") == _ADDED
    running = pl.concat([regular["service_id"], special.filter(added)["service_id"]]).unique()
    removed = special.filter(~added)["service_id"]
    return running.filter(~running.is_in(removed.implode())).sort()


def days(gtfs: Gtfs) -> tuple[date, date]:
    """First and last service day that the calendars speak of."""
    added = gtfs.calendar_dates.filter(pl.col("exception_type") == _ADDED)["date"]
    firsts = pl.concat([gtfs.calendar["start_date"], added])
    lasts = pl.concat([gtfs.calendar["end_date"], added])
    first, last = firsts.min(), lasts.max()
    return (first, last) if isinstance(first, date) and isinstance(last, date) else (date.max, date.min)
