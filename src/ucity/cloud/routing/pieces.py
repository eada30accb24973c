"""Parts of a way: along streets by one mode, or inside a station along its pathways."""

from dataclasses import dataclass

import numpy as np

from ucity.blueprint.journeys import JourneyQuery, Mode, Place, SharedRide, Step
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.stations import steps_of
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.streets.graph import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a way by one mode; ``to`` is where it ends when that is neither the place nor the stop. ``metres``:
    how long it is, where ``path`` does not tell."""

    mode: Mode
    seconds: int
    path: Path
    is_estimated: bool
    to: Place | None = None
    shared: SharedRide | None = None
    metres: float | None = None
    steps: tuple[Step, ...] = ()


def going_of(query: JourneyQuery) -> Going:
    """How the one who asks goes on foot."""
    if query.wheelchair:
        return Going.WHEELCHAIR
    return Going.FEW_STEPS if query.few_steps else Going.FOOT


def indoors(network: Network, query: JourneyQuery, ends: tuple[int, int], seconds: int) -> Piece:
    """The way inside a station from one of these stops (rows) to the other, which takes so long."""
    timetable = network.timetable
    rows = network.stations[going_of(query)].inside.way(*ends).tolist()
    pathways = timetable.pathways[rows]
    stops = [ends[0], *pathways["to"]]
    points = [timetable.places[stop].position for stop in stops]
    return Piece(
        mode=Mode.WALK,
        seconds=seconds,
        path=tuple((point.lon, point.lat) for point in points),
        is_estimated=False,
        to=timetable.places[ends[1]],
        metres=round(float(pathways["length"].sum()), 1),
        steps=steps_of(timetable, rows),
    )


def whole_seconds(metres: float, seconds: float, speed: float) -> int:
    """Of so many metres at this speed, and the seconds beside them."""
    return int(np.ceil(metres / speed + seconds))
