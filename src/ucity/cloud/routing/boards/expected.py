"""What real-time feeds say of the timetable's trips, as rows of it: expected times, cancellations, vehicles.

A delay goes on from the stop that it is told of to those after it, until another is told; what lies before the first
stop that is told of stays as planned. Times never go back along a trip. Source: GTFS Realtime reference, trip updates.
Trips that the timetable does not know are left out, and so are runs beside it (``added``): a copy of a trip says
nothing of that trip, and one that is replaced does not run. Where no run could be made of what replaces it, it stays
and is told of so. Where only the line of a vehicle is told, its run is a
guess (``ties``). A trip that nothing is told of begins when its vehicle is there, where that makes another one before
(``vehicles``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from google.transit import gtfs_realtime_pb2 as pb

from ucity.cloud.routing.boards.arrivals import ARRIVALS, arrivals_of
from ucity.cloud.routing.boards.ties import ties
from ucity.cloud.routing.timetable import RUN, Timetable, runs_on, start_of
from ucity.cloud.routing.vehicles import following
from ucity.network.feeds.gtfs_realtime import Realtime
from ucity.network.feeds.realtime_rows import TRIP_UPDATES, Alert

if TYPE_CHECKING:
    from ucity.cloud.routing.added import Added

TOO_OLD = timedelta(minutes=10)
"""After which nobody should wait for a bus because of what a message says; a choice of ours."""
_OFF = {"CANCELED", "DELETED"}
_EPOCH = date(1970, 1, 1)
_HALF_DAY, _DAY = 43_200, 86_400
_TIME = pl.Datetime("us", "UTC")
_OCCUPANCY = pl.Enum([name.lower() for name in pb.VehiclePosition.OccupancyStatus.keys()])  # noqa: SIM118 - no dict
_HOW_FULL = pl.col("occupancy").str.to_lowercase().replace("no_data_available", None)

_CALLS: dict[str, type[pl.DataType] | pl.DataType] = {
    "trip": pl.Int32,
    "day": pl.Date,
    "shift": pl.Int32,
    "call": pl.Int32,
    "arrives_expected": pl.Int64,
    "departs_expected": pl.Int64,
    "uncertainty": pl.Int32,
    "occupancy": _OCCUPANCY,
    "is_skipped": pl.Boolean,
    "is_guess": pl.Boolean,
    "told_at": _TIME,
}
_CANCELLED = {name: _CALLS[name] for name in ("trip", "day", "shift", "told_at")}
_VEHICLES = {name: _CALLS[name] for name in RUN} | {
    "vehicle": pl.String(),
    "occupancy": _OCCUPANCY,
    "reached": pl.Int32(),
    "stands": pl.Boolean(),
    "told_at": _TIME,
}
_UPDATES = pl.DataFrame(schema={name: kind for name, kind in TRIP_UPDATES.items() if name not in {"trip", "at"}})


class Message(NamedTuple):
    """One message. ``feed``: whose identifiers it uses; ``at``: when it was made, or came."""

    feed: str
    at: datetime
    said: Realtime


class ToldAlert(NamedTuple):
    """An alert and what its identifiers belong to."""

    feed: str
    at: datetime
    alert: Alert


@dataclass(frozen=True, slots=True)
class Live:
    """``calls``: of trips that something is told of, when each call is expected (seconds of the epoch; null where
    nothing is known) and how full the vehicle will be after it, columns of ``_CALLS``; ``is_guess``: that it is this
    run is one. ``cancelled``: runs that do not take place. ``vehicles``: which vehicle is on a run, how full now
    (GTFS-Realtime's word in lower case), the call that it stands at or goes to. ``arrivals``: those that are told to
    come to a stop by their line alone, columns of ``arrivals.ARRIVALS``; ``tied``: names of the vehicles among them
    whose run is known."""

    calls: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CALLS))
    cancelled: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CANCELLED))
    vehicles: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_VEHICLES))
    arrivals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ARRIVALS))
    tied: frozenset[str] = frozenset()
    alerts: tuple[ToldAlert, ...] = ()


def live_of(timetable: Timetable, messages: Iterable[Message], added: Sequence["Added"] = ()) -> Live:
    """What these messages say together. Of two that speak of one run, the newer one counts. ``added``: the runs that
    they add."""
    calls, cancelled, vehicles, arrivals, alerts = [], [], [], [], []
    for message in sorted(messages, key=lambda each: each.at, reverse=True):
        updates = _with_replaced(runs_told(timetable, message.said.trip_updates, message), added)
        at = pl.coalesce("at", pl.lit(message.at, _TIME)).alias("told_at")
        cancelled.append(updates.filter(pl.col("trip_state").is_in(_OFF)).with_columns(at).select(_CANCELLED.keys()))
        calls.append(_expected(timetable, updates.filter(_as_planned(timetable)).with_columns(at)))
        vehicles.append(_vehicles(timetable, message, added))
        arrivals.append(arrivals_of(timetable, message.said, message.feed, message.at))
        alerts += [ToldAlert(message.feed, message.at, alert) for alert in message.said.alerts]
    nothing = Live()
    told = Live(
        pl.concat([nothing.calls, *calls]).unique([*RUN, "call"], keep="first", maintain_order=True),
        pl.concat([nothing.cancelled, *cancelled]).unique(RUN, keep="first", maintain_order=True),
        pl.concat([nothing.vehicles, *vehicles]).unique(RUN, keep="first", maintain_order=True),
        pl.concat([nothing.arrivals, *arrivals]).unique(["stop", "vehicle"], keep="first", maintain_order=True),
        alerts=tuple(alerts),
    )
    live = _with_ties(timetable, told)
    return replace(live, calls=pl.concat([live.calls, *_with_their_vehicles(timetable, told.calls, live)]))


def _with_replaced(told: pl.DataFrame, added: Sequence["Added"]) -> pl.DataFrame:
    """Rows of ``runs_told`` where a run that is replaced is cancelled, if one of these runs is there instead, and
    otherwise goes as planned."""
    instead = [(each.trip, date.fromordinal(each.ordinal), each.shift) for each in added if each.trip is not None]
    there = pl.DataFrame(instead, {name: _CALLS[name] for name in RUN}, orient="row").unique()
    there = there.with_columns(instead=pl.lit("CANCELED"))
    is_replaced = pl.col("trip_state") == "REPLACEMENT"
    state = pl.when(is_replaced).then(pl.col("instead").fill_null("SCHEDULED")).otherwise("trip_state")
    return told.join(there, on=RUN, how="left", maintain_order="left").with_columns(trip_state=state).drop("instead")


def _as_planned(timetable: Timetable) -> pl.Expr:
    """Whether rows of ``runs_told`` tell of runs of the timetable; those that go every so often may be UNSCHEDULED."""
    every_so_often = pl.col("trip").is_in(timetable.headways["trip"].unique().to_list())
    named = pl.col("start_time").is_not_null() & every_so_often
    return (pl.col("trip_state") == "SCHEDULED") | ((pl.col("trip_state") == "UNSCHEDULED") & named)


def _with_ties(timetable: Timetable, told: Live) -> Live:
    """The same with the runs that vehicles are of which only the line is told. What is too old beside the newest of
    them neither is one of them nor keeps a run from them."""
    if told.arrivals.is_empty():
        return told
    fresh = pl.col("told_at") >= told.arrivals.select(pl.col("told_at").max()).item() - TOO_OLD
    others = pl.concat([each.filter(fresh).select(RUN) for each in (told.calls, told.cancelled)]).unique()
    tied = ties(timetable, told.arrivals.filter(fresh), others, told.vehicles.filter(fresh))
    updates = tied.drop("call", "reached").rename({"uncertainty": "arrival_uncertainty"})
    calls = _expected(timetable, pl.concat([_UPDATES, updates], how="diagonal_relaxed")).with_columns(is_guess=True)
    on_runs = tied.unique(RUN, keep="first", maintain_order=True)
    vehicles = pl.concat(
        [pl.DataFrame(schema=_VEHICLES), on_runs.select(*RUN, "vehicle", "reached", "told_at")], how="diagonal"
    )
    return replace(
        told,
        calls=pl.concat([told.calls.join(on_runs, on=RUN, how="anti", maintain_order="left"), calls]),
        vehicles=pl.concat([told.vehicles, vehicles]).unique(RUN, keep="first", maintain_order=True),
        tied=frozenset(tied["vehicle"]),
    )


def runs_told(timetable: Timetable, told: pl.DataFrame, message: Message) -> pl.DataFrame:
    """The rows that speak of a trip of the timetable, with the columns of ``RUN`` and its ``clock``: the second of the
    epoch at which the times of this run begin."""
    rows = pl.DataFrame(
        {"key": timetable.trips["key"], "trip_row": np.arange(timetable.trips.height, dtype=np.int32)},
        schema_overrides={"trip_row": pl.Int32},
    )
    found = told.with_columns(key=pl.lit(f"{message.feed}:") + pl.col("trip")).drop("trip")
    found = found.join(rows, on="key", maintain_order="left").rename({"trip_row": "trip"})
    if found.is_empty():
        return found.with_columns(day=pl.lit(None, pl.Date), shift=pl.lit(0, pl.Int32), clock=pl.lit(0, pl.Int64))
    trip = found["trip"].to_numpy()
    begins = timetable.departs[timetable.first_call[trip]]
    with_headway = np.isin(trip, timetable.headways["trip"].to_numpy())
    starts = found["start_time"].fill_null(-1).to_numpy()
    shift = np.where(with_headway & (starts >= 0), starts - begins, 0).astype(np.int32)
    zone = timetable.feeds[int(timetable.trips["feed"][int(trip[0])])].zone
    offset = zone.utcoffset(message.at.replace(tzinfo=None)) or timedelta(0)
    local = message.at.timestamp() + offset.total_seconds()
    # A feed that does not tell the service day means the run that begins nearest to now.
    nearest = np.floor((local - begins - shift + _HALF_DAY) / _DAY).astype(np.int32)
    guessed = pl.Series("guessed", nearest, pl.Int32).cast(pl.Date)
    found = found.with_columns(day=pl.coalesce("start_date", guessed), shift=pl.Series(shift))
    clocks = {day: start_of(zone, day) for day in found["day"].unique().to_list()}
    return found.with_columns(clock=pl.col("day").replace_strict(clocks, return_dtype=pl.Int64) + pl.col("shift"))


def _all_calls(timetable: Timetable, runs: pl.DataFrame) -> pl.DataFrame:
    """All calls of these runs (columns of ``RUN``, clock), in order: trip, day, shift, call, sequence, stop_id, arrives
    and departs as planned (seconds of the epoch)."""
    trip = runs["trip"].to_numpy()
    first = timetable.first_call[trip]
    counts = timetable.first_call[trip + 1] - first
    run = np.repeat(np.arange(len(trip)), counts)
    call = (np.arange(len(run)) - np.repeat(np.cumsum(counts) - counts, counts)).astype(np.int32)
    row = first[run] + call
    place = timetable.patterns.first[timetable.pattern[trip]][run] + call
    clock = runs["clock"].to_numpy()[run]
    return runs.select(RUN)[run].with_columns(
        pl.Series("call", call, pl.Int32),
        pl.Series("sequence", timetable.sequence[row], pl.Int64),
        timetable.stops["stop_id"][timetable.patterns.stop[place]].alias("stop"),
        pl.Series("arrives", timetable.arrives[row] + clock, pl.Int64),
        pl.Series("departs", timetable.departs[row] + clock, pl.Int64),
    )


def _expected(timetable: Timetable, updates: pl.DataFrame) -> pl.DataFrame:
    """Columns of ``_CALLS`` for all calls of the runs that these updates speak of."""
    if updates.is_empty():
        return pl.DataFrame(schema=_CALLS)
    runs = updates.group_by(RUN, maintain_order=True).agg(pl.col("clock", "trip_delay", "told_at").first())
    planned = _all_calls(timetable, runs).join(runs.drop("clock"), on=RUN, maintain_order="left", nulls_equal=True)
    said = _said(updates, planned)
    joined = planned.join(said, on=[*RUN, "call"], how="left", maintain_order="left", nulls_equal=True)
    # At what is told of, the event itself; then the delay with which the vehicle goes on from there.
    silent = pl.col("stop_state").fill_null("") == "NO_DATA"
    at_arrival = pl.coalesce("arrival_delay", (pl.col("arrival_time") - pl.col("arrives")))
    at_departure = pl.coalesce("departure_delay", (pl.col("departure_time") - pl.col("departs")), at_arrival)
    goes_on = pl.when(silent).then(float("nan")).otherwise(at_departure.cast(pl.Float64)).forward_fill().over(RUN)
    carried = pl.coalesce(goes_on, pl.col("trip_delay").cast(pl.Float64)).fill_nan(None)
    before = pl.coalesce(goes_on.shift(1).over(RUN), pl.col("trip_delay").cast(pl.Float64)).fill_nan(None)
    arrives = pl.col("arrives") + pl.when(silent).then(None).otherwise(pl.coalesce(at_arrival, before, at_departure))
    departs = pl.col("departs") + pl.when(silent).then(None).otherwise(pl.coalesce(at_departure, carried))
    late = joined.with_columns(arrives_expected=arrives.cast(pl.Int64), departs_expected=departs.cast(pl.Int64))
    latest = pl.max_horizontal("arrives_expected", "departs_expected").cum_max()
    known = pl.col("departs_expected").is_not_null()
    forward = late.with_columns(
        arrives_expected=pl.when(known).then(pl.max_horizontal("arrives_expected", latest.shift(1).over(RUN))),
        departs_expected=pl.when(known).then(latest.over(RUN)),
    )
    return forward.with_columns(
        is_skipped=pl.col("stop_state").fill_null("") == "SKIPPED",
        is_guess=pl.lit(False),
        uncertainty=pl.coalesce("arrival_uncertainty", "departure_uncertainty"),
        occupancy=_HOW_FULL,
    ).select(pl.col(name).cast(kind) for name, kind in _CALLS.items())


def _with_their_vehicles(timetable: Timetable, told: pl.DataFrame, live: Live) -> Iterator[pl.DataFrame]:
    """The calls of runs that are late because their vehicle is, as ``told``, and that nothing else is known of; then of
    those that their vehicles make next. Columns of ``_CALLS``."""
    follows = following(timetable, [runs_on(timetable, day) for day in told["day"].unique().sort()])
    known = pl.concat([each.select("trip", "day") for each in (live.calls, live.cancelled)]).unique()
    late = told
    while late.height and follows.height:
        ends = late.group_by("trip", "day", maintain_order=True).agg(
            pl.col("arrives_expected", "told_at").sort_by("call").last()
        )
        runs = follows.join(ends.drop_nulls(), on=["trip", "day"]).select(
            pl.col("next_trip").alias("trip"),
            pl.col("next_day").alias("day"),
            pl.lit(0, pl.Int32).alias("shift"),
            pl.col("next_clock").alias("clock"),
            "arrives_expected",
            "told_at",
        )
        begins = timetable.departs[timetable.first_call[runs["trip"].to_numpy()]] + runs["clock"].to_numpy()
        runs = runs.with_columns(late=pl.col("arrives_expected") - pl.Series(begins)).filter(pl.col("late") > 0)
        runs = runs.sort("late", descending=True).unique(["trip", "day"], keep="first", maintain_order=True)
        runs = runs.join(known, on=["trip", "day"], how="anti", maintain_order="left")
        late = _all_later(timetable, runs)
        known = pl.concat([known, runs.select("trip", "day")])
        yield late


def _all_later(timetable: Timetable, runs: pl.DataFrame) -> pl.DataFrame:
    """All calls of runs (columns of ``RUN``, clock, told_at) that are ``late`` by so many seconds."""
    planned = _all_calls(timetable, runs).join(runs.drop("clock"), on=RUN, maintain_order="left")
    return planned.with_columns(
        arrives_expected=pl.col("arrives") + pl.col("late"),
        departs_expected=pl.col("departs") + pl.col("late"),
        uncertainty=pl.lit(None),
        occupancy=pl.lit(None),
        is_skipped=pl.lit(False),
        is_guess=pl.lit(False),
    ).select(pl.col(name).cast(kind) for name, kind in _CALLS.items())


def _said(updates: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """The updates of single calls with the call that each means: by its sequence, or else by its stop."""
    events = updates.filter(pl.col("sequence").is_not_null() | pl.col("stop").is_not_null()).select(
        *RUN,
        "sequence",
        "stop",
        "stop_state",
        "arrival_delay",
        "departure_delay",
        "arrival_uncertainty",
        "departure_uncertainty",
        "occupancy",
        *(pl.col(f"{name}_time").dt.epoch("s") for name in ("arrival", "departure")),
    )
    places = planned.select(*RUN, "call", "sequence", "stop")
    by_sequence = events.drop("stop").join(places.drop("stop"), on=[*RUN, "sequence"], maintain_order="left")
    by_stop = events.filter(pl.col("sequence").is_null()).drop("sequence")
    by_stop = by_stop.join(places.drop("sequence"), on=[*RUN, "stop"], maintain_order="left")
    both = pl.concat([by_sequence.drop("sequence"), by_stop.drop("stop")], how="diagonal_relaxed")
    return both.unique([*RUN, "call"], keep="first", maintain_order=True)


def _vehicles(timetable: Timetable, message: Message, added: Sequence["Added"]) -> pl.DataFrame:
    """Columns of ``_VEHICLES``. A vehicle is named as its readings are, whatever its feed calls it by."""
    told = _with_replaced(runs_told(timetable, message.said.vehicles, message), added)
    on = told.filter(_as_planned(timetable))
    if on.is_empty():
        return pl.DataFrame(schema=_VEHICLES)
    runs = on.unique(RUN, keep="first", maintain_order=True)
    places = _all_calls(timetable, runs).select(*RUN, "call", "sequence", "stop")
    by_sequence = runs.select(*RUN, "sequence").join(places.drop("stop"), on=[*RUN, "sequence"])
    by_stop = runs.filter(pl.col("sequence").is_null()).select(*RUN, "stop")
    by_stop = by_stop.join(places.drop("sequence"), on=[*RUN, "stop"])
    reached = pl.concat([frame.select(*RUN, pl.col("call").alias("reached")) for frame in (by_sequence, by_stop)])
    joined = runs.join(reached.unique(RUN, keep="first"), on=RUN, how="left", maintain_order="left")
    return joined.with_columns(
        told_at=pl.coalesce("at", pl.lit(message.at, _TIME)),
        vehicle=pl.lit(f"{message.feed}:") + pl.coalesce("vehicle", "label", "plate", "entity"),
        occupancy=_HOW_FULL,
        stands=pl.col("status") == "STOPPED_AT",
    ).select(pl.col(name).cast(kind) for name, kind in _VEHICLES.items())
