"""Ways on foot between stops, and how long it takes from getting off until one may get on.

They follow the streets, and inside stations their pathways (``stations``). Where a stop is on no street (or no streets
are known) they are the straight line times 1.3.
What a feed's transfers.txt asks for is in ``Timetable.platforms``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from ucity.cloud.routing.earliest import Walks
from ucity.cloud.routing.ground import DETOUR, USUAL_SPEED
from ucity.cloud.routing.platforms import NEVER, USUAL
from ucity.cloud.routing.stations import Station
from ucity.cloud.routing.streets import Going, Streets
from ucity.cloud.routing.streets.graph import Spots
from ucity.cloud.routing.streets.search import between
from ucity.cloud.routing.timetable import Ints, Timetable

LONGEST = 1000.0
"""Metres on foot between two stops."""
CHANGE = 60
"""Seconds between getting off and getting on, beside those on foot, where the feed asks for no others."""
WITHIN = -1
"""In place of where one leaves or enters a station: nowhere, one stays inside."""
_FEET = ("origin", "to", "metres", "seconds", "is_estimated", "leaves", "enters")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Transfers:
    """Ways on foot between stops (``origin``, ``to``), a row each, by where they begin; those to itself are there, too.

    ``off``, ``on``, ``way`` and ``least`` (``platforms.asked``) are of each two platforms that one may change between.
    """

    platforms: int
    origin: Ints
    to: Ints
    metres: NDArray[np.float32]
    """Of level ground that takes as long at one's own pace."""
    seconds: NDArray[np.float32]
    """Beside those, whatever one's pace: on escalators and in lifts."""
    is_estimated: NDArray[np.bool_]
    leaves: Ints
    """Where one comes out on the street (a row of stops: an entrance, or where one gets off); ``WITHIN`` where not."""
    enters: Ints
    """Where one goes in from the street: an entrance, or where one gets on."""
    off: Ints
    on: Ints
    way: Ints
    least: Ints

    @cached_property
    def usual(self) -> tuple[Walks, Walks]:
        """``walks`` for somebody who walks as most do."""
        return self.walks(USUAL_SPEED)

    def walks(self, speed: float) -> tuple[Walks, Walks]:
        """For somebody who walks so many metres a second: from getting off to getting on, and back from there."""
        metres = self.metres[self.way]
        on_foot = np.ceil(metres / speed + self.seconds[self.way])
        seconds = np.where(self.least == USUAL, on_foot + CHANGE, np.maximum(on_foot, self.least)).astype(np.int32)
        whole = np.ceil(metres).astype(np.int32)
        return self._walks(self.off, self.on, seconds, whole), self._walks(self.on, self.off, seconds, whole)

    def _walks(self, origin: Ints, to: Ints, seconds: Ints, metres: Ints) -> Walks:
        order = np.lexsort((to, seconds, origin))
        first = np.searchsorted(origin[order], np.arange(self.platforms + 1)).astype(np.int64)
        return Walks(first, to[order], seconds[order], metres[order])


def transfers(
    timetable: Timetable, streets: Streets | None, spots: Spots | None, walker: tuple[Going, Station]
) -> Transfers:
    """All ways on foot between stops that something calls at, for who goes like that."""
    going, station = walker
    serving, outside = (np.zeros(len(timetable.places), bool) for _ in range(2))
    serving[timetable.patterns.stop] = True
    outside[station.into.at] = outside[station.out.at] = True
    if streets is None or spots is None:
        spots = Spots(np.full(len(serving), -1, np.int32), *(np.zeros(len(serving), np.float32) for _ in range(2)))
    here = np.flatnonzero(serving).astype(np.int32)
    nowhere = _ways(here, here, np.zeros(len(here)), is_estimated=False)
    walked = _along_streets(streets, going, spots, outside)
    straight = _straight(timetable, outside, outside & (spots.edge < 0))
    open_air = pl.concat([walked, straight]).unique(["origin", "to"], keep="first", maintain_order=True)
    quickest = _by_pathways(timetable, station, open_air) if station.described.any() else open_air
    ways = pl.concat([nowhere, quickest, _inside_stations(timetable, serving, station)])
    ways = ways.unique(["origin", "to"], keep="first", maintain_order=True).sort("origin", "metres", "to")
    return _at_platforms(timetable, ways.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("way")))


def _by_pathways(timetable: Timetable, station: Station, open_air: pl.DataFrame) -> pl.DataFrame:
    """Between stops, with what lies between them and the streets; the quickest ways first."""
    ways = pl.concat([_within(station), _through_doors(timetable, station, open_air)])
    return ways.sort(pl.col("metres") / USUAL_SPEED + pl.col("seconds"), maintain_order=True)


def _within(station: Station) -> pl.DataFrame:
    """From platform to platform along pathways."""
    within = pl.lit(WITHIN, pl.Int32)
    named = {"is_estimated": pl.lit(value=False), "leaves": within, "enters": within}
    return station.between.with_columns(**named).select(_FEET)


