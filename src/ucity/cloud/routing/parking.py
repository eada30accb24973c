"""Park and ride: by car to a car park that is meant for it, and on foot from there to stops."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ucity.blueprint.journeys import JourneyQuery, Mode, Place, Position
from ucity.cloud.routing.emissions import factor_of
from ucity.cloud.routing.fans import Fan, to_stops, walking
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pareto import Ends
from ucity.cloud.routing.pieces import Piece
from ucity.cloud.routing.streets import Going, Streets

LONGEST_DRIVE = 2700
"""Seconds from the origin to the car park."""
PARKING = 180
"""Seconds to park, and to get out."""
LONGEST_WALK = 600.0
"""Metres from the car park to a stop: it lies at a station, or it is not meant for that station."""
_METRES_A_SECOND = 9.0
"""Of a drive, for its carbon while the way is sought."""
_NOTHING = Fan(Ends(*(np.zeros(0, np.int32) for _ in range(4))), lambda _: ())


class _Lot(NamedTuple):
    place: Place
    drive: int
    on_foot: Fan


def park_and_ride(network: Network, query: JourneyQuery) -> Fan:
    """Ways from the origin to stops by car and then on foot; none without streets, or without such a car park."""
    streets = network.streets
    if streets is None or not streets.parks:
        return _NOTHING
    start = streets.spots(Going.CAR, query.origin.lon, query.origin.lat)
    lon, lat = ([park[axis] for park in streets.parks] for axis in (0, 1))
    at = streets.spots(Going.CAR, lon, lat)
    if start.edge[0] < 0:
        return _NOTHING
    by_car = streets.reach(Going.CAR, start, LONGEST_DRIVE)
    drives = streets.costs_to(by_car, at)
    near = [number for number, seconds in enumerate(drives) if seconds <= LONGEST_DRIVE]
    lots = [_lot(network, streets, query, number, float(drives[number])) for number in near]
    ends = [_ends(lot, query) for lot in lots]
    if not ends:
        return _NOTHING
    whose = [(lot, row) for lot, each in enumerate(ends) for row in range(len(each.stop))]

    def draw(number: int) -> Sequence[Piece]:
        which, row = whose[number]
        lot = lots[which]
        parked = (lot.place.position.lon, lot.place.position.lat)
        path = ((query.origin.lon, query.origin.lat), *streets.path(by_car, at.one(near[which])), parked)
        driven = Piece(mode=Mode.CAR, seconds=lot.drive + PARKING, path=path, is_estimated=False, to=lot.place)
        return [driven, *lot.on_foot.draw(row)]

    return Fan(Ends(*(np.concatenate(columns) for columns in zip(*ends, strict=True))), draw)


def _lot(network: Network, streets: Streets, query: JourneyQuery, number: int, drive: float) -> _Lot:
    lon, lat, name = streets.parks[number]
    place = Place(position=Position(lon, lat), name=name)
    means = walking(query, LONGEST_WALK / query.walking_speed)
    return _Lot(place, int(np.ceil(drive)), to_stops(network, query, place.position, means, is_egress=False))


def _ends(lot: _Lot, query: JourneyQuery) -> Ends:
    factor = factor_of(Mode.CAR, query.at.date())
    grams = int(lot.drive * _METRES_A_SECOND * (factor.grams_per_km if factor else 0.0) / 1000)
    walked = lot.on_foot.ends
    return walked._replace(
        seconds=walked.seconds + np.int32(lot.drive + PARKING), grams=np.full_like(walked.grams, grams)
    )
