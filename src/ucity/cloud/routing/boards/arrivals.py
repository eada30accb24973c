"""Vehicles that are told to come to a stop by their line alone, without a trip, as many systems in Asia tell it.

Where the timetable has a call of that line at that stop, they are that call: the one of the same vehicle, where its
run is known (from another feed, or by ``ties``), or else the nearest one that no vehicle is known of, each once and in
order; what was told last counts. A call that is planned before the last vehicle told of, and that none of them is, is
not shown: nothing is on its way for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from ucity.blueprint.boards import CallState
from ucity.cloud.routing.timetable import Timetable
from ucity.network.feeds.gtfs_realtime import Realtime

NEAR = 600
"""Seconds: farther than this from every planned call, a vehicle is one that the timetable does not have; a choice."""
_ANYONES = {CallState.SCHEDULED, CallState.EXPECTED}
_TIME = pl.Datetime("us", "UTC")
_Schema: TypeAlias = dict[str, type[pl.DataType] | pl.DataType]
ARRIVALS: _Schema = {
    "stop": pl.Int32,
    "route": pl.Int32,
    "vehicle": pl.String,
    "sequence": pl.Int64,
    "arrives_told": pl.Int64,
    "uncertainty": pl.Int32,
    "away": pl.Int64,
    "is_wheelchair": pl.Boolean,
    "told_at": _TIME,
}
"""``stop`` and ``route``: rows of the timetable; ``arrives_told``: seconds of the epoch; ``away``: stops still to go,
before this one."""
_TOLD: _Schema = {"vehicle_told": pl.String, "away": pl.Int64, "is_wheelchair": pl.Boolean}
_NEWS: _Schema = {
    "state": pl.String,
    "told_at": _TIME,
    "uncertainty": pl.Int32,
    "arrives_expected": pl.Int64,
    "is_guess": pl.Boolean,
    **_TOLD,
}
_PLANNED: _Schema = {"place": pl.UInt32, **_NEWS}
_UNPLANNED: _Schema = {"stop": pl.Int32, "route": pl.Int32, "sequence": pl.Int64, "departs_expected": pl.Int64, **_NEWS}


def arrivals_of(timetable: Timetable, said: Realtime, feed: str, at: datetime) -> pl.DataFrame:
    """Columns of ``ARRIVALS``: what a message of this feed says of lines and stops that the timetable knows."""
    told = said.trip_updates.filter(
        pl.col("trip").is_null(),
        pl.col("trip_state") == "SCHEDULED",
        pl.col("stop_state") == "SCHEDULED",
        pl.col("vehicle").is_not_null(),
    )
    if told.is_empty():
        return pl.DataFrame(schema=ARRIVALS)
    known = said.vehicles.filter(pl.col("vehicle").is_not_null()).unique("vehicle", keep="first", maintain_order=True)
    where = known.select("vehicle", "wheelchair", reached="sequence")
    named = told.join(where, on="vehicle", how="left", maintain_order="left")
    away = pl.col("sequence") - pl.col("reached")
    found = named.select(
        _row(timetable.stop_rows, feed, "stop"),
        _row(timetable.route_rows, feed, "route"),
        (pl.lit(f"{feed}:") + pl.col("vehicle")).alias("vehicle"),
        "sequence",
        pl.col("arrival_time").dt.epoch("s").alias("arrives_told"),
        pl.col("arrival_uncertainty").alias("uncertainty"),
        pl.when(away >= 0).then(away).alias("away"),
        is_wheelchair=pl.col("wheelchair").replace_strict(
            {"WHEELCHAIR_ACCESSIBLE": True, "WHEELCHAIR_INACCESSIBLE": False}, default=None, return_dtype=pl.Boolean
        ),
        told_at=pl.coalesce("at", pl.lit(at, _TIME)),
    )
    return found.drop_nulls(["stop", "route", "arrives_told"]).cast(pl.Schema(ARRIVALS))


def _row(rows: Mapping[str, int], feed: str, column: str) -> pl.Expr:
    key = pl.lit(f"{feed}:") + pl.col(column)
    return key.replace_strict(list(rows), list(rows.values()), default=None, return_dtype=pl.Int32).alias(column)


class _Pairs(NamedTuple):
    """``told``: what is told of the planned calls, by their place; ``unplanned``: what no planned call is; ``gone``:
    places of planned calls that nothing is on its way for."""

    told: dict[int, dict[str, Any]]
    unplanned: list[dict[str, Any]]
    gone: set[int]


def merged(timetable: Timetable, calls: pl.DataFrame, arrivals: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """``calls`` (see ``calls.calls_frame``) with what is told of ``arrivals``, and with the columns of ``_TOLD``.

    ``vehicles``: which vehicle is on a run, see ``Live``. A call that the timetable does not have has no trip.
    """
    if arrivals.is_empty():
        return calls.with_columns(pl.lit(None, kind).alias(name) for name, kind in _TOLD.items())
    runs = vehicles.select("trip", "day", "shift", on_run="vehicle")
    routes = timetable.trips["route"].to_numpy()[calls["trip"].to_numpy()]
    placed = calls.with_columns(pl.Series("route", routes, pl.Int32)).with_row_index("place")
    known = placed.join(runs, on=["trip", "day", "shift"], how="left", maintain_order="left")
    together = _Pairs({}, [], set())
    for (stop, route), told in arrivals.sort("arrives_told", "vehicle").group_by("stop", "route", maintain_order=True):
        planned = known.filter(pl.col("stop") == stop, pl.col("route") == route)
        pairs = _pairs(told.rows(named=True), planned.rows(named=True))
        together.told.update(pairs.told)
        together.unplanned.extend(pairs.unplanned)
        together.gone.update(pairs.gone)
    return _joined(placed, together).drop("place")


def _pairs(told: Sequence[dict[str, Any]], planned: Sequence[dict[str, Any]]) -> _Pairs:
    """Of one line at one stop; ``told`` in order of time."""
    by_vehicle = {call["on_run"]: call for call in planned if call["state"] == CallState.EXPECTED and call["on_run"]}
    # To where a trip begins nothing is on its way.
    anyones = [call for call in planned if call["state"] in _ANYONES and not call["on_run"] and call["call"]]
    free = sorted(anyones, key=lambda call: (call["arrives_expected"], call["place"]))
    pairs = _Pairs({}, [], set())
    for arrival in told:
        is_known = arrival["vehicle"] in by_vehicle
        own = by_vehicle[arrival["vehicle"]] if is_known else _next(arrival["arrives_told"], free)
        if own is None:
            pairs.unplanned.append(arrival)
        elif own["told_at"] is None or own["told_at"] <= arrival["told_at"]:
            pairs.told[own["place"]] = arrival | {"is_guess": not is_known or own["is_guess"]}
    latest = told[-1]["arrives_told"]
    waiting = [call for call in anyones if call["state"] == CallState.SCHEDULED and call["arrives"] < latest]
    pairs.gone.update({call["place"] for call in waiting} - pairs.told.keys())
    return pairs


def _next(at: int, free: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Take the call that is nearest to this time, and all before it, from those that nobody is yet."""
    away = [abs(call["arrives_expected"] - at) for call in free]
    if not away or min(away) > NEAR:
        return None
    place = away.index(min(away))
    own = free[place]
    del free[: place + 1]
    return own


