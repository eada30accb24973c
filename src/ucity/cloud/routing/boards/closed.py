"""Calls on a board that alerts of ``NO_SERVICE`` close, as the search for ways has it (``closures``). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from ucity.blueprint.boards import CallState
from ucity.cloud.routing.added import Added, blocks_of_added
from ucity.cloud.routing.adjusting import adjusted, told_of
from ucity.cloud.routing.closures import Closures
from ucity.cloud.routing.day import Block, blocks_of, epoch_of
from ucity.cloud.routing.timetable import RUN, Runs, Timetable

_CLOSED = {"trip": pl.Int32, "clock": pl.Int64, "call": pl.Int32, "closed": pl.String}


class Closing:
    """``added``: the runs that are not in the timetable, which the closures know as well."""

    def __init__(self, timetable: Timetable, closures: Closures | None, added: Sequence[Added]) -> None:
        self._timetable, self._closures, self._added = timetable, closures, added

    def of(self, calls: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
        """``calls`` (see ``calls.calls_frame``) with the state of those that are closed: SKIPPED where a stop is, and
        CANCELLED where the run has ended. ``expected``: as in ``expected.Live.calls``."""
        runs = calls.drop_nulls("trip")
        if self._closures is None or runs.is_empty():
            return calls
        planned = runs.filter(pl.col("trip") >= 0)
        clocks = planned.select(*RUN, pl.Series("clock", self._clocks(planned), pl.Int64)).unique(RUN)
        epoch = epoch_of(runs["day"][0])
        blocks = [*self._planned(clocks, expected, epoch)]
        numbers = (-1 - trip for trip in runs.filter(pl.col("trip") < 0)["trip"].unique().to_list())
        blocks += blocks_of_added(self._timetable, ((number, self._added[number]) for number in numbers), epoch)
        closed = pl.DataFrame(list(_closed(self._closures, blocks, epoch)), _CLOSED, orient="row")
        named = calls.join(clocks, on=RUN, how="left", maintain_order="left").with_columns(pl.col("clock").fill_null(0))
        joined = named.join(closed, on=["trip", "clock", "call"], how="left", maintain_order="left")
        is_off = pl.col("state") == CallState.CANCELLED.value
        state = pl.when(is_off).then("state").otherwise(pl.coalesce("closed", "state"))
        return joined.with_columns(state=state).drop("clock", "closed")

    def _clocks(self, planned: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
        table = self._timetable
        trip, call, arrives = (planned[name].to_numpy() for name in ("trip", "call", "arrives"))
        found: np.ndarray[Any, np.dtype[np.int64]] = arrives - table.arrives[table.first_call[trip] + call]
        return found

    def _planned(self, clocks: pl.DataFrame, expected: pl.DataFrame, epoch: int) -> Sequence[Block]:
        """These runs of the timetable (columns of ``RUN``, clock) where they are expected."""
        runs = [
            Runs(day, *(of[name].to_numpy() for name in ("trip", "clock", "shift")))
            for (day,), of in clocks.group_by("day", maintain_order=True)
        ]
        if not runs:
            return []
        told = told_of(self._timetable, expected.join(clocks, on=RUN, how="semi"), expected.clear())
        return adjusted(self._timetable, blocks_of(self._timetable, epoch, runs), epoch, told)


def _closed(closures: Closures, blocks: Iterable[Block], epoch: int) -> Iterator[tuple[int, int, int, str]]:
    """Rows of ``_CLOSED``."""
    for block in blocks:
        if closed := closures.closed(block, epoch):
            for run, call in np.argwhere(closed.off | closed.skipped).tolist():
                state = CallState.CANCELLED if closed.off[run, call] else CallState.SKIPPED
                yield int(block.trip[run]), int(block.clock[run]), call, state.value
