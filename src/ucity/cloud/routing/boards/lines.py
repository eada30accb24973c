"""Boards of stops, lines with their ways, stops near a place, and what is amiss: made when they are asked for."""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from ucity.blueprint.boards import (
    Board,
    Disturbance,
    LineName,
    LineOnMap,
    NearStop,
    StopName,
    Way,
)
from ucity.blueprint.journeys import Position
from ucity.cloud.routing.added import Added, added_runs
from ucity.cloud.routing.boards.beside import calls_beside
from ucity.cloud.routing.boards.called import called
from ucity.cloud.routing.boards.calls import Wanted, board_calls
from ucity.cloud.routing.boards.closed import Closing
from ucity.cloud.routing.boards.disturbances import concerns, disturbance
from ucity.cloud.routing.boards.expected import Live, Message, live_of
from ucity.cloud.routing.boards.names import Names
from ucity.cloud.routing.closures import closures_of
from ucity.cloud.routing.refusals import no_line, no_stop
from ucity.cloud.routing.shapes import cut
from ucity.cloud.routing.timetable import ENTRANCE, MODES, Timetable
from ucity.errors import NotFound

_WHEELCHAIR = {1: True, 2: False}
_SOON = timedelta(hours=2)
"""How far ahead the next calls of stops nearby are looked for."""


