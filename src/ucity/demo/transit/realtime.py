"""What is going on, as GTFS-Realtime 2.0: where vehicles are, when they come, what is amiss.

A prediction says what a city could know: the delay at the last stop, which goes on. What comes after that in the
simulation is not told before it happens.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from google.transit import gtfs_realtime_pb2 as pb

from ucity.blueprint import Mode, Text
from ucity.demo import MARK
from ucity.demo.noise import chance
from ucity.demo.transit.days import date_of, moment, service_day
from ucity.demo.transit.network import network
from ucity.demo.transit.running import Day, Disturbance, disturbances, running
from ucity.demo.transit.schedule import agency, platform, trip_of
from ucity.demo.transit.timetable import DAY, HOUR, timetable
from ucity.demo.transit.vehicles import Fleet, fleet, vehicle_id

_TOLD_BEFORE = 2 * HOUR
"""How long before its time it is known that a trip does not run."""
_LIFT = 500
_UNSURE_S, _UNSURE_EACH = 15, 12
"""Seconds by which a prediction of the next stop may be wrong, and of each one after it by this much more."""
# Upper ends of the percentages of places taken, as GTFS-Realtime's words for how full a vehicle is.
_FULLNESS = ((5, 0), (45, 1), (75, 2), (105, 3), (125, 4), (1000, 5))
_CAUSES = {
    "construction": (pb.Alert.CONSTRUCTION, {"ko": "도로 공사로", "en": "Because of roadworks"}),
    "accident": (pb.Alert.ACCIDENT, {"ko": "교통사고로", "en": "Because of an accident"}),
    "demonstration": (pb.Alert.DEMONSTRATION, {"ko": "집회로", "en": "Because of a demonstration"}),
    "weather": (pb.Alert.WEATHER, {"ko": "짙은 안개로", "en": "Because of thick fog"}),
}


def _message(at_s: float) -> Any:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(at_s)
    return message


def vehicle_positions(seed: int, at_s: float) -> bytes:
    """Where all vehicles under way are, ``at_s`` seconds after 1970."""
    message, found = _message(at_s), fleet(seed, at_s)
    for row in range(found.block.size):
        _vehicle(message.entity.add(), seed, found, row, int(at_s))
    return bytes(message.SerializeToString())


def _vehicle(entity: Any, seed: int, found: Fleet, row: int, at: int) -> None:
    table = timetable(seed)
    block, stop = table.blocks[int(found.block[row])], int(found.stop[row])
    line, direction = table.lines[block.line], int(found.day.pattern[found.trip[row]]) % 2
    own = entity.vehicle
    entity.id = vehicle_id(table, block)
    _describe(own.trip, seed, found.day, int(found.trip[row]))
    own.vehicle.id = entity.id
    own.vehicle.label = f"{line.id}-{block.place + 1} {MARK}"
    own.position.latitude, own.position.longitude = float(found.lat[row]), float(found.lon[row])
    own.position.bearing, own.position.speed = float(found.bearing[row]), float(found.speed[row]) / 3.6
    own.current_stop_sequence = stop + 1
    own.stop_id = platform((line.stops[::-1] if direction else line.stops)[stop], direction)
    own.current_status = pb.VehiclePosition.STOPPED_AT if found.stands[row] else pb.VehiclePosition.IN_TRANSIT_TO
    own.timestamp = at
    share = int(found.share[row])
    own.occupancy_status = next(word for most, word in _FULLNESS if share <= most)
    own.occupancy_percentage = share


def _describe(trip: Any, seed: int, day: Day, number: int) -> None:
    table = timetable(seed)
    block = table.blocks[int(day.block[number])]
    trip.trip_id, trip.route_id = trip_of(table, block, int(day.trip[number]))
    trip.direction_id = int(day.pattern[number]) % 2
    trip.start_date = f"{date_of(day.number):%Y%m%d}"


def trip_updates(seed: int, at_s: float) -> bytes:
    """Of each trip under way, what happened at its stops and what is expected; and which trips do not run."""
    message, found = _message(at_s), fleet(seed, at_s)
    for row in range(found.block.size):
        _update(message.entity.add(), seed, found, row, at_s)
    for day, trip in _not_running(seed, at_s):
        entity = message.entity.add()
        _describe(entity.trip_update.trip, seed, day, trip)
        entity.id = f"{entity.trip_update.trip.trip_id}~{entity.trip_update.trip.start_date}"
        entity.trip_update.trip.schedule_relationship = pb.TripDescriptor.CANCELED
        entity.trip_update.timestamp = int(at_s)
    return bytes(message.SerializeToString())


def _update(entity: Any, seed: int, found: Fleet, row: int, at_s: float) -> None:
    table, day, trip = timetable(seed), found.day, int(found.trip[row])
    block = table.blocks[int(found.block[row])]
    line, direction = table.lines[block.line], int(day.pattern[trip]) % 2
    own = entity.trip_update
    _describe(own.trip, seed, day, trip)
    entity.id = f"{own.trip.trip_id}~{own.trip.start_date}"
    own.vehicle.id = vehicle_id(table, block)
    own.timestamp = int(at_s)
    stops = line.stops[::-1] if direction else line.stops
    for stop, (arrives, departs, unsure) in enumerate(_expected(day, trip, int(found.stop[row]), found.stands[row])):
        call = own.stop_time_update.add()
        call.stop_sequence, call.stop_id = stop + 1, platform(stops[stop], direction)
        for event, time, due in ((call.arrival, arrives, "due_in"), (call.departure, departs, "due_out")):
            event.time = int(moment(day.number, time))
            event.delay = int(time - getattr(day, due)[day.first[trip] + stop])
            event.uncertainty = unsure


def _expected(day: Day, trip: int, reached: int, stands: bool) -> Iterator[tuple[float, float, int]]:
    """Of each stop (seconds after midnight of arrival and departure, uncertainty). ``reached``: the stop, counted from
    0, that the vehicle stands at or goes to; what lies before it has happened."""
    first, last = int(day.first[trip]), int(day.first[trip + 1])
    late = float(day.depart[first + reached - 1] - day.due_out[first + reached - 1])
    if stands:
        late = float(day.arrive[first + reached] - day.due_in[first + reached])
    for stop, at in enumerate(range(first, last)):
        if stop < reached:
            yield float(day.arrive[at]), float(day.depart[at]), 0
        else:
            arrives = float(day.arrive[at]) if stands and stop == reached else float(day.due_in[at]) + late
            unsure = 0 if stands and stop == reached else _UNSURE_S + _UNSURE_EACH * (stop - reached)
            yield arrives, max(arrives, float(day.due_out[at])), unsure


def _not_running(seed: int, at_s: float) -> Iterator[tuple[Day, int]]:
    """Trips that should be under way now, or soon, and are not; today's and, before its day begins, tomorrow's."""
    today, soon = int(service_day(at_s)), int(service_day(at_s + _TOLD_BEFORE))
    for number in range(today, soon + 1):
        day = running(seed, number)
        now = at_s - moment(number, 0)
        ends = day.due_in[day.first[1:] - 1]
        out = day.cancelled & day.served & (ends > now) & (day.start < now + _TOLD_BEFORE)
        for trip in np.flatnonzero(out).tolist():
            yield day, trip


def alerts(seed: int, at_s: float) -> bytes:
    """What is amiss now or later today."""
    message = _message(at_s)
    today = int(service_day(at_s))
    table = timetable(seed)
    for each in disturbances(seed, table, today):
        if moment(today, each.until) > at_s:
            _disturbed(message.entity.add(), seed, today, each)
    _lift(message.entity.add(), seed, today)
    return bytes(message.SerializeToString())


def _disturbed(entity: Any, seed: int, day: int, told: Disturbance) -> None:
    line = timetable(seed).lines[told.line]
    cause, why = _CAUSES[told.cause]
    entity.id = f"slow-{day}-{told.number}"
    alert = entity.alert
    alert.cause, alert.effect = cause, pb.Alert.SIGNIFICANT_DELAYS
    alert.severity_level = pb.Alert.WARNING
    period = alert.active_period.add()
    period.start, period.end = int(moment(day, told.since)), int(moment(day, told.until))
    selector = alert.informed_entity.add()
    selector.agency_id, selector.route_id = agency(line), line.id
    _say(alert.header_text, {"ko": f"{line.id}번 지연 {MARK}", "en": f"{line.id}: delays {MARK}"})
    ko = f"{why['ko']} {line.id}번 버스({line.name['ko']})가 평소보다 늦습니다."
    en = f"{why['en']}, the buses of line {line.id} ({line.name['en']}) are slower than usual."
    _say(alert.description_text, {"ko": ko, "en": en})


def _lift(entity: Any, seed: int, day: int) -> None:
    """Each day, the lift of some station does not go."""
    stations = [stop for line in network().lines if line.mode is Mode.METRO for stop in line.stops]
    stop = stations[int(chance(seed, _LIFT, day) * len(stations))]
    entity.id = f"lift-{day}"
    alert = entity.alert
    alert.cause, alert.effect = pb.Alert.MAINTENANCE, pb.Alert.ACCESSIBILITY_ISSUE
    alert.severity_level = pb.Alert.INFO
    period = alert.active_period.add()
    period.start, period.end = int(moment(day, 5 * HOUR)), int(moment(day, DAY))
    alert.informed_entity.add().stop_id = str(stop.station)
    _say(
        alert.header_text,
        {"ko": f"{stop.name['ko']}역 승강기 점검 {MARK}", "en": f"{stop.name['en']}: lift out of service {MARK}"},
    )
    ko = f"{stop.name['ko']}역의 승강기를 오늘 점검합니다. 계단이 어려운 분은 이웃 역을 이용해 주세요."
    en = f"The lift of {stop.name['en']} is serviced today. Without steps, use the stations next to it."
    _say(alert.description_text, {"ko": ko, "en": en})


def _say(field: Any, text: Text) -> None:
    for language, words in text.items():
        said = field.translation.add()
        said.language, said.text = language, words
