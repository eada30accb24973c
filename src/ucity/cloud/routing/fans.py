"""Ways between a place and the stops around it: on foot, and by what one leaves at the stop.

A ``Fan`` tells how long each way takes; only those that a journey uses are drawn. Along streets where they are known,
else (``is_estimated``) the straight line times 1.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ucity.blueprint.journeys import JourneyQuery, Mode, Position
from ucity.cloud.routing.ground import DETOUR, STRAIGHT, metres_between
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pareto import Ends
from ucity.cloud.routing.pieces import Piece, going_of, indoors, whole_seconds
from ucity.cloud.routing.stations import quickest
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets.graph import Path, Reached, Spots
from ucity.cloud.routing.streets.ways import BICYCLE_SPEED

LONGEST_RIDE = 1500
"""Seconds by bicycle to a stop."""
LOCKING = 60
"""Seconds to lock a bicycle, or to take one."""
_FASTEST = 60.0
"""Metres a second that no car exceeds."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fan:
    """Ways between one place and stops. ``draw(n)`` gives the pieces of the n-th in the direction of travel."""

    ends: Ends
    draw: Callable[[int], Sequence[Piece]]


def joined(parts: Sequence[Fan]) -> Fan:
    """Several ways to reach stops in one."""
    sums = np.cumsum([0, *(len(part.ends.stop) for part in parts)])

    def draw(number: int) -> Sequence[Piece]:
        which = int(np.searchsorted(sums, number, side="right")) - 1
        return parts[which].draw(number - int(sums[which]))

    columns = zip(*(part.ends for part in parts), strict=True)
    return Fan(Ends(*(np.concatenate(column) for column in columns)), lru_cache(draw))


def on_foot(network: Network, query: JourneyQuery, *, is_egress: bool) -> Fan:
    """Ways on foot."""
    place = query.destination if is_egress else query.origin
    return to_stops(network, query, place, walking(query, query.longest_walk.total_seconds()), is_egress=is_egress)


def by_bicycle(network: Network, query: JourneyQuery) -> Fan:
    """Ways on one's own bicycle, which is locked at the stop."""
    means = Means(Mode.BICYCLE, Going.BICYCLE, 1.0, LONGEST_RIDE, LOCKING)
    return to_stops(network, query, query.origin, means, is_egress=False)


@dataclass(frozen=True, slots=True)
class Means:
    """How one gets about, and for how many seconds at most (``longest``), beside ``more``. ``speed`` makes costs of
    ``going`` seconds: one walks metres, but rides seconds."""

    mode: Mode
    going: Going
    speed: float
    longest: float
    more: int = 0

    @property
    def straight(self) -> float:
        """Metres a second where no streets are known."""
        return STRAIGHT.get(self.mode, self.speed)


def walking(query: JourneyQuery, longest: float) -> Means:
    """On foot, as the one who asks goes, for so many seconds at most."""
    return Means(Mode.WALK, going_of(query), query.walking_speed, longest)


