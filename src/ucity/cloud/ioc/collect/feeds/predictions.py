"""What was predicted of calls at stops some minutes before them, to be told with the calls once they are made. Pure.

A prediction is told again and again for ``_WITHIN_S``: what is packed more often than that, and taken up again soon
after its process was killed, has lost none.
"""

from datetime import datetime, timedelta
from io import BytesIO

import polars as pl

from ucity.blueprint.frames import TIME, ColumnType
from ucity.blueprint.predictions import HORIZONS, predicted

_WITHIN_S = 120
"""A prediction counts as one of so many minutes before when it was told up to so long before that."""
_FORGOTTEN = timedelta(hours=3)
"""After a call was due; feeds tell of the calls of a trip until it ends."""
MOST = 200_000
"""Calls of a feed of which it is remembered: the latest ones, in about as many times 60 bytes."""
PACKED_EVERY = timedelta(seconds=60)
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
    kept = kept.filter(pl.col("due") > now - _FORGOTTEN)
    return kept if kept.height <= MOST else kept.top_k(MOST, by="due")


def with_predictions(calls: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Calls, with what was predicted of them."""
    return calls.join(kept.drop("due"), on=_CALL, how="left", maintain_order="left")


def packed(kept: pl.DataFrame) -> bytes:
    """As an Arrow IPC file."""
    out = BytesIO()
    kept.write_ipc(out, compression="zstd")
    return out.getvalue()


def unpacked(data: bytes | None) -> pl.DataFrame:
    """What was packed; nothing where nothing was, or by a city that remembered something else."""
    kept = NONE if data is None else pl.read_ipc(BytesIO(data), use_pyarrow=False)
    return kept if kept.schema == NONE.schema else NONE
