"""Runs that a real-time feed adds to the timetable: they call where and when its message says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from ucity.blueprint.journeys import Mode
from ucity.cloud.routing.boards.expected import Message, runs_told
from ucity.cloud.routing.day import Block, Traits, block
from ucity.cloud.routing.ground import DETOUR
from ucity.cloud.routing.platforms import platforms_at
from ucity.cloud.routing.timetable import MODES, Ints, Longs, Platforms, Timetable

_ADDED = ("ADDED", "NEW", "REPLACEMENT", "UNSCHEDULED")
_EVERY_SO_OFTEN = "UNSCHEDULED"
_NOT_SERVED = "SKIPPED"


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """A run that is not in the timetable. ``trip``: the row of its trips that has this name, or None; with ``ordinal``
    and ``shift`` the run that this one is a copy of, or takes the place of. ``route`` is a row of its routes, or None;
    ``sequence``: the message's, else counted from 0; times are seconds of the epoch."""

    key: str
    trip: int | None
    shift: int
    route: int | None
    mode: int
    ordinal: int
    stop: Ints
    sequence: Longs
    arrives: Longs
    departs: Longs
    along: Sequence[float]
    headsign: str
    told_at: datetime


def added_runs(timetable: Timetable, messages: Iterable[Message]) -> list[Added]:
    """The runs that these messages add, as far as they tell two known stops and times of each, in order. Of two that
    tell of one trip on one day and by one start time, the newer one counts."""
    found: dict[tuple[str, int, int | None], Added] = {}
    for message in sorted(messages, key=lambda each: each.at):
        updates = message.said.trip_updates
        added = updates.filter(pl.col("trip_state").is_in(_ADDED), pl.col("stop_state") != _NOT_SERVED)
        named = {row["entity"]: row for row in runs_told(timetable, added, message).iter_rows(named=True)}
        for rows in added.partition_by("entity", maintain_order=True):
            head = rows.row(0, named=True)
            run = _added(timetable, message, rows, named.get(head["entity"]))
            if run:
                found[run.key, run.ordinal, head["start_time"]] = run
    return list(found.values())


def _added(timetable: Timetable, message: Message, rows: pl.DataFrame, named: Mapping[str, Any] | None) -> Added | None:
    """``named``: the run of the timetable that has its name (columns of ``RUN``)."""
    told = rows.with_columns(
        row=(pl.lit(f"{message.feed}:") + pl.col("stop")).replace_strict(
            list(timetable.stop_rows), list(timetable.stop_rows.values()), default=None, return_dtype=pl.Int32
        ),
        arrives=pl.coalesce("arrival_time", "departure_time").dt.epoch("s"),
        departs=pl.coalesce("departure_time", "arrival_time").dt.epoch("s"),
    ).drop_nulls(["row", "arrives"])
    if told.height < 2 or not _in_order(told):
        return None
    head: dict[str, Any] = rows.row(0, named=True)
    if head["trip_state"] == _EVERY_SO_OFTEN and _is_planned(timetable, message.feed, head):
        return None
    stop = told["row"].to_numpy()
    route = _route(timetable, message.feed, head)
    zone = timetable.feeds[int(timetable.stops["feed"][int(stop[0])])].zone
    begins = datetime.fromtimestamp(told["departs"][0], zone).date()
    return Added(
        key=f"{message.feed}:{head['trip'] or head['entity']}",
        trip=named["trip"] if named else None,
        shift=named["shift"] if named else 0,
        route=route,
        mode=MODES.index(Mode.BUS) if route is None else int(timetable.routes["mode"][route]),
        ordinal=(named["day"] if named else head["start_date"] or begins).toordinal(),
        stop=stop,
        sequence=_sequence(told),
        arrives=told["arrives"].to_numpy(),
        departs=told["departs"].to_numpy(),
        along=_along(timetable, stop),
        headsign=timetable.places[stop[-1]].name,
        told_at=head["at"] or message.at,
    )


def _route(timetable: Timetable, feed: str, head: Mapping[str, Any]) -> int | None:
    """The one that is told, or that of the trip which is replaced."""
    trip = timetable.trip_rows.get(f"{feed}:{head['trip']}")
    own = None if trip is None else int(timetable.trips["route"][trip])
    return timetable.route_rows.get(f"{feed}:{head['route']}", own)


def _is_planned(timetable: Timetable, feed: str, head: Mapping[str, Any]) -> bool:
    """Whether it is a run of the timetable (``boards.expected`` tells of it) of a trip that goes every so often."""
    trip = timetable.trip_rows.get(f"{feed}:{head['trip']}", -1)
    own = timetable.headways.filter(pl.col("trip") == trip).select("start", "end", "headway")
    return any(head["start_time"] in range(*each) for each in own.iter_rows())


def _sequence(told: pl.DataFrame) -> Longs:
    said = told["sequence"]
    if said.null_count() or not (said.diff().drop_nulls() > 0).all():
        return np.arange(told.height, dtype=np.int64)
    return said.to_numpy()


def _in_order(told: pl.DataFrame) -> bool:
    line = np.column_stack((told["arrives"].to_numpy(), told["departs"].to_numpy())).ravel()
    return bool((np.diff(line) >= 0).all())


def _along(timetable: Timetable, stop: Ints) -> list[float]:
    lon, lat = (timetable.stops[name].to_numpy()[stop] for name in ("lon", "lat"))
    x, y = timetable.plane.metres(lon, lat)
    straight: list[float] = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y))))).tolist()
    return [metres * DETOUR for metres in straight]


def blocks_of_added(timetable: Timetable, runs: Iterable[tuple[int, Added]], epoch: int) -> list[Block]:
    """A block for each of these runs, which come with their numbers; its ``trip`` is -1 less the number."""
    return [_block(timetable.platforms, run, number, epoch) for number, run in runs]


def _block(platforms: Platforms, run: Added, number: int, epoch: int) -> Block:
    everywhere = np.ones(len(run.stop), np.uint8)
    along = np.array(run.along, np.float32)
    stop = run.stop.astype(np.int32)
    off, on = (platforms_at(each, stop, run.route) for each in (platforms.off, platforms.on))
    traits = Traits(-1, run.mode, 0, 0, stop, off, on, everywhere, everywhere, along)
    times = [(of - epoch).astype(np.int32)[None, :] for of in (run.arrives, run.departs)]
    trip, ordinal = np.array([-1 - number], np.int32), np.array([run.ordinal], np.int32)
    return block(traits, trip, ordinal, np.zeros(1, np.int64), times)
