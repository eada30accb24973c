"""From a chain of rides to a journey that can be told: times, places, ways on the map."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from ucity.blueprint.journeys import Journey, JourneyQuery, Leg, Mode, Place
from ucity.cloud.routing.chains import Chain, Ride
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.ground import DETOUR
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pieces import Piece, going_of, indoors, whole_seconds
from ucity.cloud.routing.rides import ride_leg
from ucity.cloud.routing.staying import apart
from ucity.cloud.routing.streets.graph import Path
from ucity.cloud.routing.transfers import WITHIN

Draw = Callable[[int], Sequence[Piece]]


@dataclass(frozen=True, slots=True)
class Teller:
    """What is needed to tell a chain: where its rides run, and how the ways to and from them are drawn."""

    network: Network
    live: Live
    day: Day
    query: JourneyQuery
    access: Draw
    egress: Draw
    _rides: dict[Ride, Leg] = field(default_factory=dict)
    _walks: dict[tuple[int, int], list[Piece]] = field(default_factory=dict)

    def journey(self, chain: Chain) -> Journey:
        """The journey: one leaves as late as the first ride allows."""
        rides = [self._ride(part) for ride in chain.rides for part in apart(self.day, ride)]
        access, egress = self.access(chain.start), self.egress(chain.end)
        start, end = Place(position=self.query.origin), Place(position=self.query.destination)
        leaves = rides[0].departs - timedelta(seconds=sum(piece.seconds for piece in access))
        legs = self.pieces(access, leaves, start, rides[0].origin)
        for number, ride in enumerate(rides):
            if number and not ride.stays and ride.origin.stop != rides[number - 1].destination.stop:
                legs += self._walk(rides[number - 1], ride)
            legs.append(ride)
        legs += self.pieces(egress, rides[-1].arrives, rides[-1].destination, end)
        return Journey(legs=tuple(leg for leg in legs if leg.metres > 0 or leg.trip or leg.arrives > leg.departs))

    def _ride(self, ride: Ride) -> Leg:
        if ride not in self._rides:
            self._rides[ride] = ride_leg(self.network.timetable, self.live, self.day, ride)
        return self._rides[ride]

    def pieces(self, pieces: Sequence[Piece], departs: datetime, start: Place, end: Place) -> list[Leg]:
        """Legs one after another from a place to another."""
        legs = []
        for number, piece in enumerate(pieces):
            arrives = departs + timedelta(seconds=piece.seconds)
            to = piece.to if piece.to and number < len(pieces) - 1 else end
            legs.append(
                Leg(
                    mode=piece.mode,
                    origin=start,
                    destination=to,
                    departs=departs,
                    arrives=arrives,
                    metres=self._metres(piece),
                    path=piece.path,
                    is_estimated=piece.is_estimated,
                    shared=piece.shared,
                    steps=piece.steps,
                )
            )
            departs, start = arrives, to
        return legs

    def _metres(self, piece: Piece) -> float:
        if piece.metres is not None:
            return piece.metres
        lon, lat = np.array(piece.path).T
        x, y = self.network.timetable.plane.metres(lon, lat)
        metres = float(np.hypot(np.diff(x), np.diff(y)).sum())
        return round(metres * (DETOUR if piece.is_estimated else 1.0), 1)

    def _walk(self, before: Leg, after: Leg) -> list[Leg]:
        """The walk between two rides."""
        origin, to = (self.network.timetable.stop_rows[str(place.stop)] for place in (before.destination, after.origin))
        if (origin, to) not in self._walks:
            self._walks[origin, to] = self._between(origin, to)
        return self.pieces(self._walks[origin, to], before.arrives, before.destination, after.origin)

    def _between(self, origin: int, to: int) -> list[Piece]:
        going, speed = going_of(self.query), self.query.walking_speed
        ways = self.network.transfers[going]
        # In the column's own type, or all of it would be copied into another.
        rows = slice(*np.searchsorted(ways.origin, np.array((origin, origin + 1), ways.origin.dtype)))
        row = rows.start + int(np.flatnonzero(ways.to[rows] == to)[0])
        leaves, enters = int(ways.leaves[row]), int(ways.enters[row])
        whole = whole_seconds(ways.metres[row], ways.seconds[row], speed)
        if leaves == WITHIN:
            return [indoors(self.network, self.query, (origin, to), whole)]
        station = self.network.stations[going]
        first = whole_seconds(*station.out.between(origin, leaves), speed)
        last = min(whole_seconds(*station.into.between(to, enters), speed), whole - first)
        street = self._outside(leaves, enters, row, whole - first - last)
        pieces = [indoors(self.network, self.query, (origin, leaves), first)] if leaves != origin else []
        pieces.append(street)
        return pieces + ([indoors(self.network, self.query, (enters, to), last)] if enters != to else [])

    def _outside(self, origin: int, to: int, row: int, seconds: int) -> Piece:
        """The way along streets from one door to another."""
        network, going = self.network, going_of(self.query)
        ways, places = network.transfers[going], network.timetable.places
        path: Path = tuple((places[stop].position.lon, places[stop].position.lat) for stop in (origin, to))
        if not ways.is_estimated[row] and network.streets is not None:
            spots = network.spots[going]
            reached = network.streets.reach(going, spots.one(origin), float(ways.metres[row]) + 1)
            path = (path[0], *network.streets.path(reached, spots.one(to)), path[1])
        return Piece(
            mode=Mode.WALK, seconds=seconds, path=path, is_estimated=bool(ways.is_estimated[row]), to=places[to]
        )
