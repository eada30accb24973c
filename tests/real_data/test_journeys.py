"""Newport with its streets and São Paulo's trains and metro: 200 ways each against another computation, leg by leg."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ucity.blueprint.journeys import Journey, JourneyQuery, Leg, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build, read_streets
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.tests.oracle import NEVER, Oracle, rows_of, seconds
from ucity.cloud.routing.tests.scanned import Walks, scanned, walks_of
from ucity.network.feeds.gtfs import read

DATA = Path(__file__).parents[3] / "shared/data/transit"
PAIRS = 200
PAIRED = 1
"""The seed of the pairs whose arrivals and whose legs are both compared."""
WALKING = 1.25
MOST = 9
"""Transfers: more than any way there needs."""


@dataclass(frozen=True)
class City:
    network: Network
    oracle: Oracle
    at: datetime
    walks: Walks


def city(feed: str, streets: str, at: datetime) -> City:
    network = build({"f": read(DATA / feed)}, read_streets(DATA / streets))
    zone = network.timetable.feeds[0].zone
    return City(network, Oracle(rows_of(DATA / feed), at.date()), at.replace(tzinfo=zone), walks_of(network, WALKING))


@pytest.fixture(scope="module", params=["newport", "saopaulo"])
def real(request: pytest.FixtureRequest) -> City:
    if request.param == "newport":
        feed, streets = "newport/newport-20230613_gtfs.zip", "newport/newport-2023-06-13.osm.pbf"
        return city(feed, streets, datetime(2023, 6, 14, 8, 30))  # noqa: DTZ001 - the city's own clock
    return city("saopaulo/spo.zip", "saopaulo/spo_osm.pbf", datetime(2019, 10, 2, 17, 10))  # noqa: DTZ001


def queries(real: City, seed: int) -> Iterator[JourneyQuery]:
    """Between random points of the streets, within walking distance of a stop."""
    numbers = np.random.default_rng(seed)
    stops = np.flatnonzero(real.network.serving & (real.network.spots[Going.FOOT].edge >= 0))
    places = [real.network.timetable.places[stop].position for stop in stops]
    for _ in range(PAIRS):
        ends = [places[number] for number in numbers.integers(len(places), size=2)]
        moved = [
            Position(end.lon + d[0], end.lat + d[1])
            for end, d in zip(ends, numbers.normal(0, 0.002, (2, 2)), strict=True)
        ]
        yield JourneyQuery(
            origin=moved[0], destination=moved[1], at=real.at, most_transfers=MOST, walking_speed=WALKING
        )


def ridden(found: list[Journey]) -> list[Journey]:
    return [journey for journey in found if journey.rides]


def test_the_earliest_arrival_is_the_same_as_by_scanning_all_connections(real: City) -> None:
    differing = []
    reached = 0
    for number, query in enumerate(queries(real, PAIRED)):
        expected = scanned(real.oracle, real.network, real.walks, query)
        journeys = ridden(plan(real.network, Live(), query))
        soonest = min((int(journey.arrives.timestamp()) for journey in journeys), default=NEVER)
        first = fastest(real.network, Live(), query)
        on_foot_there = int(first.arrives.timestamp()) if first and not first.rides else NEVER
        reached += expected < NEVER
        # A ride that is no faster than the walk is not told.
        if min(expected, on_foot_there) != min(soonest, on_foot_there):
            differing.append((number, expected, soonest, on_foot_there))
        if first and first.rides and int(first.arrives.timestamp()) != expected:
            differing.append((number, expected, first))
    assert not differing
    assert reached > PAIRS / 2


def test_the_feed_says_that_the_trips_call_there_at_that_time(real: City) -> None:
    legs = 0
    for query in queries(real, PAIRED):
        for journey in ridden(plan(real.network, Live(), query))[:5]:
            for leg in journey.rides:
                check_against_the_feed(real, leg)
                legs += 1
    assert legs > PAIRS


def check_against_the_feed(real: City, leg: Leg) -> None:
    trip = leg.trip
    assert trip
    rows = {int(row["stop_sequence"]): row for row in real.oracle.calls[trip.trip.removeprefix("f:")]}
    start = real.oracle.start_of(trip.day)
    shifts = set()
    for call in leg.calls:
        row = rows[call.sequence]
        assert call.place.stop == f"f:{row['stop_id']}"
        shifts.add(int(call.arrives_scheduled.timestamp()) - start - seconds(row["arrival_time"]))
        shifts.add(int(call.departs_scheduled.timestamp()) - start - seconds(row["departure_time"]))
    assert len(shifts) == 1
    headways = [row for row in real.oracle.rows.get("frequencies", ()) if f"f:{row['trip_id']}" == trip.trip]
    first = seconds(rows[min(rows)]["departure_time"]) + shifts.pop()
    if headways:
        spans = [
            range(seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"])) for row in headways
        ]
        assert any(first in span for span in spans)
    else:
        assert first == seconds(rows[min(rows)]["departure_time"])


def test_leaving_later_than_arrive_by_says_is_too_late(real: City) -> None:
    for query in list(queries(real, 3))[:40]:
        late = JourneyQuery(**{name: getattr(query, name) for name in query.__slots__} | {"arrive_by": True})
        journeys = plan(real.network, Live(), late)
        if not ridden(journeys):
            continue
        last = max(journey.departs for journey in journeys)
        assert all(journey.arrives <= late.at for journey in journeys)
        assert scanned(real.oracle, real.network, real.walks, query, int(last.timestamp()) + 1) > int(
            late.at.timestamp()
        )


def test_journeys_hold_together(real: City) -> None:
    for query in list(queries(real, 4))[:40]:
        for journey in plan(real.network, Live(), query):
            assert journey.departs >= query.at.astimezone(UTC) or not journey.rides
            for leg in journey.legs:
                assert leg.arrives >= leg.departs
                assert len(leg.path) >= 2
            for before, after in zip(journey.legs, journey.legs[1:], strict=False):
                assert before.destination == after.origin
                assert before.arrives <= after.departs
                assert np.hypot(*np.subtract(before.path[-1], after.path[0])) < 0.01
