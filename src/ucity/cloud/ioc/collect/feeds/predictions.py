"""What was predicted of calls at stops some minutes before them, to be told with the calls once they are made. Pure."""

from datetime import datetime, timedelta

import polars as pl

from ucity.blueprint.frames import TIME, ColumnType
from ucity.blueprint.predictions import HORIZONS, predicted

_WITHIN_S = 120
"""A prediction counts as one of so many minutes before when it was told up to so long before that."""
_FORGOTTEN = timedelta(hours=3)
"""After a call was due; feeds tell of the calls of a trip until it ends."""
_CALL = ("trip", "day", "sequence")
NAMES = tuple(map(predicted, HORIZONS))
_SCHEMA: dict[str, ColumnType] = {"trip": pl.String, "day": pl.Date, "sequence": pl.Int64, "due": TIME}
NONE = pl.DataFrame(schema=_SCHEMA | dict.fromkeys(NAMES, pl.Float64))
"""Nothing is remembered."""


def remembered(before: pl.DataFrame, matches: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """``before``, with what these updates predict; columns of ``NONE``. ``matches``: see ``matching.matched``."""
    due, late = pl.coalesce("arrival_at", "departure_at"), pl.coalesce("arrival_delay", "departure_delay")
    ahead = (due - pl.col("at")).dt.total_seconds()
    told = [
        pl.when(ahead.is_between(60 * minutes, 60 * minutes + _WITHIN_S)).then(late.cast(pl.Float64)).alias(name)
        for minutes, name in zip(HORIZONS, NAMES, strict=True)
    ]
    news = matches.select(*_CALL, due.alias("due"), *told).filter(pl.any_horizontal(pl.col(*NAMES).is_not_null()))
    newest = pl.concat([before, news.select(before.columns)]).group_by(_CALL, maintain_order=True)
    kept = newest.agg(pl.col("due").last(), pl.col(*NAMES).drop_nulls().last())
    return kept.filter(pl.col("due") > now - _FORGOTTEN)


def with_predictions(calls: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Calls, with what was predicted of them."""
    return calls.join(kept.drop("due"), on=_CALL, how="left", maintain_order="left")
