"""Calls that vehicles are seen to make, where nobody tells of calls: from one message with positions to the next.

A vehicle that was at or before one call of its trip and is now at or before a later one has left the first meanwhile:
half way between the two messages, as nothing better is known. When it stood there, it came when that was first seen.
"""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

_LONGEST_GAP = timedelta(minutes=2)
"""Between two positions; after a longer one it is not known well enough when a vehicle left."""
_SAME_RUN = ("own", "trip", "day")


@dataclass(frozen=True, slots=True)
class Seen:
    """``calls``: made since the message before, with the columns of ``matching.matched``. ``places``: to be handed over
    with the next message."""

    calls: pl.DataFrame
    places: pl.DataFrame


def seen(before: pl.DataFrame | None, stations: pl.DataFrame) -> Seen:
    """What a message shows whose vehicles are at these ``stations`` (see ``matching.stationed``)."""
    known = stations.with_columns(came_at=pl.lit(None, pl.Datetime("us", "UTC"))) if before is None else before
    both = stations.join(known, on=list(_SAME_RUN), how="left", suffix="_before", maintain_order="left")
    stays = (pl.col("sequence") == pl.col("sequence_before")).fill_null(value=False)
    places = both.with_columns(
        came_at=pl.when(pl.col("is_stopped")).then(
            pl.coalesce(pl.when(stays).then("came_at"), pl.col("at")),
        )
    ).select(*stations.columns, "came_at")
    if before is None:
        return Seen(_made(places.clear(), pl.lit(None, pl.Datetime("us", "UTC"))), places)
    gap = pl.col("at_now") - pl.col("at")
    left = before.join(stations.select(*_SAME_RUN, at_now="at", sequence_now="sequence"), on=list(_SAME_RUN)).filter(
        pl.col("sequence_now") > pl.col("sequence"), gap <= _LONGEST_GAP
    )
    ended = places.filter("is_last", "is_stopped")
    calls = [
        _made(left.with_columns(departure_at=pl.col("at") + gap / 2, at=pl.col("at_now")), pl.col("departure_at")),
        _made(ended, pl.lit(None, pl.Datetime("us", "UTC"))),
    ]
    return Seen(pl.concat(calls), places)


def _made(calls: pl.DataFrame, departure_at: pl.Expr) -> pl.DataFrame:
    late = (departure_at - pl.col("departure_planned")).dt.total_seconds()
    return calls.select(
        *("trip", "day", "vehicle", "sequence", "stop", "stop_name", "lon", "lat", "is_last"),
        arrival_at="came_at",
        arrival_delay=(pl.col("came_at") - pl.col("arrival_planned")).dt.total_seconds(),
        departure_at=departure_at,
        departure_delay=late,
        route="route",
        direction="direction",
        at="at",
    )
