"""Asking the oracle what the router is asked: with the same ways on foot, by the feed's own names of stops."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from ucity.blueprint.journeys import JourneyQuery
from ucity.cloud.routing.ends import fan
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.tests.oracle import Oracle

Walks = Mapping[str, Sequence[tuple[str, int]]]


def walks_of(network: Network, speed: float) -> Walks:
    """Seconds on foot between stops."""
    ids = network.timetable.stops["stop_id"].to_list()
    walks = defaultdict[str, list[tuple[str, int]]](list)
    ways = network.transfers[Going.FOOT]
    on_foot = np.ceil(ways.metres / speed + ways.seconds)
    for origin, to, seconds in zip(ways.origin.tolist(), ways.to.tolist(), on_foot, strict=True):
        if origin != to:
            walks[ids[origin]].append((ids[to], int(seconds)))
    return walks


def ends_of(network: Network, query: JourneyQuery) -> tuple[dict[str, int], dict[str, int]]:
    """Seconds to stops from the origin, and from stops to the destination."""
    ids = network.timetable.stops["stop_id"].to_list()
    found = [fan(network, query, is_egress=is_egress).ends for is_egress in (False, True)]
    access, egress = (
        {ids[stop]: int(time) for stop, time in zip(ends.stop, ends.seconds, strict=True)} for ends in found
    )
    return access, egress


def scanned(oracle: Oracle, network: Network, walks: Walks, query: JourneyQuery, at: int | None = None) -> int:
    """When one is there at the earliest, with a ride, leaving at ``at`` (else when the query says)."""
    return oracle.earliest(int(query.at.timestamp()) if at is None else at, *ends_of(network, query), walks)
