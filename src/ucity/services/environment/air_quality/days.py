"""Days: how the air of a station was on a day of the city's calendar, and how many days were how.

The grade of a day is that of its highest hour, the strictest there is: a day is good when no hour of it was worse. So
is the grade of a district's day that of the highest hour of its stations. Both are choices of ours. A day counts from
its first hour on, however few are known of it; how many are is told.
"""

from datetime import timedelta, tzinfo

import polars as pl

from ucity.blueprint.frames import days_of, rows
from ucity.services.environment.air_quality.cai import GRADES
from ucity.services.environment.air_quality.districts import cai_grade
from ucity.services.environment.air_quality.streams import DAYS

LONGEST_DAY = timedelta(hours=26)
"""Antarctica's Troll puts its clocks back by two hours, others by one."""


def touched(indices: pl.DataFrame, zone: tzinfo) -> pl.DataFrame:
    """Columns station, day: of the days that these indices fall into."""
    return indices.select(station="subject", day=days_of(indices["observed_at"], zone)).unique()


def days(indices: pl.DataFrame, zone: tzinfo) -> pl.DataFrame:
    """The rows of DAYS, in order of their key, of indices with the columns subject, observed_at and cai. Means are to a
    tenth."""
    told = indices.with_columns(day=days_of(indices["observed_at"], zone)).drop_nulls("cai")
    cai, grade = pl.col("cai"), cai_grade(pl.col("cai"))
    found = told.group_by("day", station="subject").agg(
        hours=pl.len(),
        cai_mean=cai.mean().round(1),
        cai_highest=cai.max(),
        highest_at=pl.col("observed_at").filter(cai == cai.max()).min(),
        **{f"hours_{each}": (grade == each).sum() for each in GRADES},
    )
    stamps = [time.astimezone(zone).isoformat() for time in found["highest_at"].to_list()]
    return rows(DAYS, found.with_columns(highest_at=pl.Series(stamps, dtype=pl.String))).frame.sort("station", "day")


def graded(known: pl.DataFrame) -> pl.DataFrame:
    """Rows of DAYS with the column ``grade``, that of the highest hour."""
    return known.with_columns(grade=cai_grade(pl.col("cai_highest")))


def _counted() -> dict[str, pl.Expr]:
    return {each: (pl.col("grade") == each).sum() for each in GRADES}


def stations_by_day(known: pl.DataFrame) -> pl.DataFrame:
    """Columns day and each of GRADES: how many stations had a day of that grade; in order of day."""
    return graded(known).group_by("day").agg(**_counted()).sort("day")


def days_by_district(known: pl.DataFrame) -> pl.DataFrame:
    """Of rows of DAYS with the column district: columns district and each of GRADES, how many days of that grade there
    were; in order of name, what lies in no district first."""
    worst = known.group_by("district", "day").agg(pl.col("cai_highest").max())
    return graded(worst).group_by("district").agg(**_counted()).sort("district", nulls_last=False)