class Targets(NamedTuple):
    """Places that are gone to: degrees, and where they are on the streets, if there are any."""

    lon: Array
    lat: Array
    spots: Mapping[Going, Spots]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Ways from a place to targets (``is_egress``: from them to it): seconds, and whether each is a straight line."""

    network: Network
    place: Position
    means: Means
    targets: Targets
    is_egress: bool
    seconds: Array
    is_straight: NDArray[np.bool_]
    reached: Reached | None

    def path(self, target: int) -> Path:
        """The way to (from) a target, in the direction of travel."""
        path: Path = ()
        streets = self.network.streets
        if streets is not None and self.reached is not None and not self.is_straight[target]:
            path = streets.path(self.reached, self.targets.spots[self.means.going].one(target))
        there = (float(self.targets.lon[target]), float(self.targets.lat[target]))
        begin, end = (there, _point(self.place)) if self.is_egress else (_point(self.place), there)
        return (begin, *path, end)


def spread(network: Network, place: Position, means: Means, targets: Targets, *, is_egress: bool) -> Spread:
    """The ways to all targets; seconds are infinite, or more than ``means.longest``, where it is too far."""
    seconds, is_straight, reached = _straight(network, place, means, targets), np.ones(len(targets.lon), bool), None
    if network.streets is not None:
        spots = targets.spots[means.going]
        start = network.streets.spots(means.going, place.lon, place.lat)
        if start.edge[0] >= 0:
            reached = network.streets.reach(means.going, start, means.longest * means.speed, backward=is_egress)
            along = network.streets.costs_to(reached, spots) / means.speed
            is_straight = spots.edge < 0
            seconds = np.where(is_straight, seconds, along)
    return Spread(network, place, means, targets, is_egress, seconds, is_straight, reached)


def to_stops(network: Network, query: JourneyQuery, place: Position, means: Means, *, is_egress: bool) -> Fan:
    """Ways from a place to all stops (``is_egress``: from them to it), on foot inside stations: to each by the door by
    which one is there soonest."""
    stops_ = network.timetable.stops
    targets = Targets(stops_["lon"].to_numpy(), stops_["lat"].to_numpy(), network.spots)
    ways = spread(network, place, means, targets, is_egress=is_egress)
    doors = network.stations[going_of(query)].doors(is_egress=is_egress)
    rows, seconds = quickest(doors, ways.seconds, query.walking_speed, means.longest)
    stops, at, inside = doors.stop[rows], doors.at[rows], doors.metres[rows]
    total = np.ceil(seconds).astype(np.int32) + np.int32(means.more)
    outside = ways.seconds[at] * means.speed if means.mode is Mode.WALK else 0.0
    walk = np.ceil(outside + inside).astype(np.int32)

    def draw(number: int) -> list[Piece]:
        stop, door = int(stops[number]), int(at[number])
        left = whole_seconds(inside[number], doors.seconds[rows[number]], query.walking_speed)
        street = Piece(
            mode=means.mode,
            seconds=int(total[number]) - left,
            path=ways.path(door),
            is_estimated=bool(ways.is_straight[door]),
            to=network.timetable.places[door],
        )
        return through_door(network, query, street, (door, stop, left), is_egress=is_egress)

    return Fan(Ends(stops, total, walk, np.zeros_like(stops)), draw)


def through_door(
    network: Network, query: JourneyQuery, street: Piece, inside: tuple[int, int, int], *, is_egress: bool
) -> list[Piece]:
    """The way along streets to a door, and on to a stop in so many seconds (``is_egress``: from the stop, by the door).
    ``inside``: rows of the door and of the stop, and the seconds between them."""
    door, stop, seconds = inside
    if door == stop:
        return [street]
    if is_egress:
        return [indoors(network, query, (stop, door), seconds), street]
    return [street, indoors(network, query, (door, stop), seconds)]


def _straight(network: Network, place: Position, means: Means, targets: Targets) -> Array:
    """Seconds along straight lines times 1.3 to each target."""
    x, y = network.timetable.plane.metres(targets.lon, targets.lat)
    here_x, here_y = network.timetable.plane.metres(place.lon, place.lat)
    found: Array = np.hypot(x - here_x, y - here_y) * DETOUR / means.straight
    return found


def _point(position: Position) -> tuple[float, float]:
    return position.lon, position.lat


def between(
    network: Network, means: tuple[Mode, Going, float], ends: tuple[Position, Position], longest: float
) -> Piece | None:
    """The way from one place to another without a timetable, when it takes at most ``longest`` seconds.

    ``means``: the mode, how it goes, and what makes its costs seconds (a walker's speed; 1 for others).
    """
    mode, going, speed = means
    origin, destination = ends
    points = (_point(origin), _point(destination))
    metres = metres_between(origin, destination)
    # Nothing is searched for that no street could make short enough.
    if metres > 1.01 * longest * {Mode.WALK: speed, Mode.BICYCLE: BICYCLE_SPEED}.get(mode, _FASTEST):
        return None
    if network.streets is not None:
        spots = network.streets.spots(going, [origin.lon, destination.lon], [origin.lat, destination.lat])
        if (spots.edge >= 0).all():
            return _along(network.streets, means, (spots.one(0), spots.one(1)), points, longest)
    seconds = metres * DETOUR / STRAIGHT.get(mode, speed)
    if seconds > longest:
        return None
    return Piece(mode=mode, seconds=int(np.ceil(seconds)), path=points, is_estimated=True)


def _along(
    streets: Streets,
    means: tuple[Mode, Going, float],
    spots: tuple[Spots, Spots],
    points: tuple[tuple[float, float], tuple[float, float]],
    longest: float,
) -> Piece | None:
    mode, going, speed = means
    reached = streets.reach(going, spots[0], longest * speed)
    seconds = float(streets.costs_to(reached, spots[1])[0]) / speed
    if not seconds <= longest:
        return None
    path = (points[0], *streets.path(reached, spots[1]), points[1])
    return Piece(mode=mode, seconds=int(np.ceil(seconds)), path=path, is_estimated=False)
