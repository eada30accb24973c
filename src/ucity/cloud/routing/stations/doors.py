"""By which entrance one comes to a stop from the street, or gets to the street from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.cloud.routing.stations.inside import Inside
from ucity.cloud.routing.stations.pathways import usable
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.streets.ways import ON_FOOT
from ucity.cloud.routing.timetable import ENTRANCE, Ints, Timetable

Array = NDArray[np.float64]


class Doors(NamedTuple):
    """A row each stop and place on the street (``at``, a row of stops: an entrance, or the stop itself) that one gets
    to it by: metres of level ground that take as long, and seconds beside those."""

    stop: Ints
    at: Ints
    metres: NDArray[np.float32]
    seconds: NDArray[np.float32]

    @classmethod
    def of(cls, ways: pl.DataFrame, direct: NDArray[np.bool_]) -> Self:
        """``ways``: columns stop, at, metres, seconds. ``direct``: the stops that one gets to without any."""
        rows = np.flatnonzero(direct).astype(np.int32)
        nothing = np.zeros(len(rows), np.float32)
        columns = (ways[name].to_numpy() for name in cls._fields)
        return cls(*map(np.concatenate, zip(columns, (rows, rows, nothing, nothing), strict=True)))

    def between(self, stop: int, at: int) -> tuple[float, float]:
        """Metres and seconds between a stop and one of its doors, or itself."""
        if at == stop:
            return 0.0, 0.0
        row = int(np.flatnonzero((self.stop == stop) & (self.at == at))[0])
        return float(self.metres[row]), float(self.seconds[row])

    def is_direct(self, stop: Ints) -> NDArray[np.bool_]:
        """Whether one gets to each of these stops without an entrance."""
        return np.isin(stop, self.stop[self.at == self.stop])

    @property
    def table(self) -> pl.DataFrame:
        """The same as columns of a frame."""
        return pl.DataFrame(self._asdict())


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """All stations, for one way to go on foot. ``between``: ways from platform to platform. ``described``: the stops
    that pathways touch, whoever can go along them."""

    inside: Inside
    into: Doors
    out: Doors
    between: pl.DataFrame
    described: NDArray[np.bool_]

    def doors(self, *, is_egress: bool) -> Doors:
        """Those that one leaves by, or comes in by."""
        return self.out if is_egress else self.into


def stations_of(timetable: Timetable, serving: NDArray[np.bool_]) -> Mapping[Going, Station]:
    """For each way to go on foot; ``serving``: stops that something calls at."""
    stops, pathways = timetable.stops, timetable.pathways
    described = np.zeros(stops.height, bool)
    described[pathways["origin"].to_numpy()] = described[pathways["to"].to_numpy()] = True
    entrances = (stops["kind"] == ENTRANCE).to_numpy()
    found = {}
    direct = None
    for going in sorted(ON_FOOT):  # who just walks comes first
        inside = Inside.of(usable(pathways, stops, going))
        ways = inside.between(serving | entrances)
        from_door, to_door = (pl.Series(entrances[ways[end].to_numpy()]) for end in ("origin", "to"))
        into = ways.filter(from_door & ~to_door).rename({"origin": "at", "to": "stop"})
        out = ways.filter(~from_door & to_door).rename({"origin": "stop", "to": "at"})
        direct = direct or tuple(_without(serving, each) for each in (into, out))
        within = ways.filter(~from_door & ~to_door)
        found[going] = Station(inside, Doors.of(into, direct[0]), Doors.of(out, direct[1]), within, described)
    return found


def _without(serving: NDArray[np.bool_], ways: pl.DataFrame) -> NDArray[np.bool_]:
    left = serving.copy()
    left[ways["stop"].to_numpy()] = False
    return left


def quickest(doors: Doors, seconds: Array, speed: float, longest: float) -> tuple[NDArray[np.int64], Array]:
    """Rows of the doors, one a stop, by which one gets there soonest in no more than so many seconds, and how soon.
    ``seconds``: how long it takes to each row of stops along the streets; ``speed``: metres a second inside."""
    total: Array = seconds[doors.at] + doors.metres / speed + doors.seconds
    rows = np.flatnonzero(total <= longest).astype(np.int64)
    rows = rows[np.lexsort((total[rows], doors.stop[rows]))]
    rows = rows[np.unique(doors.stop[rows], return_index=True)[1]]
    return rows, total[rows]