def _through_doors(timetable: Timetable, station: Station, open_air: pl.DataFrame) -> pl.DataFrame:
    """Out to the street, along it, and in: by all doors. Between platforms that pathways describe there is no way along
    a street but by entrances."""
    out, into = station.out.table, station.into.table
    ways = open_air.select(pl.col("metres").alias("between"), "is_estimated", "leaves", "enters")
    both = ways.join(out.rename({"at": "leaves", "stop": "origin"}), on="leaves").join(
        into.rename({"at": "enters", "stop": "to"}), on="enters", suffix="_in"
    )
    both = both.with_columns(
        (pl.col("metres") + pl.col("between") + pl.col("metres_in")).alias("metres"),
        (pl.col("seconds") + pl.col("seconds_in")).alias("seconds"),
    ).select(_FEET)
    origin, to = both["origin"].to_numpy(), both["to"].to_numpy()
    parent = timetable.stops["parent"].fill_null(-1).to_numpy()
    is_inside = station.described[origin] & station.described[to] & (parent[origin] == parent[to]) & (parent[to] >= 0)
    by_no_door = (both["leaves"] == both["origin"]) | (both["enters"] == both["to"])
    return both.filter(~(by_no_door & pl.Series(is_inside)))


def _at_platforms(timetable: Timetable, ways: pl.DataFrame) -> Transfers:
    of = timetable.platforms
    off = of.off.select(pl.col("stop").alias("origin"), pl.col("platform").alias("off"))
    on = of.on.select(pl.col("stop").alias("to"), pl.col("platform").alias("on"))
    both = ways.join(off, on="origin").join(on, on="to").join(of.asked, on=["off", "on"], how="left")
    both = both.with_columns(pl.col("least").fill_null(USUAL)).filter(pl.col("least") < NEVER).sort("off", "on")
    return Transfers(
        platforms=len(of.stop),
        **{name: ways[name].to_numpy() for name in _FEET},
        **{name: both[name].to_numpy() for name in ("off", "on", "way", "least")},
    )


def _ways(origin: Ints, to: Ints, metres: Floats, *, is_estimated: bool) -> pl.DataFrame:
    columns = {"origin": origin.astype(np.int32), "to": to.astype(np.int32), "metres": metres.astype(np.float32)}
    more = {"seconds": pl.lit(0.0, pl.Float32), "is_estimated": pl.lit(is_estimated)}
    return pl.DataFrame(columns).with_columns(leaves="origin", enters="to", **more).select(_FEET)


def _along_streets(streets: Streets | None, going: Going, spots: Spots, outside: NDArray[np.bool_]) -> pl.DataFrame:
    nothing = np.zeros(0, np.int32)
    if streets is None:
        return _ways(nothing, nothing, np.zeros(0), is_estimated=False)
    used = spots._replace(edge=np.where(outside, spots.edge, -1).astype(np.int32))
    found = between(streets.net, streets.costs[going], used, np.float32(LONGEST))
    return _ways(*found, is_estimated=False)


def _straight(timetable: Timetable, outside: NDArray[np.bool_], off_streets: NDArray[np.bool_]) -> pl.DataFrame:
    """Between each place that is on no street and those around it, both ways."""
    x, y = timetable.plane.metres(timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy())
    rows, lonely = np.flatnonzero(outside), np.flatnonzero(off_streets)
    tree = shapely.STRtree(np.asarray(shapely.points(x[rows], y[rows])))
    one, other = tree.query(shapely.points(x[lonely], y[lonely]), predicate="dwithin", distance=LONGEST / DETOUR)
    origin, to = lonely[one], rows[other]
    origin, to = origin[origin != to], to[origin != to]
    metres = np.hypot(x[origin] - x[to], y[origin] - y[to]) * DETOUR
    there = _ways(origin, to, metres, is_estimated=True)
    return pl.concat([there, _ways(to, origin, metres, is_estimated=True)])


def _inside_stations(timetable: Timetable, serving: NDArray[np.bool_], station: Station) -> pl.DataFrame:
    """Between the platforms of a station, whose ways neither streets nor pathways may show."""
    rows = timetable.stops.with_row_index("row").select("row", "parent").filter(pl.Series(serving))
    pairs = rows.drop_nulls().join(rows.drop_nulls(), on="parent").filter(pl.col("row") != pl.col("row_right"))
    origin, to = pairs["row"].to_numpy(), pairs["row_right"].to_numpy()
    x, y = timetable.plane.metres(timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy())
    metres = np.hypot(x[origin] - x[to], y[origin] - y[to]) * DETOUR
    near = (metres <= LONGEST) & ~(station.described[origin] & station.described[to])
    near &= station.out.is_direct(origin) & station.into.is_direct(to)
    return _ways(origin[near], to[near], metres[near], is_estimated=True)
