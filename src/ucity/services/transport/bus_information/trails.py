"""Where vehicles have been in the last minutes, for maps to begin with. Pure."""

from datetime import datetime, timedelta

import polars as pl

from ucity.services.transport.bus_information.models import TrailInfo

LAST = timedelta(minutes=10)
"""How far back a trail goes; a choice of ours."""
MOST = 500
"""Vehicles of which one answer has trails: those that are nearest to the middle of the view."""
_EVERY = "20s"
"""A vehicle that reports more often has one place in so long a time."""
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def in_view(current: pl.DataFrame, box: Box, now: datetime) -> list[str]:
    """Subjects of the vehicles that are in the box now, the nearest to its middle first. ``current``: of the stream."""
    west, south, east, north = box
    inside = pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north)
    far = ((pl.col("lon") - (west + east) / 2).abs(), (pl.col("lat") - (south + north) / 2).abs())
    here = current.filter(inside & (pl.col("observed_at") > now - LAST))
    return here.sort(pl.max_horizontal(far), "subject")["subject"].to_list()


def trails(history: pl.DataFrame, now: datetime) -> list[TrailInfo]:
    """Trails by subject, from the history of the stream; without vehicles that have told no place."""
    told = history.drop_nulls(["lon", "lat"]).sort("subject", "observed_at")
    kept = told.unique(["subject", pl.col("observed_at").dt.truncate(_EVERY)], keep="last", maintain_order=True)
    ago = (pl.lit(now) - pl.col("observed_at")).dt.total_milliseconds() / 1000
    points = kept.group_by("subject", maintain_order=True).agg(pl.col("lon", "lat").round(6), ago.round(1).alias("ago"))
    return [
        TrailInfo(vehicle=subject, points=list(zip(lons, lats, agos, strict=True)))
        for subject, lons, lats, agos in points.iter_rows()
    ]
