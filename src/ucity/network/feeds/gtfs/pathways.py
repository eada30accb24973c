"""Pathways of stations: those that cannot be gone along are left out or mended."""

import polars as pl

from ucity.network.feeds.gtfs.problems import Problems
from ucity.network.feeds.gtfs.references import Tables
from ucity.network.feeds.gtfs.table import ROW
from ucity.network.feeds.refusal import Reason

_FILE = "pathways.txt"
_STATION = 1
_EXIT_GATE = 7
_ENDS = ("from_stop_id", "to_stop_id")


def walkable(tables: Tables, problems: Problems) -> pl.DataFrame:
    """Pathways between places that one can stand at: a station is none, it is what holds them. Nobody comes in through
    an exit gate."""
    pathways = tables["pathways"]
    stations = tables["stops"].filter(pl.col("location_type") == _STATION)["stop_id"]
    for end in _ENDS:
        at_station = pl.col(end).is_in(stations.implode())
        detail = "A pathway begins or ends at a station, in place of a platform, an entrance or a node: it is left out."
        problems.rows(_FILE, Reason.BAD_VALUE, detail, pathways.filter(at_station)[ROW], end)
        pathways = pathways.filter(~at_station)
    both_ways = (pl.col("pathway_mode") == _EXIT_GATE) & (pl.col("is_bidirectional") == 1)
    detail = "An exit gate goes both ways: it is taken to go one way only."
    problems.rows(_FILE, Reason.BAD_VALUE, detail, pathways.filter(both_ways)[ROW], "is_bidirectional")
    return pathways.with_columns(pl.when(both_ways).then(0).otherwise("is_bidirectional").alias("is_bidirectional"))
