"""Comparisons of a bus's sensor with the stations that it passes, one an hour of each bus.

Measurements that are close in space and time are of the same air; a sensor that passes a reference station is checked
by it. Whitehill et al. (2024, doi 10.5194/amt-17-2991-2024) compare moving laboratories with fixed stations hour by
hour, and find medians of some forty hourly differences good enough to judge an instrument by. The distance, the times
and the lowest concentration below are our choices.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from ucity.services.environment.air_quality.bands import Array

RADIUS_M = 500.0
"""A bus passes a station when it is not farther than this, in metres."""
LOWEST = {"pm25": 5.0, "pm10": 10.0}
"""In ug/m3, at the station: below, a ratio says more of the instruments' noise than of the sensor."""
SMALLEST = 0.1
"""In ug/m3: a bus's reading below this counts as this, so that a ratio is never zero."""
POLLUTANTS = tuple(LOWEST)

_EARTH_M = 6_371_008.8
_CELL_DEG = 0.02
"""Side of the cells that are searched around a station; more than RADIUS_M up to 75 degrees of latitude."""


def distance_m(lon: Array, lat: Array, other_lon: Array, other_lat: Array) -> Array:
    """Great-circle distance in metres on a sphere of the Earth's mean radius (haversine); degrees, WGS 84."""
    phi, other_phi = np.radians(lat), np.radians(other_lat)
    half = np.sin((other_phi - phi) / 2) ** 2
    half += np.cos(phi) * np.cos(other_phi) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    return np.asarray(2 * _EARTH_M * np.arcsin(np.sqrt(np.minimum(half, 1))), dtype=np.float64)


def _cell(column: str) -> pl.Expr:
    return (pl.col(column) / _CELL_DEG).floor().cast(pl.Int64)


def _searched(stations: pl.DataFrame) -> pl.DataFrame:
    """Each station once for each of the nine cells around it."""
    steps = pl.DataFrame({"dx": [-1, 0, 1]}).join(pl.DataFrame({"dy": [-1, 0, 1]}), how="cross")
    return stations.join(steps, how="cross").select(
        "station",
        "station_lon",
        "station_lat",
        cx=_cell("station_lon") + pl.col("dx"),
        cy=_cell("station_lat") + pl.col("dy"),
    )


def near(buses: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``buses`` within RADIUS_M of a station, once a station, with the column ``station`` added.

    ``buses`` has lon and lat; ``stations`` has station, station_lon, station_lat; degrees, WGS 84.
    """
    placed = buses.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    pairs = placed.with_columns(cx=_cell("lon"), cy=_cell("lat")).join(_searched(stations), on=("cx", "cy"))
    sides = (pairs[name].to_numpy() for name in ("lon", "lat", "station_lon", "station_lat"))
    close = pl.Series(distance_m(*sides) <= RADIUS_M, dtype=pl.Boolean)
    return pairs.filter(close).drop("cx", "cy", "station_lon", "station_lat")


def _references(hours: pl.DataFrame) -> pl.DataFrame:
    """What stations say of each hour: the hour's own mean, or the mean of the hour before where it has not come yet."""
    values = [f"{key}_1h" for key in POLLUTANTS]
    own = hours.select("observed_at", *values, station="subject", age=pl.lit(0))
    before = own.with_columns(pl.col("observed_at") + pl.duration(hours=1), age=pl.lit(1))
    return pl.concat([own, before]).sort("age").unique(["station", "observed_at"], keep="first", maintain_order=True)


def _ratio(key: str) -> pl.Expr:
    reference = pl.col(f"{key}_1h")
    return (
        pl.when(reference >= LOWEST[key]).then(pl.col(key).clip(lower_bound=SMALLEST) / reference).alias(f"{key}_ratio")
    )


def checks(buses: pl.DataFrame, hours: pl.DataFrame, pollutants: Sequence[str] = POLLUTANTS) -> pl.DataFrame:
    """One comparison an hour of each bus: columns subject, observed_at (the hour), pm25_ratio, pm10_ratio,
    stations_passed.

    ``buses``: readings of buses; ``hours``: hourly means of stations, with their places; both in any order. A pass is
    the median of a bus's readings near one station in one hour, so that a bus that waits there counts once; the ratio
    of an hour is the median of its passes. An hour without any ratio gives no row.
    """
    places = hours.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    stations = places.group_by("subject").agg(pl.col("lon", "lat").sort_by("observed_at").last())
    stations = stations.select(station="subject", station_lon="lon", station_lat="lat")
    close = near(buses.select("subject", "observed_at", "lon", "lat", *pollutants), stations)
    passes = close.group_by("subject", "station", pl.col("observed_at").dt.truncate("1h")).agg(
        pl.col(*pollutants).median()
    )
    compared = passes.join(_references(hours), on=("station", "observed_at")).with_columns(map(_ratio, pollutants))
    ratios = [f"{key}_ratio" for key in pollutants]
    told = compared.filter(pl.any_horizontal(pl.col(*ratios).is_not_null()))
    return (
        told.group_by("subject", "observed_at")
        .agg(pl.col(*ratios).median().round(6), stations_passed=pl.len().cast(pl.Float64))
        .sort("subject", "observed_at")
    )
