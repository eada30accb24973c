"""Pathways of all feeds as rows of a table, each direction by itself, with how long they take and who can use them."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from ucity.blueprint.journeys import Passage
from ucity.cloud.routing.ground import DETOUR, USUAL_SPEED
from ucity.cloud.routing.plane import Plane
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.streets.ways import STEPS, STEPS_AVOIDED
from ucity.cloud.routing.timetable import ENTRANCE
from ucity.network.feeds.gtfs import Gtfs

PASSAGES = (
    Passage.WALKWAY,
    Passage.STAIRS,
    Passage.MOVING_SIDEWALK,
    Passage.ESCALATOR,
    Passage.ELEVATOR,
    Passage.FARE_GATE,
    Passage.EXIT_GATE,
)
"""By GTFS's ``pathway_mode``, which counts from 1."""
_WALKWAY, _STAIRS, _SIDEWALK, _ESCALATOR, _ELEVATOR = range(1, 6)
_RIDDEN = (_SIDEWALK, _ESCALATOR, _ELEVATOR)
_BOARDING_AREA = 4
"""GTFS's ``location_type`` of a part of a platform."""
_INACCESSIBLE = 2

STEP_METRES = 0.6
"""Metres of level ground that take as long as a step of stairs: two steps a second."""
RIDE_SECONDS = {_SIDEWALK: 30, _ESCALATOR: 30, _ELEVATOR: 60}
"""What a ride takes of which neither time nor length is told, the wait for a lift included: our own assumption."""
_RIDE_SPEED = {_SIDEWALK: 0.65, _ESCALATOR: 0.43}
"""Metres a second over the ground, at the usual speeds of EN 115-1: 0.65 and 0.5 along an incline of 30 degrees."""
STEEPEST = 1 / 12
"""The steepest slope for a wheelchair: the example of GTFS, and the limit of Korea's rules for ramps."""
NARROWEST = 0.8
"""Metres that a wheelchair needs between two sides: a clear doorway (ISO 21542)."""


def pathways_of(feeds: Mapping[str, Gtfs], stops: pl.DataFrame, plane: Plane) -> pl.DataFrame:
    """Columns key (of a pathway, null inside a platform), is_reversed, origin and to (rows of ``stops``), mode, metres
    (of level ground that takes as long at one's own pace), seconds (beside them, whatever one's pace), length (metres
    over the ground), stairs and slope (positive upwards), width (metres), sign."""
    rows = stops.select(pl.col("key"), pl.int_range(pl.len(), dtype=pl.Int32).alias("row"))
    told = pl.concat([_of_feed(name, gtfs) for name, gtfs in feeds.items()])
    for end in ("origin", "to"):
        told = told.join(rows, left_on=f"{end}_key", right_on="key").rename({"row": end}).drop(f"{end}_key")
    there = told.drop("both_ways", "back_sign").with_columns(is_reversed=pl.lit(value=False))
    back = (
        told.filter(pl.col("both_ways") == 1)
        .drop("both_ways", "sign")
        .rename({"origin": "to", "to": "origin", "back_sign": "sign"})
        .with_columns(-pl.col("stairs"), -pl.col("slope"), is_reversed=pl.lit(value=True))
    )
    every = pl.concat([there, back, _to_boarding_areas(stops)], how="diagonal")
    return (
        every.with_columns(_straight(every, stops, plane)).with_columns(_length(), _metres(), _seconds()).drop("time")
    )


def _of_feed(name: str, gtfs: Gtfs) -> pl.DataFrame:
    key = pl.lit(f"{name}:")
    return gtfs.pathways.select(
        (key + pl.col("pathway_id")).alias("key"),
        (key + pl.col("from_stop_id")).alias("origin_key"),
        (key + pl.col("to_stop_id")).alias("to_key"),
        pl.col("pathway_mode").alias("mode"),
        pl.col("is_bidirectional").alias("both_ways"),
        "length",
        pl.col("traversal_time").alias("time"),
        pl.col("stair_count").fill_null(0).alias("stairs"),
        pl.col("max_slope").fill_null(0.0).alias("slope"),
        pl.col("min_width").alias("width"),
        pl.col("signposted_as").fill_null("").alias("sign"),
        pl.col("reversed_signposted_as").fill_null("").alias("back_sign"),
    )


