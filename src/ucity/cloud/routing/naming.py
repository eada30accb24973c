"""What the stops, lines, destinations, levels and signs of journeys are called, in every language that feeds tell."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from ucity.blueprint import Leg, Told
from ucity.blueprint.boards import Texts
from ucity.blueprint.journeys import Label

if TYPE_CHECKING:  # what only asks over the bus does without it
    from ucity.cloud.routing.boards import Boards

Named: TypeAlias = Mapping[str, Texts]
"""By kind and key: ``stop:<feed>:<id>``, ``route:...``, ``trip:...`` (its headsign), and keys of labels (``level:...``,
``sign:...``, ``back_sign:...``); texts by language (BCP 47)."""
_FIELDS = {
    "level": "levels.level_name",
    "sign": "pathways.signposted_as",
    "back_sign": "pathways.reversed_signposted_as",
}
"""What a label is in its feed."""


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
        **{label.key: _label(label, boards) for leg in legs for label in _labels(leg)},
    }


def _labels(leg: Leg) -> Iterator[Label]:
    for step in leg.steps:
        yield from (label for label in (step.level, step.sign) if label)


def _label(label: Label, boards: "Boards") -> Texts:
    kind, feed, record = label.key.split(":", 2)
    return boards.names.texts(feed, _FIELDS[kind], label.text, record)


def _stops(leg: Leg) -> set[str]:
    places = (leg.origin, leg.destination, *(call.place for call in leg.calls))
    return {place.stop for place in places if place.stop}
