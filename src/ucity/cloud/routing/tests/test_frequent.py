"""Lines on which much goes within a window: each way goes on with the first run that can be caught."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.blueprint.journeys import TRANSIT, JourneyQuery, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import build
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.tests.small import feed
from ucity.cloud.routing.transfers import CHANGE

LON = 0.0225  # about 2 km at 37 degrees north
STOPS = "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{n},{n},37,{127 + LON * n}\n" for n in range(3))
ROUTES = "route_id,agency_id,route_short_name,route_type\na,a,A,3\nb,a,B,1\nc,a,C,3\n"
EIGHT = datetime(2024, 5, 1, 23, 0, tzinfo=UTC)
"""In the morning in Seoul."""
STARTS = st.lists(st.integers(0, 119), min_size=1, max_size=25, unique=True).map(sorted)
"""Minutes after eight."""


@settings(max_examples=40, deadline=None)
@given(STARTS, STARTS, STARTS)
def test_one_goes_on_with_the_first_that_can_be_caught(first: list[int], also: list[int], then: list[int]) -> None:
    """Buses A and metros B go from 0 to 1, in 10 and in 6 minutes; buses C on to 2."""
    trips, times = ["route_id,service_id,trip_id"], ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for route, starts, origin, minutes in (("a", first, 0, 10), ("b", also, 0, 6), ("c", then, 1, 5)):
        for start in starts:
            trips.append(f"{route},s,{route}{start}")
            for stop, at in ((origin, start), (origin + 1, start + minutes)):
                clock = f"{8 + at // 60:02d}:{at % 60:02d}:00"
                times.append(f"{route}{start},{clock},{clock},{stop},{stop}")
    tables = {"trips": "\n".join(trips) + "\n", "stop_times": "\n".join(times) + "\n"}
    network = build({"f": feed({"stops": STOPS, "routes": ROUTES} | tables)})
    here, there = Position(127, 37), Position(127 + 2 * LON, 37)
    query = JourneyQuery(origin=here, destination=there, at=EIGHT, modes=TRANSIT, window=timedelta(hours=2))
    leaves = [EIGHT + timedelta(days=day, minutes=start) for day in range(2) for start in then]
    for way in plan(network, Live(), query):
        one, other = way.rides
        assert other.departs == min(each for each in leaves if each >= one.arrives + timedelta(seconds=CHANGE))
