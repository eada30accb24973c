"""Park and ride: by car to a car park that is meant for it, and on foot from there to stops."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ucity.blueprint.journeys import JourneyQuery, Mode, Place, Position
from ucity.cloud.routing.emissions import factor_of
from ucity.cloud.routing.fans import Fan, Piece, going_of
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pareto import Ends
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets.graph import Reached, Spots

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
    on_foot: Reached
    stops: np.ndarray  # rows of stops
    metres: np.ndarray  # on foot to each of them


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
        lot, row = whose[number]
        return _pieces(network, streets, query, (lots[lot], row, by_car, at.one(near[lot])))

    return Fan(Ends(*(np.concatenate(columns) for columns in zip(*ends, strict=True))), draw)


def _lot(network: Network, streets: Streets, query: JourneyQuery, number: int, drive: float) -> _Lot:
    lon, lat, name = streets.parks[number]
    going = going_of(query)
    on_foot = streets.reach(going, streets.spots(going, lon, lat), LONGEST_WALK)
    metres = streets.costs_to(on_foot, network.spots[going])
    stops = np.flatnonzero((metres <= LONGEST_WALK) & (network.serving > 0)).astype(np.int32)
    place = Place(position=Position(lon, lat), name=name)
    return _Lot(place, int(np.ceil(drive)), on_foot, stops, metres[stops])


def _ends(lot: _Lot, query: JourneyQuery) -> Ends:
    factor = factor_of(Mode.CAR, query.at.date())
    grams = lot.drive * _METRES_A_SECOND * (factor.grams_per_km if factor else 0.0) / 1000
    walk = np.ceil(lot.metres / query.walking_speed)
    return Ends(
        stop=lot.stops,
        seconds=(lot.drive + PARKING + walk).astype(np.int32),
        walk=np.ceil(lot.metres).astype(np.int32),
        grams=np.full(len(lot.stops), grams, np.int32),
    )


def _pieces(
    network: Network, streets: Streets, query: JourneyQuery, way: tuple[_Lot, int, Reached, Spots]
) -> list[Piece]:
    lot, row, by_car, spot = way
    stop, going = int(lot.stops[row]), going_of(query)
    end = network.timetable.places[stop].position
    parked = (lot.place.position.lon, lot.place.position.lat)
    driven = ((query.origin.lon, query.origin.lat), *streets.path(by_car, spot), parked)
    walked = (parked, *streets.path(lot.on_foot, network.spots[going].one(stop)), (end.lon, end.lat))
    seconds = int(np.ceil(lot.metres[row] / query.walking_speed))
    return [
        Piece(mode=Mode.CAR, seconds=lot.drive + PARKING, path=driven, is_estimated=False, to=lot.place),
        Piece(mode=Mode.WALK, seconds=seconds, path=walked, is_estimated=False),
    ]
