"""Who calls at a stop, in the order in which they are expected to arrive."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ucity.blueprint.boards import BoardCall, CallState
from ucity.cloud.routing.boards.arrivals import merged
from ucity.cloud.routing.boards.beside import with_beside
from ucity.cloud.routing.boards.expected import TOO_OLD, Live
from ucity.cloud.routing.timetable import RUN, departures

if TYPE_CHECKING:
    from ucity.cloud.routing.boards.lines import Boards

_LATEST = timedelta(hours=2)
"""How late a vehicle may be and still be looked for."""
_EARLIEST = timedelta(minutes=15)
_GRACE = timedelta(seconds=30)
"""How long a call stays on the board after its time."""
_WHEELCHAIR = {1: True, 2: False}
_NOBODY_GETS_ON = 1
"""GTFS pickup_type."""


class Wanted(NamedTuple):
    """``stops``: rows of the timetable. Calls from ``start`` to before ``end``, at most so many; ``route``: the row of
    the only line that is wanted."""

    stops: frozenset[int]
    start: datetime
    end: datetime
    most: int
    route: int | None = None


def board_calls(boards: "Boards", wanted: Wanted) -> Iterator[BoardCall]:
    """The calls, soonest expected arrival first."""
    frame = calls_frame(boards, wanted)
    reached = _reached(boards.live, wanted.start - TOO_OLD)
    for row in frame.iter_rows(named=True):
        is_planned = row["trip"] is not None and row["trip"] >= 0
        yield _call(boards, row, reached) if is_planned else _unplanned(boards, row)


def calls_frame(boards: "Boards", wanted: Wanted) -> pl.DataFrame:
    """Columns of ``departures`` with arrives_expected and departs_expected (seconds of the epoch, never null), state,
    told_at, uncertainty, and what ``arrivals.merged`` adds; those of the timetable are null for a vehicle that it does
    not have, and ``trip`` is -1 - n for the n-th run that feeds add. What is told for longer than ``TOO_OLD`` is not
    believed; what alerts close is closed as long as they are told."""
    coming, beside = _wanted(boards.live.arrivals, wanted), _wanted(boards.beside, wanted)
    calls = with_beside(merged(boards.timetable, _planned(boards, wanted), coming, boards.live.vehicles), beside)
    within = pl.col("departs_expected").is_between(
        int((wanted.start - _GRACE).timestamp()), int(wanted.end.timestamp()), closed="left"
    )
    order = ["arrives_expected", "departs_expected", "trip", "call", "shift"]
    shown = calls.filter(within).sort(order, nulls_last=True).head(wanted.most)
    return boards.closing.of(shown, boards.live.calls.filter(_is_new(wanted)))


def _is_new(wanted: Wanted) -> pl.Expr:
    return pl.col("told_at") >= wanted.start - TOO_OLD


def _wanted(told: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """What is new of these stops and this line."""
    is_line = pl.lit(value=True) if wanted.route is None else pl.col("route") == wanted.route
    return told.filter(_is_new(wanted), pl.col("stop").is_in(wanted.stops), is_line)


def _planned(boards: "Boards", wanted: Wanted) -> pl.DataFrame:
    """The calls of the timetable, as they are expected."""
    timetable, live = boards.timetable, boards.live
    planned = departures(timetable, sorted(wanted.stops), wanted.start - _LATEST, wanted.end + _EARLIEST)
    if wanted.route is not None:
        routes = timetable.trips["route"].to_numpy()[planned["trip"].to_numpy()]
        planned = planned.filter(pl.Series(routes == wanted.route, dtype=pl.Boolean))
    calls = live.calls.filter(_is_new(wanted))
    off = live.cancelled.filter(_is_new(wanted)).rename({"told_at": "cancelled_at"})
    joined = planned.join(calls, on=[*RUN, "call"], how="left").join(off, on=RUN, how="left")
    known, skipped = pl.col("departs_expected").is_not_null(), pl.col("is_skipped").fill_null(value=False)
    state = (
        pl.when(pl.col("cancelled_at").is_not_null())
        .then(pl.lit(CallState.CANCELLED.value))
        .when(skipped)
        .then(pl.lit(CallState.SKIPPED.value))
        .when(known)
        .then(pl.lit(CallState.EXPECTED.value))
        .otherwise(pl.lit(CallState.SCHEDULED.value))
    )
    return joined.with_columns(
        state=state,
        told_at=pl.coalesce("cancelled_at", "told_at"),
        arrives_expected=pl.coalesce("arrives_expected", "arrives"),
        departs_expected=pl.coalesce("departs_expected", "departs"),
    )


def _reached(live: Live, oldest: datetime) -> dict[tuple[int, date, int], dict[str, Any]]:
    """The vehicle on each run, as it was told since then."""
    vehicles = live.vehicles.filter(pl.col("told_at") >= oldest)
    return {(row["trip"], row["day"], row["shift"]): row for row in vehicles.iter_rows(named=True)}


def _call(boards: "Boards", row: dict[str, Any], reached: dict[tuple[int, date, int], dict[str, Any]]) -> BoardCall:
    table, trip = boards.timetable, row["trip"]
    said = table.trips.row(trip, named=True)
    stop = boards.stop_name(row["stop"])
    last = int(table.first_call[trip + 1] - table.first_call[trip]) - 1
    ends = row["call"] == last or row["pickup"] == _NOBODY_GETS_ON
    state = CallState(row["state"])
    end = "arrives" if row["call"] else "departs"
    vehicle = reached.get((trip, row["day"], row["shift"])) if state is CallState.EXPECTED else None
    away = None if vehicle is None or vehicle["reached"] is None else row["call"] - vehicle["reached"]
    # Where a vehicle's run is a guess, how late it is would be one, too.
    knows_delay = state is CallState.EXPECTED and not row["is_guess"]
    return BoardCall(
        line=boards.line_name(said["route"]),
        headsign=boards.headsign(trip),
        stop=stop.key,
        platform=stop.platform,
        trip=said["key"],
        day=row["day"],
        sequence=row["sequence"],
        state=state,
        arrives=_instant(row["arrives_expected"]),
        departs=_instant(row["departs_expected"]),
        arrives_scheduled=_instant(row["arrives"]),
        departs_scheduled=_instant(row["departs"]),
        ends_here=ends,
        delay=row[f"{end}_expected"] - row[end] if knows_delay else None,
        uncertainty=row["uncertainty"] if state is CallState.EXPECTED else None,
        told_at=row["told_at"],
        vehicle=row["vehicle_told"] or (vehicle["vehicle"] if vehicle else None),
        occupancy=row["occupancy"] or (vehicle["occupancy"] if vehicle else None),
        stops_away=row["away"] if row["away"] is not None else away if away is not None and away >= 0 else None,
        is_wheelchair=_WHEELCHAIR.get(said["wheelchair"]) if row["is_wheelchair"] is None else row["is_wheelchair"],
    )


def _unplanned(boards: "Boards", row: dict[str, Any]) -> BoardCall:
    """A vehicle, or a run, that the timetable does not have."""
    stop = boards.stop_name(row["stop"])
    run = None if row["trip"] is None else boards.added[-1 - row["trip"]]
    return BoardCall(
        line=boards.line_name(row["route"]),
        headsign=boards.stop_name(int(run.stop[-1])).name if run else boards.headsign_at(row["route"], row["stop"]),
        stop=stop.key,
        platform=stop.platform,
        trip=run and run.key,
        day=row["day"],
        sequence=row["sequence"],
        state=CallState(row["state"]),
        arrives=_instant(row["arrives_expected"]),
        departs=_instant(row["departs_expected"]),
        ends_here=run is not None and row["call"] == len(run.stop) - 1,
        uncertainty=row["uncertainty"],
        told_at=row["told_at"],
        vehicle=row["vehicle_told"],
        stops_away=row["away"],
        is_wheelchair=row["is_wheelchair"],
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
