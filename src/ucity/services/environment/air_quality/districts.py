"""The air of each district: its stations' newest indices together, and what trusted buses tell from between them."""

from datetime import datetime, timedelta

import polars as pl

from ucity.services.environment.air_quality.cai import GRADE_EDGES, GRADES
from ucity.services.environment.air_quality.confidence import TRUSTED

FRESH = timedelta(hours=3)
"""An index of an hour that began longer ago says nothing of now: hourly values are stamped with their beginning and
come a while after their end."""
BUS_FRESH = timedelta(hours=1)
"""A bus's reading older than this says nothing of the district that the bus was in."""


def newest_indices(indices: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The newest index of each kind of each station that is not older than FRESH.

    ``indices``: columns of the stream ``indices``, in any order. Result: columns subject, hour (of the CAI), cai,
    cai_pollutant, us_aqi. Each index has its own newest hour: when one cannot be given any more, the other goes on.
    """
    fresh = indices.filter(pl.col("observed_at") > now - FRESH).sort("observed_at")

    def newest(column: str, of: str) -> pl.Expr:
        return pl.col(column).filter(pl.col(of).is_not_null()).last()

    return fresh.group_by("subject").agg(
        newest("observed_at", "cai").alias("hour"),
        newest("cai", "cai"),
        newest("cai_pollutant", "cai"),
        newest("us_aqi", "us_aqi"),
    )


def cai_grade(index: pl.Expr) -> pl.Expr:
    """Name of the grade of an index; null for null."""
    bands = zip(GRADE_EDGES, GRADES, strict=True)
    return pl.coalesce([pl.when(index <= edge).then(pl.lit(name)) for edge, name in bands])


def _buses(buses: pl.DataFrame, confidence: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """By district: how many trusted buses are about, and the median of their PM2.5, mended by their bias."""
    trusted = confidence.filter(pl.col("confidence") >= TRUSTED).select("subject", "pm25_bias")
    about = buses.filter(pl.col("observed_at") > now - BUS_FRESH).join(trusted, on="subject")
    mended = about.with_columns(pl.col("pm25") / pl.col("pm25_bias")).drop_nulls("pm25")
    return mended.group_by("district").agg(buses=pl.len(), bus_pm25=pl.col("pm25").median().round(1))


def summary(
    stations: pl.DataFrame, indices: pl.DataFrame, buses: pl.DataFrame, confidence: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """One row a district that has stations or trusted buses, in order of its name, what lies in none of them first.

    ``stations``, ``buses`` and ``confidence`` are current states; ``indices`` the readings of at least the last FRESH.
    Columns: district, stations, reporting (those with a fresh CAI), cai_median, cai_highest, cai_median_grade,
    cai_grade (of the highest), cai_pollutant, us_aqi_median, us_aqi_highest, hour (newest of the CAIs), observed_at
    (newest reading of a station), buses, bus_pm25.
    """
    placed = stations.select("subject", "district", "observed_at").join(
        newest_indices(indices, now), on="subject", how="left"
    )
    by_district = (
        placed.sort("cai", "subject", nulls_last=False)
        .group_by("district")
        .agg(
            stations=pl.len(),
            reporting=pl.col("cai").count(),
            cai_median=pl.col("cai").median(),
            cai_highest=pl.col("cai").max(),
            cai_pollutant=pl.col("cai_pollutant").last(),
            us_aqi_median=pl.col("us_aqi").median(),
            us_aqi_highest=pl.col("us_aqi").max(),
            hour=pl.col("hour").max(),
            observed_at=pl.col("observed_at").max(),
        )
    )
    joined = by_district.join(
        _buses(buses, confidence, now), on="district", how="full", coalesce=True, nulls_equal=True
    )
    return joined.with_columns(
        pl.col("stations", "reporting", "buses").fill_null(0),
        cai_median_grade=cai_grade(pl.col("cai_median").round(0, mode="half_away_from_zero")),
        cai_grade=cai_grade(pl.col("cai_highest")),
    ).sort("district", nulls_last=False)