def _joined(placed: pl.DataFrame, pairs: _Pairs) -> pl.DataFrame:
    rows = [{"place": place} | _new(arrival) for place, arrival in pairs.told.items()]
    news = pl.DataFrame(rows, schema=_PLANNED)
    kept = placed.filter(~pl.col("place").is_in(list(pairs.gone))).drop("route")
    joined = kept.join(news, on="place", how="left", suffix="_news", maintain_order="left")
    stay = pl.col("departs") - pl.col("arrives")
    planned = joined.with_columns(
        state=pl.coalesce("state_news", "state"),
        is_guess=pl.coalesce("is_guess_news", "is_guess"),
        told_at=pl.coalesce("told_at_news", "told_at"),
        uncertainty=pl.when(pl.col("state_news").is_null()).then("uncertainty").otherwise("uncertainty_news"),
        departs_expected=pl.coalesce(pl.col("arrives_expected_news") + stay, "departs_expected"),
        arrives_expected=pl.coalesce("arrives_expected_news", "arrives_expected"),
    ).drop(pl.selectors.ends_with("_news"))
    own = [
        {name: arrival[name] for name in ("stop", "route", "sequence")}
        | _new(arrival | {"is_guess": True})
        | {"departs_expected": arrival["arrives_told"]}
        for arrival in pairs.unplanned
    ]
    return pl.concat([planned, pl.DataFrame(own, schema=_UNPLANNED)], how="diagonal_relaxed")


def _new(arrival: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": CallState.EXPECTED.value,
        "told_at": arrival["told_at"],
        "uncertainty": arrival["uncertainty"],
        "arrives_expected": arrival["arrives_told"],
        "vehicle_told": arrival["vehicle"],
        "away": arrival["away"],
        "is_wheelchair": arrival["is_wheelchair"],
        "is_guess": arrival["is_guess"],
    }
