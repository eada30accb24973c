"""What a selector of an alert names together, as rows of a timetable.

All that one selector names has to be so together: trips of a route in one direction, a line at a stop. A station stands
for its platforms. What the timetable does not have is nothing, and selects nothing.
Source: GTFS Realtime reference, EntitySelector.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ucity.network.feeds.realtime_rows import Informed

PLATFORM = 0
"""GTFS's ``location_type`` of where vehicles call."""

if TYPE_CHECKING:  # see ``disturbances``
    from ucity.cloud.routing.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows of ``routes`` and ``stops``; the key of a trip, which the timetable need not have. None: any.
    ``ordinal``: the service day, as ``date.toordinal`` has it; ``start``: seconds of it at which a run begins."""

    routes: frozenset[int] | None = None
    stops: frozenset[int] | None = None
    trip: str | None = None
    direction: int | None = None
    ordinal: int | None = None
    start: int | None = None


def selected(timetable: "Timetable", feed: str, named: Informed) -> Selected | None:
    """What is selected; None where that is nothing, or nothing is named at all."""
    routes = routes_named(timetable, feed, named)
    stops = None if named.stop is None else frozenset(and_its_platforms(timetable, f"{feed}:{named.stop}"))
    trip = f"{feed}:{named.trip}" if named.trip else None
    is_nothing = routes is None and stops is None and trip is None
    if is_nothing or (routes is not None and not routes) or (stops is not None and not stops):
        return None
    day = named.start_date.toordinal() if named.start_date else None
    return Selected(routes, stops, trip, named.direction, day, named.start_time)


def routes_named(timetable: "Timetable", feed: str, named: Informed) -> frozenset[int] | None:
    """Rows of the routes that are all that is said of them; None where nothing is."""
    said = {"route_id": named.route, "agency_id": named.agency, "route_type": named.route_type}
    asked = {column: value for column, value in said.items() if value is not None}
    if not asked:
        return None
    if named.route:
        row = timetable.route_rows.get(f"{feed}:{named.route}")
        known = {} if row is None else timetable.routes.row(row, named=True)
        fits = row is not None and all(known[column] == value for column, value in asked.items())
        return frozenset([row]) if row is not None and fits else frozenset()
    of_feed = pl.col("key").str.starts_with(f"{feed}:")
    rows = timetable.routes.with_row_index("row").filter(of_feed, *(pl.col(name) == asked[name] for name in asked))
    return frozenset(rows["row"].to_list())


def and_its_platforms(timetable: "Timetable", stop: str) -> Iterator[int]:
    """The row of a stop and, where it is a station, those of what belongs to it; nothing of one that there is not."""
    row = timetable.stop_rows.get(stop)
    if row is not None:
        yield row
        yield from ((timetable.stops["parent"] == row) & (timetable.stops["kind"] == PLATFORM)).arg_true().to_list()
