"""Ways on foot between stops, and how long it takes to change.

They follow the streets. Where a stop is on no street (or no streets are known) they are the straight line times 1.3.
A feed's transfers.txt may ask for more time than the way takes, or forbid a transfer; its rules for single routes and
trips are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from ucity.cloud.routing.earliest import Walks
from ucity.cloud.routing.ground import DETOUR
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets.graph import Spots
from ucity.cloud.routing.streets.search import between
from ucity.cloud.routing.timetable import Ints, Timetable
from ucity.network.feeds.gtfs import Gtfs

LONGEST = 1000.0
"""Metres on foot between two stops."""
CHANGE = 60
"""Seconds between getting off and getting on at the same stop (or after a walk), where the feed asks for no others."""
USUAL_SPEED = 1.25
"""Metres a second, as a query has it that says nothing else."""
_FORBIDDEN, _TIMED, _AT_LEAST = 3, 1, 2
_NEVER = 2**28

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Transfers:
    """Ways on foot: a row each, by where they begin, shortest first. ``least`` is seconds that a feed asks for."""

    stops: int
    origin: Ints
    to: Ints
    metres: NDArray[np.float32]
    """Of level ground that takes as long."""
    least: Ints
    is_estimated: NDArray[np.bool_]

    @cached_property
    def turned(self) -> "Transfers":
        """The same ways by where they end: from there back."""
        order = np.lexsort((self.metres, self.to))
        return Transfers(
            self.stops,
            self.to[order],
            self.origin[order],
            self.metres[order],
            self.least[order],
            self.is_estimated[order],
        )

    @cached_property
    def usual(self) -> Walks:
        """For somebody who walks as most do."""
        return self.walks(USUAL_SPEED)

    def walks(self, speed: float) -> Walks:
        """For somebody who walks so many metres a second."""
        seconds = np.maximum(np.ceil(self.metres / speed), self.least).astype(np.int32)
        first = np.searchsorted(self.origin, np.arange(self.stops + 1)).astype(np.int64)
        return Walks(first, self.to, seconds, np.ceil(self.metres).astype(np.int32))


def transfers(
    timetable: Timetable, streets: Streets | None, spots: Spots | None, going: Going, asked: pl.DataFrame
) -> Transfers:
    """All ways on foot between stops that something calls at. ``asked`` is what ``asked_for`` makes."""
    serving = np.zeros(len(timetable.places), bool)
    serving[timetable.patterns.stop] = True
    if streets is None or spots is None:
        spots = Spots(np.full(len(serving), -1, np.int32), *(np.zeros(len(serving), np.float32) for _ in range(2)))
    walked = _along_streets(streets, going, spots, serving)
    straight = _straight(timetable, serving, serving & (spots.edge < 0))
    ways = pl.concat([walked, straight, _inside_stations(timetable, serving)])
    ways = ways.unique(["origin", "to"], keep="first", maintain_order=True)
    ways = ways.join(asked, on=["origin", "to"], how="left").with_columns(pl.col("least").fill_null(0))
    ways = ways.filter(pl.col("least") < _NEVER).sort("origin", "metres", "to")
    return Transfers(
        stops=len(serving),
        origin=ways["origin"].to_numpy(),
        to=ways["to"].to_numpy(),
        metres=ways["metres"].to_numpy(),
        least=ways["least"].to_numpy(),
        is_estimated=ways["is_estimated"].to_numpy(),
    )


def _ways(origin: Ints, to: Ints, metres: Floats, *, is_estimated: bool) -> pl.DataFrame:
    columns = {"origin": origin.astype(np.int32), "to": to.astype(np.int32), "metres": metres.astype(np.float32)}
    return pl.DataFrame(columns).with_columns(pl.lit(is_estimated).alias("is_estimated"))


def _along_streets(streets: Streets | None, going: Going, spots: Spots, serving: NDArray[np.bool_]) -> pl.DataFrame:
    nothing = np.zeros(0, np.int32)
    if streets is None:
        return _ways(nothing, nothing, np.zeros(0), is_estimated=False)
    used = spots._replace(edge=np.where(serving, spots.edge, -1).astype(np.int32))
    found = between(streets.net, streets.costs[going], used, np.float32(LONGEST))
    return _ways(*found, is_estimated=False)


def _straight(timetable: Timetable, serving: NDArray[np.bool_], off_streets: NDArray[np.bool_]) -> pl.DataFrame:
    """Between each stop that is on no street and those around it, both ways."""
    x, y = timetable.plane.metres(timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy())
    rows, lonely = np.flatnonzero(serving), np.flatnonzero(off_streets)
    tree = shapely.STRtree(np.asarray(shapely.points(x[rows], y[rows])))
    one, other = tree.query(shapely.points(x[lonely], y[lonely]), predicate="dwithin", distance=LONGEST / DETOUR)
    origin, to = lonely[one], rows[other]
    origin, to = origin[origin != to], to[origin != to]
    metres = np.hypot(x[origin] - x[to], y[origin] - y[to]) * DETOUR
    there = _ways(origin, to, metres, is_estimated=True)
    return pl.concat([there, _ways(to, origin, metres, is_estimated=True)])


def _inside_stations(timetable: Timetable, serving: NDArray[np.bool_]) -> pl.DataFrame:
    """Between the platforms of a station, whose ways the streets may not show."""
    rows = timetable.stops.with_row_index("row").select("row", "parent").filter(pl.Series(serving))
    pairs = rows.drop_nulls().join(rows.drop_nulls(), on="parent").filter(pl.col("row") != pl.col("row_right"))
    origin, to = pairs["row"].to_numpy(), pairs["row_right"].to_numpy()
    x, y = timetable.plane.metres(timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy())
    metres = np.hypot(x[origin] - x[to], y[origin] - y[to]) * DETOUR
    near = metres <= LONGEST
    return _ways(origin[near], to[near], metres[near], is_estimated=True)


def asked_for(timetable: Timetable, feeds: Mapping[str, Gtfs]) -> pl.DataFrame:
    """What feeds ask of transfers: origin, to (stop rows), least (seconds; very many where it is forbidden)."""
    together = [
        gtfs.transfers.filter(
            pl.all_horizontal(pl.col("from_route_id", "to_route_id", "from_trip_id", "to_trip_id").is_null()),
            pl.col("from_stop_id").is_not_null() & pl.col("to_stop_id").is_not_null(),
        ).select(
            (pl.lit(f"{name}:") + pl.col("from_stop_id")).alias("from"),
            (pl.lit(f"{name}:") + pl.col("to_stop_id")).alias("into"),
            pl.when(pl.col("transfer_type") == _FORBIDDEN)
            .then(pl.lit(_NEVER))
            .when(pl.col("transfer_type") == _AT_LEAST)
            .then(pl.col("min_transfer_time").fill_null(0))
            .when(pl.col("transfer_type") == _TIMED)
            .then(pl.lit(0))
            .cast(pl.Int32)
            .alias("least"),
        )
        for name, gtfs in feeds.items()
    ]
    empty = pl.DataFrame(schema={"from": pl.String, "into": pl.String, "least": pl.Int32})
    asked = pl.concat([empty, *together]).drop_nulls()
    stops = _and_their_platforms(timetable)
    both = asked.join(stops.rename({"row": "origin"}), left_on="from", right_on="key").join(
        stops.rename({"row": "to"}), left_on="into", right_on="key"
    )
    return both.group_by("origin", "to").agg(pl.col("least").max())


def _and_their_platforms(timetable: Timetable) -> pl.DataFrame:
    """Each stop's key with its row, and each station's key with the rows of its platforms."""
    rows = timetable.stops.with_row_index("row").select("key", pl.col("row").cast(pl.Int32), "parent")
    parents = rows.select(pl.col("key"), pl.col("row").alias("parent"))
    platforms = rows.drop_nulls("parent").select("row", "parent").join(parents, on="parent").select("key", "row")
    return pl.concat([rows.select("key", "row"), platforms])


def changes(timetable: Timetable, asked: pl.DataFrame) -> Ints:
    """Seconds that a change takes at each stop."""
    seconds = np.full(len(timetable.places), CHANGE, np.int32)
    same = asked.filter(pl.col("origin") == pl.col("to"))
    seconds[same["origin"].to_numpy()] = same["least"].to_numpy()
    return seconds