def _to_boarding_areas(stops: pl.DataFrame) -> pl.DataFrame:
    """Between platforms and their boarding areas, which are parts of them."""
    areas = stops.with_row_index("row").filter(pl.col("kind") == _BOARDING_AREA).drop_nulls("parent")
    area, platform = areas["row"].cast(pl.Int32), areas["parent"].cast(pl.Int32)
    both = pl.DataFrame({"origin": pl.concat([area, platform]), "to": pl.concat([platform, area])})
    return both.with_columns(
        mode=pl.lit(_WALKWAY, pl.Int32),
        time=pl.lit(0, pl.Int32),
        length=pl.lit(0.0),
        stairs=pl.lit(0, pl.Int32),
        slope=pl.lit(0.0),
        sign=pl.lit(""),
        is_reversed=pl.lit(value=False),
    )


def _straight(pathways: pl.DataFrame, stops: pl.DataFrame, plane: Plane) -> pl.Series:
    x, y = plane.metres(stops["lon"].to_numpy(), stops["lat"].to_numpy())
    origin, to = pathways["origin"].to_numpy(), pathways["to"].to_numpy()
    return pl.Series("straight", np.hypot(x[origin] - x[to], y[origin] - y[to]) * DETOUR)


def _length() -> pl.Expr:
    return pl.coalesce("length", "straight").alias("length")


def _metres() -> pl.Expr:
    steps = pl.col("stairs").abs() * STEP_METRES
    along = pl.coalesce("length", "straight")
    on_stairs = pl.when(pl.col("stairs") != 0).then(steps).otherwise(along * STEPS)
    walked = pl.when(pl.col("mode") == _STAIRS).then(on_stairs).otherwise(along + steps)
    own_pace = pl.coalesce(pl.col("time") * USUAL_SPEED, walked)
    return pl.when(pl.col("mode").is_in(_RIDDEN)).then(0.0).otherwise(own_pace).alias("metres")


def _seconds() -> pl.Expr:
    mode = pl.col("mode")
    by_length = pl.col("length") / mode.replace_strict(_RIDE_SPEED, default=None, return_dtype=pl.Float64)
    usual = mode.replace_strict(RIDE_SECONDS, default=0, return_dtype=pl.Float64)
    # The length is the straight line where none is told: entrance and platform of a shaft may be in one place.
    ridden = pl.coalesce("time", pl.when(pl.col("length") > 0).then(by_length), usual)
    return pl.when(mode.is_in(_RIDDEN)).then(ridden).otherwise(0.0).alias("seconds")


def usable(pathways: pl.DataFrame, stops: pl.DataFrame, going: Going) -> pl.DataFrame:
    """Those that one can go along, with the metres and seconds of whoever goes like that. Who wants few steps walks
    around stairs as on streets; a wheelchair rolls on what is level or not too steep, and goes up and down by lift."""
    numbered = pathways.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("pathway"))
    has_stairs = (pl.col("mode") == _STAIRS) | (pl.col("stairs") != 0) & ~pl.col("mode").is_in(_RIDDEN)
    if going is Going.FEW_STEPS:
        avoided = pl.when(has_stairs).then(pl.col("metres") * STEPS_AVOIDED / STEPS).otherwise("metres")
        return numbered.with_columns(avoided.alias("metres"))
    if going is not Going.WHEELCHAIR:
        return numbered
    closed = (stops["kind"] == ENTRANCE) & (stops["wheelchair"] == _INACCESSIBLE)
    rows = stops.select(pl.int_range(pl.len(), dtype=pl.Int32)).to_series().filter(closed)
    return numbered.filter(
        ~has_stairs,
        pl.col("mode") != _ESCALATOR,
        pl.col("slope").abs() <= STEEPEST,
        pl.col("width").fill_null(NARROWEST) >= NARROWEST,
        ~pl.col("origin").is_in(rows.implode()),
        ~pl.col("to").is_in(rows.implode()),
    )
