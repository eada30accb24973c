"""Who calls at a stop, in the order in which they are expected to arrive."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ucity.blueprint.boards import BoardCall, CallState
from ucity.cloud.routing.boards.arrivals import merged
from ucity.cloud.routing.boards.closed import Closing
from ucity.cloud.routing.boards.expected import TOO_OLD, Live
from ucity.cloud.routing.timetable import RUN, Timetable, departures

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
    frame = calls_frame(boards.timetable, boards.live, boards.closing, wanted)
    reached = _reached(boards.live)
    for row in frame.iter_rows(named=True):
        yield _unplanned(boards, row) if row["trip"] is None else _call(boards, row, reached)


def calls_frame(timetable: Timetable, live: Live, closing: Closing, wanted: Wanted) -> pl.DataFrame:
    """Columns of ``departures`` with arrives_expected and departs_expected (seconds of the epoch, never null), state,
    told_at, uncertainty, and what ``arrivals.merged`` adds; those of the timetable are null for a vehicle that it does
    not have. What is told for longer than ``TOO_OLD`` is not believed; what alerts close is, as long as they are."""
    planned = departures(timetable, sorted(wanted.stops), wanted.start - _LATEST, wanted.end + _EARLIEST)
    coming = live.arrivals
    if wanted.route is not None:
        routes = timetable.trips["route"].to_numpy()[planned["trip"].to_numpy()]
        planned = planned.filter(pl.Series(routes == wanted.route, dtype=pl.Boolean))
        coming = coming.filter(pl.col("route") == wanted.route)
    oldest = wanted.start - TOO_OLD
    calls = live.calls.filter(pl.col("told_at") >= oldest)
    off = live.cancelled.filter(pl.col("told_at") >= oldest).rename({"told_at": "cancelled_at"})
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
    told = joined.with_columns(
        state=state,
        told_at=pl.coalesce("cancelled_at", "told_at"),
        arrives_expected=pl.coalesce("arrives_expected", "arrives"),
        departs_expected=pl.coalesce("departs_expected", "departs"),
    )
    coming = coming.filter(pl.col("told_at") >= oldest, pl.col("stop").is_in(wanted.stops))
    told = merged(timetable, told, coming, live.vehicles)
    within = pl.col("departs_expected").is_between(
        int((wanted.start - _GRACE).timestamp()), int(wanted.end.timestamp()), closed="left"
    )
    order = ["arrives_expected", "departs_expected", "trip", "call", "shift"]
    return closing.of(told.filter(within).sort(order, nulls_last=True).head(wanted.most), calls)


def _reached(live: Live) -> dict[tuple[int, date, int], dict[str, Any]]:
    """The vehicle on each run."""
    return {(row["trip"], row["day"], row["shift"]): row for row in live.vehicles.iter_rows(named=True)}


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
        occupancy=vehicle["occupancy"] if vehicle else None,
        stops_away=row["away"] if row["away"] is not None else away if away is not None and away >= 0 else None,
        is_wheelchair=_WHEELCHAIR.get(said["wheelchair"]) if row["is_wheelchair"] is None else row["is_wheelchair"],
    )


def _unplanned(boards: "Boards", row: dict[str, Any]) -> BoardCall:
    """A vehicle that the timetable does not have."""
    stop = boards.stop_name(row["stop"])
    return BoardCall(
        line=boards.line_name(row["route"]),
        headsign=boards.headsign_at(row["route"], row["stop"]),
        stop=stop.key,
        platform=stop.platform,
        sequence=row["sequence"],
        state=CallState.EXPECTED,
        arrives=_instant(row["arrives_expected"]),
        departs=_instant(row["departs_expected"]),
        ends_here=False,
        uncertainty=row["uncertainty"],
        told_at=row["told_at"],
        vehicle=row["vehicle_told"],
        stops_away=row["away"],
        is_wheelchair=row["is_wheelchair"],
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
