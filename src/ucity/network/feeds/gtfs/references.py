"""What the files of a feed say of one another: rows that refer to nothing are left out, or their reference is."""

from dataclasses import dataclass

import polars as pl

from ucity.network.feeds.gtfs.problems import Problems
from ucity.network.feeds.gtfs.table import ROW
from ucity.network.feeds.refusal import Reason

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class _Reference:
    """``table.column`` names a row of ``to`` by its ``key``. ``needed``: a row without it is left out."""

    table: str
    column: str
    to: str
    key: str
    needed: bool = True


_SERVICE = _Reference("trips", "service_id", "calendar", "service_id")
"""Or one of calendar_dates."""

_REFERENCES = (
    _Reference("routes", "agency_id", "agency", "agency_id", needed=False),
    _Reference("stops", "parent_station", "stops", "stop_id", needed=False),
    _Reference("stops", "level_id", "levels", "level_id", needed=False),
    _Reference("trips", "route_id", "routes", "route_id"),
    _Reference("trips", "shape_id", "shapes", "shape_id", needed=False),
    _Reference("stop_times", "trip_id", "trips", "trip_id"),
    _Reference("stop_times", "stop_id", "stops", "stop_id"),
)

_LATER = (
    _Reference("frequencies", "trip_id", "trips", "trip_id"),
    _Reference("transfers", "from_stop_id", "stops", "stop_id"),
    _Reference("transfers", "to_stop_id", "stops", "stop_id"),
    _Reference("transfers", "from_route_id", "routes", "route_id"),
    _Reference("transfers", "to_route_id", "routes", "route_id"),
    _Reference("transfers", "from_trip_id", "trips", "trip_id"),
    _Reference("transfers", "to_trip_id", "trips", "trip_id"),
    _Reference("pathways", "from_stop_id", "stops", "stop_id"),
    _Reference("pathways", "to_stop_id", "stops", "stop_id"),
    _Reference("fare_rules", "fare_id", "fare_attributes", "fare_id"),
    _Reference("fare_rules", "route_id", "routes", "route_id"),
)
"""Looked at once the trips are known that can be used."""


def referring(tables: Tables, problems: Problems) -> Tables:
    """The tables with references between stops, routes, trips, services and stop times that hold."""
    services = pl.concat([tables["calendar"]["service_id"], tables["calendar_dates"]["service_id"]]).unique()
    trips = _known(tables["trips"], _SERVICE, services, problems)
    return _all(tables | {"trips": trips}, _REFERENCES, problems)


def referring_to_trips(tables: Tables, problems: Problems) -> Tables:
    """The same for everything that hangs on trips."""
    return _all(tables, _LATER, problems)


def _all(tables: Tables, references: tuple[_Reference, ...], problems: Problems) -> Tables:
    tables = dict(tables)
    for each in references:
        known = tables[each.to][each.key].drop_nulls()
        tables[each.table] = _known(tables[each.table], each, known, problems)
    return tables


def _known(frame: pl.DataFrame, reference: _Reference, known: pl.Series, problems: Problems) -> pl.DataFrame:
    column = pl.col(reference.column)
    lost = column.is_not_null() & ~column.is_in(known.implode())
    rows = frame.filter(lost)
    if rows.is_empty():
        return frame
    done = "the row is left out" if reference.needed else "it counts as not said"
    detail = f"There is no {rows[reference.column][0][:60]!r}: {done}."
    problems.rows(f"{reference.table}.txt", Reason.UNKNOWN_REFERENCE, detail, rows[ROW], reference.column)
    return frame.filter(~lost) if reference.needed else frame.with_columns(pl.when(~lost).then(column))
