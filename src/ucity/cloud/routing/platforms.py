"""Platforms: to the search one gets off at one and on at another, and what lies between is a change or a way on foot.

Every stop has two: where one gets off and where one gets on. Where transfers.txt has rules for single routes or trips,
these have further ones for themselves, so that a rule is nothing but how long it takes between two platforms: the
search need not know of it, and ordinary changes are no slower.

Of the rules that fit two trips, the most specific one counts; of equal ones, the one that asks for most. A rule without
stops is none. Source: GTFS Schedule reference, transfers.txt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from ucity.cloud.routing.patterns import Calls
from ucity.cloud.routing.timetable import Ints, Platforms
from ucity.network.feeds.gtfs import Gtfs

NEVER = 2**28
"""In place of seconds: not possible."""
USUAL = -1
"""In place of seconds: as long as it takes where no rule is."""
_TIMED, _AT_LEAST, _IMPOSSIBLE = 1, 2, 3
_RANKS = {(2, 2): 5, (2, 1): 4, (1, 2): 4, (2, 0): 3, (0, 2): 3, (1, 1): 2, (1, 0): 1, (0, 1): 1, (0, 0): 0}
"""Of a rule, by what it names on either side: 2 a trip, 1 a route."""
_SIDES = ("from", "to")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a timetable: ``stops`` and ``trips`` as it has them, keys of ``routes``."""

    stops: pl.DataFrame
    routes: pl.DataFrame
    trips: pl.DataFrame


def rules_of(feeds: Mapping[str, Gtfs], rows: Rows) -> pl.DataFrame:
    """Columns from_stop, to_stop, from_route, to_route, from_trip, to_trip (rows, null for any), rank, least (seconds,
    ``NEVER`` or ``USUAL``). A rule of a station is there for each of its platforms."""
    kinds = pl.col("transfer_type")
    asks = pl.when(kinds == _IMPOSSIBLE).then(NEVER).when(kinds == _TIMED).then(0)
    asks = asks.when(kinds == _AT_LEAST).then(pl.col("min_transfer_time").clip(0, NEVER - 1))
    names = [f"{side}_{what}" for side in _SIDES for what in ("stop", "route", "trip")]
    together = [
        gtfs.transfers.filter(kinds <= _IMPOSSIBLE).select(
            *((pl.lit(f"{feed}:") + pl.col(f"{name}_id")).alias(name) for name in names),
            asks.fill_null(USUAL).cast(pl.Int32).alias("least"),
        )
        for feed, gtfs in feeds.items()
    ]
    rules = pl.concat(together)
    for side in _SIDES:
        rules = _numbered(rules, f"{side}_stop", _and_their_platforms(rows.stops), how="inner")
        rules = _numbered(rules, f"{side}_route", _keys(rows.routes))
        rules = _numbered(rules, f"{side}_trip", _keys(rows.trips))
        by_trip = pl.col(f"{side}_trip").is_not_null()
        rules = rules.with_columns(pl.when(~by_trip).then(f"{side}_route").alias(f"{side}_route"))
    return rules.with_columns(rank=_rank())


def _rank() -> pl.Expr:
    named = [
        pl.when(pl.col(f"{side}_trip").is_not_null())
        .then(2)
        .otherwise(pl.col(f"{side}_route").is_not_null().cast(pl.Int32))
        for side in _SIDES
    ]
    ranks = {10 * one + other: rank for (one, other), rank in _RANKS.items()}
    return (10 * named[0] + named[1]).replace_strict(ranks, return_dtype=pl.Int32)


def _numbered(rules: pl.DataFrame, name: str, keys: pl.DataFrame, how: str = "left") -> pl.DataFrame:
    known = keys.select(pl.col("key").alias(name), pl.col("row").alias(f"{name}_row"))
    joined = rules.join(known, on=name, how=how, maintain_order="left")  # type: ignore[arg-type]  # one of two
    return joined.drop(name).rename({f"{name}_row": name})