class Boards:
    """What the stops and lines of a timetable show. Never changed once made: ``told`` makes another one."""

    def __init__(self, timetable: Timetable, names: Names, live: Live | None = None) -> None:
        self.timetable, self.names, self.live = timetable, names, live or Live()
        self.amiss = tuple(disturbance(timetable, each) for each in self.live.alerts)
        self.added: Sequence[Added] = ()
        self.beside = calls_beside(())
        self.closing = Closing(timetable, closures_of(timetable, self.live.alerts, ()), ())

    def told(self, messages: Iterable[Message]) -> "Boards":
        """The same with what these messages say in place of what was said before. The more they say, the longer it
        takes: work for a thread."""
        said, timetable = tuple(messages), self.timetable
        other = copy(self)
        other.added = added_runs(timetable, said)
        other.live = live_of(timetable, said, other.added)
        other.beside = calls_beside(other.added)
        other.amiss = tuple(disturbance(timetable, each) for each in other.live.alerts)
        other.closing = Closing(timetable, closures_of(timetable, other.live.alerts, other.added), other.added)
        return other

    def board(
        self,
        stop: str,
        now: datetime,
        *,
        within: timedelta = timedelta(hours=1),
        most: int = 40,
        line: str | None = None,
    ) -> Board:
        """Who calls at a stop, or at all platforms of a station, from now on; of one line, if it is told. Raises
        NotFound."""
        row, route = self._stop(stop), None if line is None else self._line(line)
        rows = self._platforms(row)
        lines = self.lines_at(rows)
        wanted = Wanted(frozenset(rows), now, now + within, most, route)
        found = self.disturbances(now, lines={line.key for line in lines}, stops={self.timetable.stops["key"][row]})
        return Board(
            stop=self.stop_name(row),
            calls=tuple(board_calls(self, wanted)),
            lines=tuple(lines),
            disturbances=tuple(found),
        )

    def lines(self, named: str | None = None) -> list[LineName]:
        """All lines, in the order of their names, numbers as numbers; or those that may be called so (``called``)."""
        lines = sorted((self.line_name(row) for row in range(self.timetable.routes.height)), key=_in_order)
        return lines if named is None else called(lines, named)

    def line(self, key: str, now: datetime) -> LineOnMap:
        """A line with its ways. Raises NotFound."""
        row = self._line(key)
        stops = {stop.key for way in self._ways(row) for stop in way.stops}
        found = self.disturbances(now, lines={key}, stops=stops)
        return LineOnMap(line=self.line_name(row), ways=tuple(self._ways(row)), disturbances=tuple(found))

    def near(self, position: Position, now: datetime, *, metres: float, most: int, calls: int = 0) -> list[NearStop]:
        """Stops and stations around a place, nearest first, with their next calls; a station's platforms are one."""
        x, y = self.timetable.plane.metres(*self._places)
        here = self.timetable.plane.metres(position.lon, position.lat)
        far = np.hypot(x - here[0], y - here[1])
        nearest: dict[int, float] = {}
        for row in np.argsort(far, kind="stable").tolist():
            if far[row] > metres or len(nearest) == most:
                break
            if self._served[row]:
                nearest.setdefault(self._parents[row] if self._parents[row] >= 0 else row, float(far[row]))
        return [self._near(row, far, now, calls) for row, far in nearest.items()]

    def _near(self, row: int, far: float, now: datetime, calls: int) -> NearStop:
        platforms = self._platforms(row)
        wanted = Wanted(frozenset(platforms), now, now + _SOON, calls)
        return NearStop(
            stop=self.stop_name(row),
            metres=round(far, 1),
            lines=tuple(self.lines_at(platforms)),
            calls=tuple(board_calls(self, wanted)) if calls else (),
        )

    def disturbances(
        self, now: datetime, *, lines: Iterable[str] | None = None, stops: Iterable[str] | None = None
    ) -> list[Disturbance]:
        """What is amiss or will be, not what is over; about any of these lines or stops, or anything at all."""
        here = {key for stop in stops or () for key in self._keys_at(stop)}
        wanted = None if lines is None and stops is None else {*(lines or ()), *here}
        valid = [
            each for each in self.amiss if not each.periods or any(end is None or end > now for _, end in each.periods)
        ]
        return [each for each in valid if wanted is None or concerns(each, wanted)]

    def stop_name(self, row: int) -> StopName:
        """The stop of a row of the timetable's stops."""
        said = self.timetable.stops.row(row, named=True)
        feed, parent = self.timetable.feeds[said["feed"]].name, said["parent"]
        return StopName(
            key=said["key"],
            name=self.names.texts(feed, "stops.stop_name", said["name"], said["stop_id"]),
            position=Position(said["lon"], said["lat"]),
            code=said["code"],
            platform=said["platform"],
            station=None if parent is None else self.timetable.stops["key"][parent],
            is_wheelchair=_WHEELCHAIR.get(said["wheelchair"]),
        )

    def line_name(self, row: int) -> LineName:
        """The line of a row of the timetable's routes."""
        return self._line_names[row]

    def lines_at(self, rows: Sequence[int]) -> list[LineName]:
        """Lines that call at any of these stops, in order."""
        found = sorted({route for row in rows for route in self._routes_at.get(row, ())})
        return sorted((self.line_name(route) for route in found), key=_in_order)

    def _line(self, key: str) -> int:
        row = self.timetable.route_rows.get(key)
        if row is None:
            raise NotFound(no_line(key))
        return row

    def _stop(self, key: str) -> int:
        """Its row; an entrance stands for its station."""
        row = self.timetable.stop_rows.get(key)
        if row is None:
            raise NotFound(no_stop(key))
        is_way_in = self.timetable.stops["kind"][row] == ENTRANCE and self._parents[row] >= 0
        return self._parents[row] if is_way_in else row

    def _platforms(self, row: int) -> list[int]:
        """Where vehicles call: the stop itself, and what belongs to it where it is a station."""
        return [row, *self._children.get(row, ())]

    def _keys_at(self, stop: str) -> list[str]:
        """Keys of a stop and of what belongs to it."""
        row = self.timetable.stop_rows.get(stop)
        return [] if row is None else [self.timetable.stops["key"][each] for each in self._platforms(row)]

    @cached_property
    def _line_names(self) -> list[LineName]:
        routes = self.timetable.routes
        named = []
        for said in routes.iter_rows(named=True):
            feed = self.timetable.feeds[said["feed"]].name
            short = self.names.texts(feed, "routes.route_short_name", said["name"], said["route_id"])
            if len(short) == 1:  # a line without a short name goes by its long one
                short |= self.names.texts(feed, "routes.route_long_name", said["name"], said["route_id"])
            named.append(
                LineName(
                    key=said["key"],
                    name=short,
                    long_name=self.names.texts(feed, "routes.route_long_name", said["long_name"], said["route_id"]),
                    mode=MODES[said["mode"]],
                    color=said["color"],
                    agency=self.names.texts(feed, "agency.agency_name", said["agency"]),
                )
            )
        return named

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = {}
        for row, parent in enumerate(self._parents):
            if parent >= 0:
                children.setdefault(parent, []).append(row)
        return children

    @cached_property
    def _parents(self) -> list[int]:
        found: list[int] = self.timetable.stops["parent"].fill_null(-1).to_list()
        return found

    @cached_property
    def _places(self) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
        return self.timetable.stops["lon"].to_numpy(), self.timetable.stops["lat"].to_numpy()

    @cached_property
    def _routes_at(self) -> dict[int, list[int]]:
        route = self.timetable.trips["route"].to_numpy()
        pairs = self.timetable.calls_by_stop.select(
            "stop", pl.Series("route", route[self.timetable.calls_by_stop["trip"].to_numpy()], pl.Int32)
        ).unique(maintain_order=True)
        found: dict[int, list[int]] = {}
        for stop, line in pairs.iter_rows():
            found.setdefault(stop, []).append(line)
        return found

    @cached_property
    def _served(self) -> list[bool]:
        return [row in self._routes_at for row in range(self.timetable.stops.height)]

    def _ways(self, route: int) -> list[Way]:
        """The line's most frequent pattern in each direction, outward first."""
        trips = self.timetable.trips.select(
            "route", "direction", "headsign", "feed", pl.Series("pattern", self.timetable.pattern, pl.Int32)
        ).with_row_index("trip")
        own = trips.filter(pl.col("route") == route)
        counted = own.group_by("direction", "pattern").agg(pl.len(), pl.col("trip", "headsign", "feed").first())
        best = counted.sort("len", "pattern", descending=[True, False]).unique("direction", keep="first")
        return [self._way(row) for row in best.sort("direction", nulls_last=True).iter_rows(named=True)]

    def _way(self, said: dict[str, int | str | None]) -> Way:
        table, trip, pattern = self.timetable, int(said["trip"] or 0), int(said["pattern"] or 0)
        places = slice(table.patterns.first[pattern], table.patterns.first[pattern + 1])
        calls = slice(table.first_call[trip], table.first_call[trip + 1])
        stops = tuple(self.stop_name(row) for row in table.patterns.stop[places].tolist())
        drawn, begins = table.patterns.line[pattern], float(table.patterns.start[pattern])
        ends = begins + float(table.patterns.along[places][-1])
        straight = tuple((stop.position.lon, stop.position.lat) for stop in stops)
        direction = said["direction"]
        return Way(
            direction=None if direction is None else int(direction),
            headsign=self.headsign(trip),
            stops=stops,
            seconds=tuple((table.arrives[calls] - table.departs[calls][0]).tolist()),
            path=straight if drawn is None else cut(drawn, begins, ends),
        )

    def headsign(self, trip: int) -> dict[str, str]:
        """Where a trip says that it goes; else the name of its last stop."""
        said = self.timetable.trips.row(trip, named=True)
        if said["headsign"]:
            feed = self.timetable.feeds[said["feed"]].name
            return self.names.texts(feed, "trips.trip_headsign", said["headsign"], said["trip_id"])
        pattern = self.timetable.pattern[trip]
        return self.stop_name(int(self.timetable.patterns.stop[self.timetable.patterns.first[pattern + 1] - 1])).name

    def headsign_at(self, route: int, stop: int) -> dict[str, str]:
        """Where vehicles of a line say at a stop that they go; nothing where it does not call by the timetable."""
        trips = self.timetable.calls_by_stop.filter(pl.col("stop") == stop)["trip"].to_numpy()
        own = trips[self.timetable.trips["route"].to_numpy()[trips] == route]
        return self.headsign(int(own[0])) if len(own) else {}


def _in_order(line: LineName) -> tuple[str, list[tuple[int, str]], str]:
    """By mode, then by name, numbers in it as numbers."""
    parts = re.findall(r"\d+|\D+", next(iter(line.name.values()), ""))
    return line.mode.value, [(int(part), "") if part.isdecimal() else (1 << 30, part) for part in parts], line.key
