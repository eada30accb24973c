"""The timetables of all feeds in one: stops, routes, trips and their calls as columns, addressed by row number.

``ucity.cloud.routing.loading.load({"metro": gtfs, ...})`` makes a ``Timetable``. Rows are numbered from 0: a *stop* is
a row of ``stops``, a *trip* a row of ``trips``. Keys are ``<feed>:<id>``; ``timetable.stop_rows[key]`` finds the row.

A *run* is one trip on one service day (with a headway in place of times: one departure of it). Times of calls are
seconds after noon minus 12 hours of the service day; ``start_of(feed, day)`` makes them seconds of the epoch.

    runs_on(timetable, day)                       # which trips run on a service day, and when their clock starts
    departures(timetable, stops, start, end)      # frame of scheduled calls at stops between two times
    calls_of(timetable, trip)                     # frame of a trip's calls

``ucity.cloud.routing.live`` tells what is expected in place of what is scheduled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.blueprint.journeys import Mode, Place
from ucity.cloud.routing.plane import Plane
from ucity.cloud.routing.shapes import Line

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
RUN = ["trip", "day", "shift"]
"""Columns that tell a run: one trip on one service day, with a headway one departure of it."""
HALF_DAY = 43_200
ENTRANCE = 2
"""GTFS's ``location_type`` of a way into a station."""
LONGEST = timedelta(days=2)
"""How long after its service day began a run is still looked for."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: its name, the zone of its clocks, and which services run on which days."""

    name: str
    zone: ZoneInfo
    services: Callable[[date], Ints]
    """Service day to the numbers of the services that run on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Platforms:
    """Where one gets off and on: see ``ucity.cloud.routing.platforms``. ``stop``: row of each one's stop.

    ``off`` and ``on`` are the ones of either kind: columns stop, trip, route, platform, the last its number; those of a
    stop with no trip and no route are for all that no other is for. ``asked``: columns off, on, least, of two between
    which a feed has a rule.
    """

    stop: Ints
    off: pl.DataFrame
    on: pl.DataFrame
    asked: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Patterns:
    """Trips that call at the same stops in the same way along the same line have one pattern.

    ``first[p]:first[p + 1]`` are the pattern's rows of ``stop``, ``off`` and ``on`` (numbers of platforms), ``pickup``,
    ``drop_off`` (GTFS codes) and ``along`` (metres from its first stop).
    """

    first: Longs
    stop: Ints
    off: Ints
    on: Ints
    pickup: Bytes
    drop_off: Bytes
    along: NDArray[np.float32]
    mode: Bytes
    """Number of each pattern's mode in ``MODES``."""
    wheelchair: Bytes
    bicycles: Bytes
    line: tuple[Line | None, ...]
    start: NDArray[np.float64]
    """Metres along ``line`` where the first stop is."""


MODES = tuple(Mode)


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """All feeds' timetables; see the module."""

    feeds: tuple[Feed, ...]
    stops: pl.DataFrame
    """key, feed (row of ``feeds``), stop_id, name, code, lon, lat, parent (row or null), platform, kind, wheelchair,
    level (key or null), level_index, level_name."""
    routes: pl.DataFrame
    """key, feed, route_id, name, long_name, mode, color, text_color, agency (its name), agency_id,
    route_type."""
    trips: pl.DataFrame
    """key, feed, trip_id, route (row), service, headsign, direction, block, short_name, bicycles, wheelchair."""
    first_call: Longs
    """``first_call[t]:first_call[t + 1]`` are trip t's rows of ``arrives``, ``departs``, ``sequence``."""
    arrives: Ints
    departs: Ints
    sequence: Ints
    pattern: Ints
    """Of each trip."""
    patterns: Patterns
    headways: pl.DataFrame
    """trip, start, end, headway (seconds), exact: trips that go every so often. Their ``arrives`` begin anywhere."""
    links: pl.DataFrame
    """trip, next_trip (rows), may_stay: trips that one vehicle makes one after another, whatever their ``block``."""
    platforms: Platforms
    pathways: pl.DataFrame
    """Inside stations, a row each direction: see ``ucity.cloud.routing.stations.pathways``."""
    places: tuple[Place, ...]
    """Of each stop."""
    plane: Plane
    stop_rows: Mapping[str, int]
    trip_rows: Mapping[str, int]
    route_rows: Mapping[str, int]
    calls_by_stop: pl.DataFrame
    """stop, trip, call (0, 1, ... within the trip), sorted by stop: for boards."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Trips on one service day: rows of ``trips``, and what to add to their calls' seconds for seconds of the epoch."""

    day: date
    trip: Ints
    clock: Longs
    shift: Ints
    """Seconds by which a departure of a trip with a headway is later than the trip's own times; else 0."""


