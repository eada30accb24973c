"""What a city's journeys are sought in: timetables, streets, and the ways on foot between stops.

    streets = read_streets(Path("city.osm.pbf"))         # seconds; None may take its place
    network = build({"metro": gtfs, ...}, streets)       # seconds; a new timetable needs no new streets
    network = joined(timetable, streets)                 # the same of a timetable that is there already
    network.timetable, network.streets

Networks are never changed: a new timetable makes a new one beside the one that answers. All of it is plain arrays and
is safe to use from several threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import polars as pl

from ucity.cloud.routing.earliest import Walks
from ucity.cloud.routing.ground import USUAL_SPEED
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.stations import Station, stations_of
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets import build as build_streets
from ucity.cloud.routing.streets import read as read_extract
from ucity.cloud.routing.streets.graph import Spots
from ucity.cloud.routing.timetable import Bytes, Ints, Longs, Timetable
from ucity.cloud.routing.transfers import Transfers, transfers
from ucity.network.feeds.gtfs import Gtfs

_WALKERS = (Going.FOOT, Going.FEW_STEPS, Going.WHEELCHAIR)
_INACCESSIBLE = 2


class Listed(NamedTuple):
    """The platforms of stop s are ``platform[first[s]:first[s + 1]]``."""

    first: Longs
    platform: Ints

    @classmethod
    def of(cls, platforms: pl.DataFrame, stops: int) -> Self:
        """As ``Platforms`` has them."""
        in_order = platforms.sort("stop", "platform")
        first = np.searchsorted(in_order["stop"].to_numpy(), np.arange(stops + 1)).astype(np.int64)
        return cls(first, in_order["platform"].to_numpy())


@dataclass(frozen=True, eq=False)
class Network:
    """See the module."""

    timetable: Timetable
    streets: Streets | None
    spots: Mapping[Going, Spots]
    """Where the stops are on the streets, for each way to go."""
    stations: Mapping[Going, Station]
    """What lies between the streets and the stops, for each way to go on foot."""
    transfers: Mapping[Going, Transfers]
    """For each way to go on foot."""
    off: Listed
    """The platforms of each stop where one gets off."""
    on: Listed
    """The platforms of each stop where one gets on."""
    serving: Bytes
    """1 for each stop that something calls at."""
    accessible: Bytes
    """1 for each stop that is not said to be closed to wheelchairs."""

    def walks(self, going: Going, speed: float, *, is_backward: bool = False) -> Walks:
        """Ways between stops for somebody who walks so many metres a second; those of the usual speed are kept."""
        found = self.transfers[going]
        there, back = found.usual if speed == USUAL_SPEED else found.walks(speed)
        return back if is_backward else there


def read_streets(path: Path) -> Streets:
    """The streets of an OpenStreetMap extract (.osm.pbf). Raises OSError and ``streets.BadExtract``."""
    return build_streets(read_extract(path))


def build(feeds: Mapping[str, Gtfs], streets: Streets | None = None) -> Network:
    """A network of timetables by their feeds' names. Takes seconds for a large city: not for an event loop."""
    return joined(load(feeds), streets)


def joined(timetable: Timetable, streets: Streets | None = None) -> Network:
    """A network of a timetable. Takes seconds."""
    lon, lat = timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy()
    spots = {going: streets.spots(going, lon, lat) for going in Going} if streets else {}
    serving = np.zeros(len(lon), bool)
    serving[timetable.patterns.stop] = True
    stations = stations_of(timetable, serving)
    ways = {Going.FOOT: transfers(timetable, streets, spots.get(Going.FOOT), (Going.FOOT, stations[Going.FOOT]))}
    for going in _WALKERS[1:]:
        is_same = timetable.pathways.is_empty() and (
            streets is None or np.array_equal(streets.costs[going], streets.costs[Going.FOOT])
        )
        walker = (going, stations[going])
        ways[going] = ways[Going.FOOT] if is_same else transfers(timetable, streets, spots.get(going), walker)
    closed = timetable.stops["wheelchair"].to_numpy() == _INACCESSIBLE
    off, on = (Listed.of(each, len(closed)) for each in (timetable.platforms.off, timetable.platforms.on))
    accessible = (~closed).astype(np.uint8)
    return Network(timetable, streets, spots, stations, ways, off, on, serving.astype(np.uint8), accessible)
