"""What a ride costs: Busan's fares for adults with a card, in won. Pure calculations.

A bus costs 1,550; the metro 1,600 within ten kilometres and 1,800 beyond. Who changes within half an hour pays nothing
more, twice; between bus and metro no more than the dearer one, which GTFS's fares can only tell as 1,800.
Source: Busan Metropolitan City, fares of 2023-10-06 (bus) and 2024-05-03 (metro). The distance is that of the stations
along the simulated lines.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ucity.blueprint import Mode
from ucity.demo.noise import Array
from ucity.demo.transit.network import Network

BUS_FARE, NEAR, FAR, BOTH = "bus", "metro-1", "metro-2", "bus-and-metro"
_NEAR_M = 10_000.0
_CHANGE_S = 1_800
ATTRIBUTES: tuple[Mapping[str, Any], ...] = tuple(
    {
        "fare_id": id_,
        "price": price,
        "currency_type": "KRW",
        "payment_method": 0,
        "transfers": 2,
        "agency_id": agency,
        "transfer_duration": _CHANGE_S,
    }
    for id_, price, agency in (
        (BUS_FARE, 1550, "demo-bus"),
        (NEAR, 1600, "demo-metro"),
        (FAR, 1800, "demo-metro"),
        (BOTH, 1800, ""),
    )
)


def rules(net: Network) -> Iterable[Mapping[str, str]]:
    """A fare for each line of buses, and for each pair of metro stations; each station is a zone of its own."""
    for line in net.lines:
        yield {"fare_id": BOTH, "route_id": line.id, "origin_id": "", "destination_id": ""}
        if line.mode is Mode.BUS:
            yield {"fare_id": BUS_FARE, "route_id": line.id, "origin_id": "", "destination_id": ""}
    stations, metres = distances(net)
    for n, origin in enumerate(stations):
        for m, destination in enumerate(stations):
            fare = NEAR if metres[n, m] <= _NEAR_M else FAR
            yield {"fare_id": fare, "route_id": "", "origin_id": origin, "destination_id": destination}


def distances(net: Network) -> tuple[list[str], Array]:
    """The stations, and the metres of the shortest way by train between each two of them, shape (n, n)."""
    metro = [line for line in net.lines if line.mode is Mode.METRO]
    stations = list(dict.fromkeys(str(stop.station) for line in metro for stop in line.stops))
    number = {id_: n for n, id_ in enumerate(stations)}
    metres = np.full((len(stations), len(stations)), np.inf)
    np.fill_diagonal(metres, 0.0)
    for line in metro:
        for (one, begin), (other, end) in pairwise(zip(line.stops, line.stop_ways.tolist(), strict=True)):
            a, b = number[str(one.station)], number[str(other.station)]
            metres[a, b] = metres[b, a] = min(metres[a, b], end - begin)
    for via in range(len(stations)):  # Floyd and Warshall 1962
        metres = np.minimum(metres, metres[:, via, None] + metres[None, via, :])
    return stations, metres
