"""What a city's journeys are sought in: timetables, streets, and the ways on foot between stops.

    streets = read_streets(Path("city.osm.pbf"))         # seconds; None may take its place
    network = build({"metro": gtfs, ...}, streets)       # seconds; a new timetable needs no new streets
    network = joined(timetable, asked, streets)          # the same of a timetable that is there already
    network.timetable, network.streets

Networks are never changed: a new timetable makes a new one beside the one that answers. All of it is plain arrays and
is safe to use from several threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ucity.cloud.routing.earliest import Walks
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets import build as build_streets
from ucity.cloud.routing.streets import read as read_extract
from ucity.cloud.routing.streets.graph import Spots
from ucity.cloud.routing.timetable import Bytes, Ints, Timetable
from ucity.cloud.routing.transfers import USUAL_SPEED, Transfers, asked_for, changes, transfers
from ucity.network.feeds.gtfs import Gtfs

_WALKERS = (Going.FOOT, Going.FEW_STEPS, Going.WHEELCHAIR)
_INACCESSIBLE = 2


@dataclass(frozen=True, eq=False)
class Network:
    """See the module."""

    timetable: Timetable
    streets: Streets | None
    spots: Mapping[Going, Spots]
    """Where the stops are on the streets, for each way to go."""
    transfers: Mapping[Going, Transfers]
    """For each way to go on foot."""
    changes: Ints
    """Seconds that a change takes at each stop."""
    serving: Bytes
    """1 for each stop that something calls at."""
    accessible: Bytes
    """1 for each stop that is not said to be closed to wheelchairs."""

    def walks(self, going: Going, speed: float, *, is_backward: bool = False) -> Walks:
        """Ways between stops for somebody who walks so many metres a second; those of the usual speed are kept."""
        found = self.transfers[going].turned if is_backward else self.transfers[going]
        return found.usual if speed == USUAL_SPEED else found.walks(speed)


def read_streets(path: Path) -> Streets:
    """The streets of an OpenStreetMap extract (.osm.pbf). Raises OSError and ``streets.BadExtract``."""
    return build_streets(read_extract(path))


def build(feeds: Mapping[str, Gtfs], streets: Streets | None = None) -> Network:
    """A network of timetables by their feeds' names. Takes seconds for a large city: not for an event loop."""
    timetable = load(feeds)
    return joined(timetable, asked_for(timetable, feeds), streets)


def joined(timetable: Timetable, asked: pl.DataFrame, streets: Streets | None = None) -> Network:
    """A network of a timetable, and of what its feeds ask of transfers (``transfers.asked_for``). Takes seconds."""
    lon, lat = timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy()
    spots = {going: streets.spots(going, lon, lat) for going in Going} if streets else {}
    ways = {_WALKERS[0]: transfers(timetable, streets, spots.get(Going.FOOT), Going.FOOT, asked)}
    for going in _WALKERS[1:]:
        is_same = streets is None or np.array_equal(streets.costs[going], streets.costs[Going.FOOT])
        same = ways[Going.FOOT] if is_same else transfers(timetable, streets, spots.get(going), going, asked)
        ways[going] = same
    closed = timetable.stops["wheelchair"].to_numpy() == _INACCESSIBLE
    serving = np.zeros(len(closed), np.uint8)
    serving[timetable.patterns.stop] = 1
    return Network(timetable, streets, spots, ways, changes(timetable, asked), serving, (~closed).astype(np.uint8))