def _keys(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("key", pl.int_range(pl.len(), dtype=pl.Int32).alias("row"))


def _and_their_platforms(stops: pl.DataFrame) -> pl.DataFrame:
    """Each stop's key with its row, and each station's key with the rows of its platforms."""
    rows = stops.with_row_index("row").select("key", pl.col("row").cast(pl.Int32), "parent")
    parents = rows.select(pl.col("key"), pl.col("row").alias("parent"))
    platforms = rows.drop_nulls("parent").select("row", "parent").join(parents, on="parent").select("key", "row")
    return pl.concat([rows.select("key", "row"), platforms])


def placed(rules: pl.DataFrame, calls: Calls, trips: pl.DataFrame, stops: int) -> tuple[Platforms, Calls]:
    """The platforms of so many stops, and the calls at them."""
    counts = np.diff(calls.first)
    at = pl.DataFrame(
        {
            "stop": calls.stop,
            "trip": np.repeat(np.arange(len(counts), dtype=np.int32), counts),
            "route": np.repeat(trips["route"].to_numpy(), counts),
        },
        schema={"stop": pl.Int32, "trip": pl.Int32, "route": pl.Int32},
    )
    further = [_further(rules, side, at) for side in _SIDES]
    off = _platforms(further[0], stops, 0, 2 * stops)
    on = _platforms(further[1], stops, stops, 2 * stops + further[0].height)
    stop = np.zeros(off.height + on.height, np.int32)
    for each in (off, on):
        stop[each["platform"].to_numpy()] = each["stop"].to_numpy()
    where = [_where(each, at) for each in (off, on)]
    return Platforms(stop, off, on, _asked(rules, off, on)), replace(calls, off=where[0], on=where[1])


def _further(rules: pl.DataFrame, side: str, at: pl.DataFrame) -> pl.DataFrame:
    """Columns stop, trip, route: what calls at a stop and is named by its rules; null where only the other is."""
    named = at
    for what in ("trip", "route"):
        by_name = rules.select(pl.col(f"{side}_stop").alias("stop"), pl.col(f"{side}_{what}").alias(what)).drop_nulls()
        known = by_name.unique().with_columns(pl.col(what).alias(f"named_{what}"))
        named = named.join(known, on=["stop", what], how="left")
    named = named.select("stop", pl.col("named_trip").alias("trip"), pl.col("named_route").alias("route"))
    return (
        named.filter(pl.col("trip").is_not_null() | pl.col("route").is_not_null())
        .unique()
        .sort("stop", "trip", "route")
    )


def _platforms(further: pl.DataFrame, stops: int, first: int, then: int) -> pl.DataFrame:
    """Columns stop, trip, route, platform: one of each stop, numbered from ``first``, and the further ones."""
    plain = pl.DataFrame({"stop": np.arange(stops, dtype=np.int32)}).with_columns(
        pl.lit(None, pl.Int32).alias("trip"), pl.lit(None, pl.Int32).alias("route")
    )
    numbered = [
        each.with_columns((pl.int_range(pl.len()) + begin).cast(pl.Int32).alias("platform"))
        for each, begin in ((plain, first), (further, then))
    ]
    return pl.concat(numbered)


def _where(platforms: pl.DataFrame, at: pl.DataFrame) -> Ints:
    """The platform of each call: the one that names both its trip and its route, or one of them, or the stop's own."""
    found = at.select("stop", "trip", "route")
    keys = [("trip", "route"), ("trip",), ("route",), ()]
    for number, names in enumerate(keys):
        others = [name for name in ("trip", "route") if name not in names]
        fitting = platforms.filter(
            *(pl.col(name).is_not_null() for name in names), *(pl.col(name).is_null() for name in others)
        ).select("stop", *names, pl.col("platform").alias(f"platform_{number}"))
        found = found.join(fitting, on=["stop", *names], how="left", maintain_order="left")
    where: Ints = found.select(pl.coalesce(f"platform_{number}" for number in range(len(keys)))).to_series().to_numpy()
    return where


def platforms_at(platforms: pl.DataFrame, stop: Ints, route: int | None) -> Ints:
    """Of those that get off or on (``Platforms.off``, ``on``), where a trip of the route that nothing names does."""
    at = pl.DataFrame({"stop": stop}).with_columns(
        pl.lit(None, pl.Int32).alias("trip"), pl.lit(route, pl.Int32).alias("route")
    )
    return _where(platforms, at)


def _asked(rules: pl.DataFrame, off: pl.DataFrame, on: pl.DataFrame) -> pl.DataFrame:
    """Columns off, on, least: of every two platforms between which a rule counts."""
    both = rules
    for side, platforms in zip(_SIDES, (off, on), strict=True):
        here = platforms.select(pl.all().name.prefix(f"{side}_at_"))
        both = both.join(here, left_on=f"{side}_stop", right_on=f"{side}_at_stop").filter(
            pl.col(f"{side}_{what}").is_null() | (pl.col(f"{side}_{what}") == pl.col(f"{side}_at_{what}"))
            for what in ("trip", "route")
        )
    first = both.sort("rank", "least", descending=True).select(
        pl.col("from_at_platform").alias("off"), pl.col("to_at_platform").alias("on"), "least"
    )
    return first.unique(["off", "on"], keep="first", maintain_order=True)
