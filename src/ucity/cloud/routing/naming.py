"""What the stops, lines and destinations of journeys are called, in every language that their feeds tell."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from ucity.blueprint import Leg, Told
from ucity.blueprint.boards import Texts

if TYPE_CHECKING:  # what only asks over the bus does without it
    from ucity.cloud.routing.boards import Boards

Named: TypeAlias = Mapping[str, Texts]
"""By kind and key: ``stop:<feed>:<id>``, ``route:...``, ``trip:...`` (its headsign); texts by language (BCP 47)."""


def named(ways: Iterable[Told], boards: "Boards") -> dict[str, Texts]:
    """Of everything in these journeys that the timetable knows."""
    legs = [leg for way in ways for leg in way.journey.legs]
    timetable = boards.timetable
    stops = {key for leg in legs for key in _stops(leg) if key in timetable.stop_rows}
    routes = {leg.trip.route for leg in legs if leg.trip and leg.trip.route in timetable.route_rows}
    trips = {leg.trip.trip for leg in legs if leg.trip and leg.trip.trip in timetable.trip_rows}
    return {
        **{f"stop:{key}": boards.stop_name(timetable.stop_rows[key]).name for key in stops},
        **{f"route:{key}": boards.line_name(timetable.route_rows[key]).name for key in routes},
        **{f"trip:{key}": boards.headsign(timetable.trip_rows[key]) for key in trips},
    }


def _stops(leg: Leg) -> set[str]:
    places = (leg.origin, leg.destination, *(call.place for call in leg.calls))
    return {place.stop for place in places if place.stop}
