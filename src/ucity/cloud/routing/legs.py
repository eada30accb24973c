"""From a chain of rides to a journey that can be told: times, places, ways on the map."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from ucity.blueprint.journeys import Journey, JourneyQuery, Leg, Mode, Place
from ucity.cloud.routing.chains import Chain, Ride
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.fans import Piece, going_of
from ucity.cloud.routing.ground import DETOUR
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.rides import ride_leg
from ucity.cloud.routing.staying import apart
from ucity.cloud.routing.streets.graph import Path

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
    _walks: dict[tuple[int, int], Piece] = field(default_factory=dict)

    def journey(self, chain: Chain) -> Journey:
        """The journey: one leaves as late as the first ride allows."""
        rides = [self._ride(part) for ride in chain.rides for part in apart(self.day, ride)]
        access, egress = self.access(chain.start), self.egress(chain.end)
        start, end = Place(position=self.query.origin), Place(position=self.query.destination)
        leaves = rides[0].departs - timedelta(seconds=sum(piece.seconds for piece in access))
        legs = self.pieces(access, leaves, start, rides[0].origin)
        for number, ride in enumerate(rides):
            if number and not ride.stays and ride.origin.stop != rides[number - 1].destination.stop:
                legs.append(self._walk(rides[number - 1], ride))
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
                )
            )
            departs, start = arrives, to
        return legs

    def _metres(self, piece: Piece) -> float:
        lon, lat = np.array(piece.path).T
        x, y = self.network.timetable.plane.metres(lon, lat)
        metres = float(np.hypot(np.diff(x), np.diff(y)).sum())
        return round(metres * (DETOUR if piece.is_estimated else 1.0), 1)

    def _walk(self, before: Leg, after: Leg) -> Leg:
        """The walk between two rides."""
        origin, to = (self.network.timetable.stop_rows[str(place.stop)] for place in (before.destination, after.origin))
        if (origin, to) not in self._walks:
            self._walks[origin, to] = self._between(origin, to)
        return self.pieces([self._walks[origin, to]], before.arrives, before.destination, after.origin)[0]

    def _between(self, origin: int, to: int) -> Piece:
        going = going_of(self.query)
        ways = self.network.transfers[going]
        rows = slice(*np.searchsorted(ways.origin, (origin, origin + 1)))
        row = rows.start + int(np.flatnonzero(ways.to[rows] == to)[0])
        places = [self.network.timetable.places[stop].position for stop in (origin, to)]
        path: Path = tuple((place.lon, place.lat) for place in places)
        if not ways.is_estimated[row] and self.network.streets is not None:
            spots = self.network.spots[going]
            reached = self.network.streets.reach(going, spots.one(origin), float(ways.metres[row]) + 1)
            path = (path[0], *self.network.streets.path(reached, spots.one(to)), path[1])
        seconds = int(np.ceil(ways.metres[row] / self.query.walking_speed))
        return Piece(mode=Mode.WALK, seconds=seconds, path=path, is_estimated=bool(ways.is_estimated[row]))