def start_of(zone: ZoneInfo, day: date) -> int:
    """Second of the epoch at which a service day's clock shows 0: noon minus 12 hours, also when clocks are changed."""
    return int(datetime.combine(day, time(12), zone).timestamp()) - HALF_DAY


def runs_on(timetable: Timetable, day: date) -> Runs:
    """The runs of all feeds on a service day."""
    trips, shifts = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    running = _running(timetable, day)
    with_headway = np.zeros(len(running), bool)
    with_headway[timetable.headways["trip"].to_numpy()] = True
    trips.append(np.flatnonzero(running & ~with_headway).astype(np.int32))
    shifts.append(np.zeros(len(trips[-1]), np.int32))
    for trip, start, end, headway, _ in timetable.headways.iter_rows():
        if running[trip]:
            begins = np.arange(start, end, headway, dtype=np.int32)
            trips.append(np.full(len(begins), trip, np.int32))
            shifts.append(begins - timetable.departs[timetable.first_call[trip]])
    trip, shift = np.concatenate(trips), np.concatenate(shifts)
    starts = np.array([start_of(feed.zone, day) for feed in timetable.feeds], np.int64)
    clock = starts[timetable.trips["feed"].to_numpy()[trip]] + shift if len(trip) else np.zeros(0, np.int64)
    return Runs(day, trip, clock, shift)


def _running(timetable: Timetable, day: date) -> NDArray[np.bool_]:
    services = [feed.services(day) for feed in timetable.feeds]
    mask: NDArray[np.bool_] = np.isin(timetable.trips["service"].to_numpy(), np.concatenate([[-1], *services]))
    return mask


def service_days(timetable: Timetable, start: datetime, end: datetime) -> list[date]:
    """The service days of which runs may be under way between two times."""
    zones = {feed.zone for feed in timetable.feeds}
    first = min((start.astimezone(zone).date() for zone in zones), default=start.date()) - LONGEST
    last = max((end.astimezone(zone).date() for zone in zones), default=end.date())
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def departures(timetable: Timetable, stops: Sequence[int], start: datetime, end: datetime) -> pl.DataFrame:
    """Scheduled calls at the stops that leave from ``start`` to before ``end``, soonest first.

    Columns: stop, trip, call, day, shift, sequence, pickup, drop_off, arrives, departs (seconds of the epoch). The last
    call of a trip is among them: it is one for those who wait for somebody.
    """
    at = timetable.calls_by_stop.filter(pl.col("stop").is_in(list(stops)))
    found = [_calls(timetable, at, runs_on(timetable, day)) for day in service_days(timetable, start, end)]
    within = pl.col("departs").is_between(int(start.timestamp()), int(end.timestamp()), closed="left")
    return pl.concat(found).filter(within).sort("departs", "trip", "call")


def _calls(timetable: Timetable, at: pl.DataFrame, runs: Runs) -> pl.DataFrame:
    running = pl.DataFrame({"trip": runs.trip, "clock": runs.clock, "shift": runs.shift})
    joined = at.join(running, on="trip", maintain_order="left")
    trip, call, clock = joined["trip"].to_numpy(), joined["call"].to_numpy(), joined["clock"].to_numpy()
    row = timetable.first_call[trip] + call
    place = timetable.patterns.first[timetable.pattern[trip]] + call
    return joined.select("stop", "trip", "call", pl.lit(runs.day).alias("day"), "shift").with_columns(
        pl.Series("sequence", timetable.sequence[row]),
        pl.Series("pickup", timetable.patterns.pickup[place]),
        pl.Series("drop_off", timetable.patterns.drop_off[place]),
        pl.Series("arrives", timetable.arrives[row] + clock),
        pl.Series("departs", timetable.departs[row] + clock),
    )


def calls_of(timetable: Timetable, trip: int) -> pl.DataFrame:
    """A trip's calls: stop, call, sequence, pickup, drop_off, along (metres), arrives, departs (seconds of the day)."""
    rows = slice(timetable.first_call[trip], timetable.first_call[trip + 1])
    pattern = timetable.pattern[trip]
    places = slice(timetable.patterns.first[pattern], timetable.patterns.first[pattern + 1])
    return pl.DataFrame(
        {
            "stop": timetable.patterns.stop[places],
            "call": np.arange(rows.stop - rows.start, dtype=np.int32),
            "sequence": timetable.sequence[rows],
            "pickup": timetable.patterns.pickup[places],
            "drop_off": timetable.patterns.drop_off[places],
            "along": timetable.patterns.along[places],
            "arrives": timetable.arrives[rows],
            "departs": timetable.departs[rows],
        }
    )
