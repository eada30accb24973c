"""A ride as a leg: every call with what is scheduled and what is expected, and the way that the vehicle takes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np

from ucity.blueprint.journeys import Call, Leg, Trip
from ucity.cloud.routing.added import Added
from ucity.cloud.routing.adjusting import Run
from ucity.cloud.routing.chains import Ride
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.shapes import cut
from ucity.cloud.routing.streets.graph import Path
from ucity.cloud.routing.timetable import MODES, Timetable


def ride_leg(timetable: Timetable, live: Live, day: Day, ride: Ride) -> Leg:
    """The leg of a ride."""
    first = int(day.lanes.call_first[ride.lane])
    calls = _calls(timetable, live, day, ride)
    along = day.lanes.along[[first + ride.board, first + ride.alight]]
    return Leg(
        mode=MODES[day.mode[ride.lane]],
        origin=calls[0].place,
        destination=calls[-1].place,
        departs=calls[0].departs,
        arrives=calls[-1].arrives,
        metres=round(float(along[1] - along[0]), 1),
        path=_path(timetable, int(day.pattern[ride.lane]), (float(along[0]), float(along[1])), calls),
        trip=_trip(timetable, live, day, ride.run),
        calls=calls,
        stays=ride.stays,
    )


def _calls(timetable: Timetable, live: Live, day: Day, ride: Ride) -> tuple[Call, ...]:
    lanes = day.lanes
    first = int(lanes.call_first[ride.lane])
    stops = timetable.platforms.stop[lanes.on[first + ride.board : first + ride.alight + 1]].tolist()
    calls = int(lanes.call_first[ride.lane + 1] - lanes.call_first[ride.lane])
    row = int(lanes.time_first[ride.lane] + (ride.run - lanes.run_first[ride.lane]) * calls)
    trip, clock = int(day.trip[ride.run]), int(day.clock[ride.run])
    ridden = slice(row + ride.board, row + ride.alight + 1)
    expected = [(of[ridden] + np.int64(day.epoch)).tolist() for of in (lanes.arrives, lanes.departs)]
    if trip < 0:
        planned, sequences = expected, live.added[-1 - trip].sequence[ride.board : ride.alight + 1].tolist()
    else:
        first = int(timetable.first_call[trip])
        rows = slice(first + ride.board, first + ride.alight + 1)
        planned = [(of[rows] + np.int64(clock)).tolist() for of in (timetable.arrives, timetable.departs)]
        sequences = timetable.sequence[rows].tolist()
    return tuple(
        Call(
            place=timetable.places[stop],
            sequence=sequence,
            arrives=datetime.fromtimestamp(times[0], UTC),
            departs=datetime.fromtimestamp(times[1], UTC),
            arrives_scheduled=datetime.fromtimestamp(times[2], UTC),
            departs_scheduled=datetime.fromtimestamp(times[3], UTC),
        )
        for stop, sequence, *times in zip(stops, sequences, *expected, *planned, strict=True)
    )


def _path(timetable: Timetable, pattern: int, along: tuple[float, float], calls: Sequence[Call]) -> Path:
    line = timetable.patterns.line[pattern] if pattern >= 0 else None
    if line is None:
        return tuple((call.place.position.lon, call.place.position.lat) for call in calls)
    start = float(timetable.patterns.start[pattern])
    return cut(line, start + along[0], start + along[1])


def _trip(timetable: Timetable, live: Live, day: Day, run: int) -> Trip:
    row, service_day = int(day.trip[run]), date.fromordinal(int(day.ordinal[run]))
    if row < 0:
        return _added(timetable, live.added[-1 - row], service_day)
    trip = timetable.trips.row(row, named=True)
    route = timetable.routes.row(trip["route"], named=True)
    return Trip(
        trip=trip["key"],
        day=service_day,
        route=route["key"],
        route_name=route["name"],
        headsign=trip["headsign"],
        agency=route["agency"],
        color=route["color"],
        is_live=live.is_told(Run(row, int(day.clock[run]))),
        direction=trip["direction"],
    )


def _added(timetable: Timetable, run: Added, service_day: date) -> Trip:
    route = {"key": "", "name": "", "agency": "", "color": ""}
    if run.route is not None:
        route = timetable.routes.row(run.route, named=True)
    return Trip(
        trip=run.key,
        day=service_day,
        route=route["key"],
        route_name=route["name"],
        headsign=run.headsign,
        agency=route["agency"],
        color=route["color"],
        is_live=True,
    )
