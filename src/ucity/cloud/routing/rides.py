"""A ride as a leg: every call with what is scheduled and what is expected, and the way that the vehicle takes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

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
    stops = day.lanes.stop[first + ride.board : first + ride.alight + 1]
    calls = _calls(timetable, day, ride, [int(stop) for stop in stops])
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
    )


def _calls(timetable: Timetable, day: Day, ride: Ride, stops: Sequence[int]) -> tuple[Call, ...]:
    lanes = day.lanes
    calls = int(lanes.call_first[ride.lane + 1] - lanes.call_first[ride.lane])
    row = int(lanes.time_first[ride.lane] + (ride.run - lanes.run_first[ride.lane]) * calls)
    trip, clock = int(day.trip[ride.run]), int(day.clock[ride.run])
    made = []
    for call, stop in zip(range(ride.board, ride.alight + 1), stops, strict=True):
        expected = [day.epoch + int(of[row + call]) for of in (lanes.arrives, lanes.departs)]
        planned, sequence = expected, call
        if trip >= 0:
            at = int(timetable.first_call[trip]) + call
            planned = [clock + int(of[at]) for of in (timetable.arrives, timetable.departs)]
            sequence = int(timetable.sequence[at])
        times = [datetime.fromtimestamp(second, UTC) for second in (*expected, *planned)]
        made.append(
            Call(
                place=timetable.places[stop],
                sequence=sequence,
                arrives=times[0],
                departs=times[1],
                arrives_scheduled=times[2],
                departs_scheduled=times[3],
            )
        )
    return tuple(made)


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
