"""Which runs one vehicle makes one after another: GTFS's blocks, and trips that transfers.txt links.

A block goes on where the next trip begins within ``LONGEST_STAND`` and ``NEAR`` where the one before ended, by the same
mode, and does not go back the way it came: nobody rides to the end of a line to come back. Linked trips (transfer types
4 and 5) take precedence over blocks, and go on however long the vehicle stands. Trips with headways go on like others
where these are exact (``exact_times`` 1); of the others nobody knows when one ends and another begins.
Source: GTFS Schedule reference, ``block_id`` and "Linked trips".
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.cloud.routing.timetable import Ints, Runs, Timetable

LONGEST_STAND = 900
"""Seconds between two trips of a block for which people may stay aboard; a choice of ours, like the next one."""
NEAR = 250.0
"""Metres between where a trip of a block ends and where the next one begins."""
_DAY = 86_400
_RUN, _NEXT = ["trip", "day", "clock"], ["next_trip", "next_day", "next_clock"]

_RUNNING = pl.DataFrame(
    schema={"trip": pl.Int32, "clock": pl.Int64, "day": pl.Date, "begins": pl.Int64, "ends": pl.Int64}
)

Floats = NDArray[np.float64]


def following(timetable: Timetable, days: Sequence[Runs]) -> pl.DataFrame:
    """Which runs follow which, with those who stay aboard. Columns trip, day, clock (see ``Runs``), and the same of
    the next run as next_trip, next_day, next_clock."""
    running = pl.concat([_RUNNING, *(_running(timetable, each) for each in days)])
    linked = _linked(timetable, running)
    blocks = _in_blocks(timetable, running)
    blocks = blocks.join(linked, on=_RUN, how="anti").join(linked, on=_NEXT, how="anti")
    both = pl.concat([blocks, linked.filter("may_stay").drop("may_stay")])
    modes = timetable.patterns.mode[timetable.pattern]
    return both.filter(pl.Series(modes[both["trip"].to_numpy()] == modes[both["next_trip"].to_numpy()]))


def _running(timetable: Timetable, runs: Runs) -> pl.DataFrame:
    at_some_time = np.isin(runs.trip, timetable.headways.filter(pl.col("exact") != 1)["trip"].to_numpy())
    trip, clock = runs.trip[~at_some_time], runs.clock[~at_some_time]
    first, after = timetable.first_call[trip], timetable.first_call[trip + 1]
    return pl.DataFrame(
        {
            "trip": trip,
            "clock": clock,
            "day": pl.repeat(runs.day, len(trip), dtype=pl.Date, eager=True),
            "begins": timetable.departs[first] + clock,
            "ends": timetable.arrives[after - 1] + clock,
        }
    )


def _linked(timetable: Timetable, running: pl.DataFrame) -> pl.DataFrame:
    """The runs that transfers.txt links: of the later trip, the first run that begins when the other has ended."""
    later = running.select(pl.all().name.prefix("next_"))
    both = timetable.links.join(running, on="trip").join(later, on="next_trip")
    in_order = both.filter((pl.col("next_begins") - pl.col("ends")).is_between(0, _DAY, closed="left"))
    first = in_order.sort("next_begins").unique([*_RUN, "next_trip"], keep="first", maintain_order=True)
    return first.select(*_RUN, *_NEXT, "may_stay")


def _in_blocks(timetable: Timetable, running: pl.DataFrame) -> pl.DataFrame:
    blocks = timetable.trips["block"][running["trip"]]
    in_order = running.with_columns(blocks.alias("block")).drop_nulls("block").sort("block", "day", "begins", "ends")
    after = {name: pl.col(name.removeprefix("next_")).shift(-1).over("block", "day") for name in _NEXT}
    stands = pl.col("begins").shift(-1).over("block", "day") - pl.col("ends")
    both = in_order.with_columns(**after, stands=stands).filter(pl.col("stands").is_between(0, LONGEST_STAND))
    patterns = both.select(
        *(
            pl.Series(name, timetable.pattern[both[column].to_numpy()])
            for name, column in (("one", "trip"), ("other", "next_trip"))
        )
    )
    goes_on = {pair: _goes_on(timetable, *pair) for pair in patterns.unique().iter_rows()}
    return both.filter(pl.Series([goes_on[pair] for pair in patterns.iter_rows()], dtype=pl.Boolean)).select(
        *_RUN, *_NEXT
    )


def _goes_on(timetable: Timetable, one: int, other: int) -> bool:
    """Whether trips of two patterns meet, and the second does not go back along the first."""
    rows = [slice(*timetable.patterns.first[each : each + 2]) for each in (one, other)]
    (x, y), (next_x, next_y) = (ground(timetable, timetable.patterns.stop[each]) for each in rows)
    metres = np.hypot(next_x[:, None] - x, next_y[:, None] - y)
    nearest = metres.argmin(axis=1)
    is_back = (metres.min(axis=1) <= NEAR).all() and (np.diff(nearest) <= 0).all()
    return bool(metres[0, -1] <= NEAR and not is_back)


def ground(timetable: Timetable, stops: Ints) -> tuple[Floats, Floats]:
    """Metres east and north of stops."""
    lon, lat = (timetable.stops[name].to_numpy()[stops] for name in ("lon", "lat"))
    return timetable.plane.metres(lon, lat)
