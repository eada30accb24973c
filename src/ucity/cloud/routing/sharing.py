"""Ways on shared bicycles: on foot to a station that has one, along streets to one with a free dock, on from there.

For the whole way, or to (from) stops. Only the few stations nearest to where one sets out (or wants to be) are tried:
nobody passes three of them by. Which stations have what is known of now, and not offered for later
(``shared.AHEAD``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from ucity.blueprint.journeys import JourneyQuery, Mode, SharedRide
from ucity.cloud.routing.earliest import FAR
from ucity.cloud.routing.fans import LOCKING, LONGEST_RIDE, Array, Fan, Means, Spread, spread, through_door, walking
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pareto import Ends
from ucity.cloud.routing.pieces import Piece, going_of, whole_seconds
from ucity.cloud.routing.shared import Ground, Shared, text_of
from ucity.cloud.routing.stations import quickest
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.timetable import Ints

TRIED = 3
"""Stations, the nearest ones."""
LONGEST_WALK = 900.0
"""Seconds on foot to a station, or from one."""
_NOTHING = Fan(Ends(*(np.zeros(0, np.int32) for _ in range(4))), lambda _: ())


@dataclass(frozen=True, slots=True, eq=False)
class _Rides:
    """Rides between stations near a place and all others (``is_egress``: from all others to them). For each station:
    ``seconds`` until it is reached from the place, and by way of ``via``, one of ``rides``."""

    shared: Shared
    walk: Spread
    first: Sequence[int]
    rides: Sequence[Spread]
    seconds: Array
    via: NDArray[np.int64]
    is_egress: bool

    def pieces(self, station: int) -> list[Piece]:
        """From the place to a station (``is_egress``: from it to the place)."""
        which = int(self.via[station])
        first, ride = self.first[which], self.rides[which]
        taken, returned = (station, first) if self.is_egress else (first, station)
        on_foot = _walked(self.walk, first)
        ridden = Piece(
            mode=Mode.SHARED_BICYCLE,
            seconds=int(np.ceil(ride.seconds[station])) + 2 * LOCKING,
            path=ride.path(station),
            is_estimated=bool(ride.is_straight[station]),
            to=self.shared.place(returned),
            shared=_told(self.shared, taken, returned),
        )
        if self.is_egress:
            return [ridden, on_foot]
        return [replace(on_foot, to=self.shared.place(first)), ridden]


def whole_way(network: Network, query: JourneyQuery, shared: Shared) -> list[Piece]:
    """The quickest way without a timetable: on foot, on one bicycle, on foot. Empty where there is none."""
    rides, ground = _rides(network, query, shared, is_egress=False), shared.ground
    if rides is None or ground is None:
        return []
    last = spread(network, query.destination, walking(query, LONGEST_WALK), ground.targets, is_egress=True)
    seconds = rides.seconds + np.where(last.seconds <= LONGEST_WALK, last.seconds, np.inf)
    station = int(np.argmin(seconds))
    return [*rides.pieces(station), _walked(last, station)] if np.isfinite(seconds[station]) else []


def to_stops(network: Network, query: JourneyQuery, shared: Shared, *, is_egress: bool) -> Fan:
    """Ways to stops by bicycle, returned near the stop (``is_egress``: from stops, taken near them)."""
    rides, ground = _rides(network, query, shared, is_egress=is_egress), shared.ground
    if rides is None or ground is None:
        return _NOTHING
    near, at_place = ground.near, rides.walk.seconds[np.array(rides.first)]
    reached = rides.seconds[near.station] + near.metres / query.walking_speed
    best = _best_each(near.at, reached)
    seconds = np.full(network.timetable.stops.height, np.inf)
    seconds[near.at[best]] = reached[best]
    by = np.full(len(seconds), -1, np.int64)
    by[near.at[best]] = best
    doors = network.stations[going_of(query)].doors(is_egress=is_egress)
    rows, total = quickest(doors, seconds, query.walking_speed, float(FAR))
    from_near = by[doors.at[rows]]
    on_foot = at_place[rides.via[near.station[from_near]]] * query.walking_speed + near.metres[from_near]
    ends = Ends(
        stop=doors.stop[rows],
        seconds=np.ceil(total).astype(np.int32),
        walk=np.ceil(on_foot + doors.metres[rows]).astype(np.int32),
        grams=np.zeros(len(rows), np.int32),
    )

    def draw(number: int) -> list[Piece]:
        row = int(rows[number])
        station, door = int(near.station[from_near[number]]), int(doors.at[row])
        pieces = rides.pieces(station)
        left = whole_seconds(doors.metres[row], doors.seconds[row], query.walking_speed)
        more = int(ends.seconds[number]) - left - sum(piece.seconds for piece in pieces)
        street = _beside_stop(ground, query, (station, door, max(more, 0)), is_egress=is_egress)
        street = replace(street, to=shared.place(station) if is_egress else network.timetable.places[door])
        walked = through_door(network, query, street, (door, int(doors.stop[row]), left), is_egress=is_egress)
        return [*walked, *pieces] if is_egress else [*pieces, *walked]

    return Fan(ends, draw)


def _best_each(of: Ints, seconds: Array) -> NDArray[np.int64]:
    """The rows, one of each, that take least; none of those that take for ever."""
    order = np.lexsort((seconds, of))
    order = order[np.isfinite(seconds[order])]
    return order[np.unique(of[order], return_index=True)[1]]


def _rides(network: Network, query: JourneyQuery, shared: Shared, *, is_egress: bool) -> _Rides | None:
    ground = shared.ground
    if ground is None or not len(shared.stations):
        return None
    usable = shared.usable(query.at.astimezone(UTC))
    here, there = (shared.takes, shared.gives) if is_egress else (shared.gives, shared.takes)
    place = query.destination if is_egress else query.origin
    longest = min(LONGEST_WALK, query.longest_walk.total_seconds())
    walk = spread(network, place, walking(query, longest), ground.targets, is_egress=is_egress)
    to_first = np.where(usable & here & (walk.seconds <= longest), walk.seconds, np.inf)
    first = [int(each) for each in np.argsort(to_first, kind="stable")[:TRIED] if np.isfinite(to_first[each])]
    if not first:
        return None
    by_bicycle = Means(Mode.SHARED_BICYCLE, Going.BICYCLE, 1.0, LONGEST_RIDE)
    rides = [
        spread(network, shared.place(each).position, by_bicycle, ground.targets, is_egress=is_egress) for each in first
    ]
    seconds = np.array(
        [
            _ridden(shared, each, ride, usable & there) + np.ceil(to_first[each]) + 2 * LOCKING
            for each, ride in zip(first, rides, strict=True)
        ]
    )
    return _Rides(shared, walk, first, rides, seconds.min(axis=0), seconds.argmin(axis=0), is_egress)


def _ridden(shared: Shared, first: int, ride: Spread, other: NDArray[np.bool_]) -> Array:
    """Seconds to each station at which the bicycle may end (begin) its ride."""
    fits = other & (shared.whose == shared.whose[first]) & (ride.seconds <= LONGEST_RIDE)
    fits[first] = False
    found: Array = np.where(fits, np.ceil(ride.seconds), np.inf)
    return found


def _walked(walk: Spread, target: int) -> Piece:
    return Piece(
        mode=Mode.WALK,
        seconds=int(np.ceil(walk.seconds[target])),
        path=walk.path(target),
        is_estimated=bool(walk.is_straight[target]),
    )


def _beside_stop(ground: Ground, query: JourneyQuery, way: tuple[int, int, int], *, is_egress: bool) -> Piece:
    """The walk along streets between a station and a stop or its entrance, in so many seconds."""
    station, door, seconds = way
    network = ground.network
    from_ = network.timetable.places[door].position
    on_foot = walking(query, ground.near.metres.max() / query.walking_speed + 1)
    ways = spread(network, from_, on_foot, ground.targets, is_egress=not is_egress)
    return Piece(mode=Mode.WALK, seconds=seconds, path=ways.path(station), is_estimated=bool(ways.is_straight[station]))


def _told(shared: Shared, taken: int, returned: int) -> SharedRide:
    offer = shared.offers[shared.whose[taken]]
    return SharedRide(
        feed=offer.feed,
        system=text_of(offer.system.names),
        taken_at=shared.key(taken),
        returned_at=shared.key(returned),
        bicycles=shared.stations[taken].bicycles,
        docks=shared.stations[returned].docks,
        told_at=offer.system.at,
    )
