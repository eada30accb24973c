"""Which run of the timetable each vehicle is that is told of by its line alone, as far as that can be known. Pure.

A vehicle may be a run of its line that is planned to call, within ``NEAR``, where the vehicle is told to come first;
what is told of later stops counts as far as the run calls there in this order. Vehicles of a line come one after
another as its runs do, and no two are one run: of all such ways the one with the most vehicles counts, and of these the
one with the smallest differences. Left alone is a vehicle that is far from all runs, that may go either way of its
line, or whose run others tell of.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate

import numpy as np
import polars as pl

from ucity.cloud.routing.boards.arrivals import NEAR
from ucity.cloud.routing.timetable import RUN, Timetable, departures

_VEHICLE_AND_RUN = ["vehicle", *RUN]
_TIME = pl.Datetime("us", "UTC")
TIES: dict[str, type[pl.DataType] | pl.DataType] = {
    "vehicle": pl.String,
    "trip": pl.Int32,
    "day": pl.Date,
    "shift": pl.Int32,
    "clock": pl.Int64,
    "call": pl.Int32,
    "sequence": pl.Int64,
    "arrival_time": _TIME,
    "uncertainty": pl.Int32,
    "reached": pl.Int32,
    "told_at": _TIME,
}
"""``clock``: see ``timetable.Runs``; ``sequence``: the timetable's; ``reached``: the call that the vehicle goes to now;
``told_at``: of the oldest news of the run."""


def ties(timetable: Timetable, arrivals: pl.DataFrame, others: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Columns of ``TIES``, a row for each call of a run that ``arrivals`` (see ``arrivals.ARRIVALS``) tell of.

    ``others``: runs that something else is told of. ``vehicles``: which vehicle is known to be on a run.
    """
    if arrivals.is_empty():
        return pl.DataFrame(schema=TIES)
    near = _near(arrivals, _planned(timetable, arrivals), vehicles).join(others, on=RUN, how="anti")
    possible = _in_turn(near, arrivals).filter(pl.col("way").n_unique().over("vehicle") == 1)
    pairs = [pair for _, of in possible.group_by("route", "way", maintain_order=True) for pair in _paired(of)]
    schema = {name: possible.schema[name] for name in _VEHICLE_AND_RUN}
    tied = possible.join(pl.DataFrame(pairs, schema, orient="row"), on=_VEHICLE_AND_RUN, maintain_order="left")
    return tied.with_columns(
        arrival_time=pl.from_epoch("arrives_told").dt.replace_time_zone("UTC"),
        reached=pl.when(pl.col("away") <= pl.col("call")).then(pl.col("call") - pl.col("away")),
        told_at=pl.col("told_at").min().over(RUN),
    ).select(pl.col(name).cast(kind) for name, kind in TIES.items())


def _planned(timetable: Timetable, arrivals: pl.DataFrame) -> pl.DataFrame:
    """Calls at these stops around these times: those of ``departures``, with the line, the way that it goes (one number
    for all runs of a direction), and when the run begins. To where a trip begins nothing is on its way."""
    first, last = arrivals.select(pl.col("arrives_told").min(), last=pl.col("arrives_told").max()).row(0)
    # Calls are found by when they leave, and may stand for a while.
    span = (datetime.fromtimestamp(at, UTC) for at in (first - 2 * NEAR, last + 2 * NEAR))
    calls = departures(timetable, arrivals["stop"].unique().to_list(), *span).filter(pl.col("call") > 0)
    trip, call = calls["trip"].to_numpy(), calls["call"].to_numpy()
    begins = timetable.first_call[trip]
    clock = calls["arrives"].to_numpy() - timetable.arrives[begins + call]
    directions = timetable.trips["direction"].cast(pl.Int64).fill_null(-1).to_numpy()[trip]
    return calls.with_columns(
        pl.Series("route", timetable.trips["route"].to_numpy()[trip], pl.Int32),
        pl.Series("way", np.where(directions >= 0, directions, -1 - timetable.pattern[trip])),
        pl.Series("clock", clock),
        pl.Series("begins", timetable.departs[begins] + clock),
    )


def _near(arrivals: pl.DataFrame, planned: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Of each run of the line the call that may be the one that is told of, ``late`` by so many seconds. A vehicle of
    which it is known on which run it is, is no other one's."""
    known = vehicles.select(*RUN, on_run="vehicle")
    both = arrivals.drop("sequence").join(planned, on=["stop", "route"]).join(known, on=RUN, how="left")
    is_free = pl.col("on_run").is_null() & ~pl.col("vehicle").is_in(known["on_run"].implode())
    late = pl.col("arrives_told") - pl.col("arrives")
    near = both.filter(is_free | (pl.col("on_run") == pl.col("vehicle")), late.abs() <= NEAR).with_columns(late=late)
    nearest = near.sort(pl.col("late").abs(), "call")
    return nearest.unique([*_VEHICLE_AND_RUN, "stop"], keep="first", maintain_order=True)


def _in_turn(near: pl.DataFrame, arrivals: pl.DataFrame) -> pl.DataFrame:
    """Those of runs that call where the vehicle is told to come first, and of them those in the order of the run."""
    first = arrivals.group_by("vehicle").agg(first=pl.col("arrives_told").min())
    ordered = near.join(first, on="vehicle").sort("vehicle", "begins", "trip", "arrives_told", "call")
    before = pl.col("call").cum_max().shift(1).over(_VEHICLE_AND_RUN)
    calls_first = (pl.col("arrives_told") == pl.col("first")).any().over(_VEHICLE_AND_RUN)
    return ordered.filter(calls_first, before.is_null() | (pl.col("call") > before))


def _paired(possible: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    """Vehicle and run (columns of ``RUN``) of each pair, of a line in one direction."""
    each = possible.group_by(*_VEHICLE_AND_RUN, "begins").agg(pl.col("late").mean(), away=pl.col("late").abs().mean())
    runs = each.select(*RUN, "begins").unique().sort("begins", "trip", "shift")
    numbered = each.join(runs.with_row_index("run").select(*RUN, "run"), on=RUN).sort("away", "run")
    # Where a vehicle is among the others: when its run would have begun, were it the nearest one.
    nearest = numbered.unique("vehicle", keep="first", maintain_order=True)
    names = nearest.sort(pl.col("begins") + pl.col("late"), "vehicle")["vehicle"].to_list()
    costs: list[dict[int, float]] = [{} for _ in names]
    for vehicle, run, away in numbered.select("vehicle", "run", "away").iter_rows():
        costs[names.index(vehicle)][run] = away
    for vehicle, run in aligned(costs, runs.height):
        yield names[vehicle], *runs.select(RUN).row(run)


def aligned(costs: Sequence[Mapping[int, float]], runs: int) -> Sequence[tuple[int, int]]:
    """Pairs of a row of ``costs`` (what each run that it can have costs, by number) and a run, both rising: as many as
    there can be, at the least cost."""
    best: list[tuple[int, float, tuple[tuple[int, int], ...]]] = [(0, 0.0, ())] * (runs + 1)
    for number, row in enumerate(costs):
        found = list(best)
        for run, cost in row.items():
            count, saved, pairs = best[run]
            found[run + 1] = max(found[run + 1], (count + 1, saved - cost, (*pairs, (number, run))))
        best = list(accumulate(found, max))
    return best[-1][2]
