"""Calls on a board of runs that feeds add to the timetable. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from ucity.blueprint.boards import CallState
from ucity.cloud.routing.added import Added
from ucity.cloud.routing.timetable import RUN

_CALLS: dict[str, Any] = {
    "trip": pl.Int32,
    "replaced": pl.Int32,
    "route": pl.Int32,
    "day": pl.Date,
    "shift": pl.Int32,
    "told_at": pl.Datetime("us", "UTC"),
    "stop": pl.Int32,
    "call": pl.Int32,
    "sequence": pl.Int64,
    "arrives_expected": pl.Int64,
    "departs_expected": pl.Int64,
    "state": pl.String,
}
"""``trip``: -1 - n for the n-th run; ``replaced``: the row of the trip whose name it has, ``shift`` that of its run."""


def calls_beside(added: Sequence[Added]) -> pl.DataFrame:
    """Columns of ``_CALLS`` of all calls of these runs whose line is known."""
    rows = [
        (
            -1 - number,
            run.trip,
            run.route,
            date.fromordinal(run.ordinal),
            run.shift,
            run.told_at,
            *call,
            CallState.EXPECTED.value,
        )
        for number, run in enumerate(added)
        if run.route is not None
        for call in zip(run.stop, range(len(run.stop)), run.sequence, run.arrives, run.departs, strict=True)
    ]
    return pl.DataFrame(rows, _CALLS, orient="row")


def with_beside(calls: pl.DataFrame, beside: pl.DataFrame) -> pl.DataFrame:
    """``calls`` (see ``calls.calls_frame``) with these. What is cancelled and comes in another way is shown once."""
    others = beside.select("stop", "day", "shift", trip="replaced")
    is_off = pl.col("state") == CallState.CANCELLED.value
    again = calls.filter(is_off).join(others, on=["stop", *RUN], how="anti", maintain_order="left")
    return pl.concat([calls.filter(~is_off), again, beside.drop("replaced")], how="diagonal_relaxed")
