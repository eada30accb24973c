"""A route of each kind is planned as a ride of its mode, with the carbon of that mode's factor."""

from datetime import UTC, datetime, timedelta

import pytest

from ucity.blueprint.figures import Standing
from ucity.blueprint.journeys import JourneyQuery, Mode, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import build
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.telling import Known, told
from ucity.cloud.routing.tests.small import feed

SEVEN = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""Seven in the morning in Seoul."""
TABLES = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nhere,here,35,129\nthere,there,35,129.1\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nr,a,R,{}\n",
    "trips": "route_id,service_id,trip_id\nr,s,t\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,07:10:00,07:10:00,here,1\nt,07:30:00,07:30:00,there,2\n",
}


@pytest.mark.parametrize(
    ("route_type", "mode", "factor", "standing"),
    [
        (0, Mode.TRAM, "tram-as-metro", Standing.INFERENCE),
        (900, Mode.TRAM, "tram-as-metro", Standing.INFERENCE),
        (4, Mode.FERRY, "ferry-foot-passenger", Standing.SECOND_HAND),
        (1000, Mode.FERRY, "ferry-foot-passenger", Standing.SECOND_HAND),
    ],
)
def test_trams_and_ferries_are_planned_as_what_they_are(
    route_type: int, mode: Mode, factor: str, standing: Standing
) -> None:
    network = build({"f": feed({**TABLES, "routes": TABLES["routes"].format(route_type)})})
    query = JourneyQuery(origin=Position(129, 35), destination=Position(129.1, 35), at=SEVEN)
    way = next(each for each in plan(network, Live(), query) if each.rides)
    (ride,) = way.rides
    assert (ride.mode, ride.arrives - ride.departs) == (mode, timedelta(minutes=20))
    (figures,) = [each for leg, each in zip(way.legs, told(way, Known(SEVEN)).legs, strict=True) if leg is ride]
    assert figures.carbon is not None
    assert (figures.carbon.factor.key, figures.carbon.factor.standing) == (factor, standing)
    assert figures.carbon.grams == pytest.approx(ride.metres / 1000 * figures.carbon.factor.grams_per_km)
    others = JourneyQuery(
        origin=query.origin, destination=query.destination, at=SEVEN, modes=query.modes - {mode} | {Mode.WALK}
    )
    assert not any(each.rides for each in plan(network, Live(), others)), "it is not taken by those who want none"
