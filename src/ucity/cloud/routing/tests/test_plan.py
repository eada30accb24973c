"""Journeys in a city of five stops on a line, 2 km from each other, without streets: what a traveller sees."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ucity.blueprint.journeys import TRANSIT, Journey, JourneyQuery, Mode, Position
from ucity.cloud.routing.comparing import compared
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.tests.small import feed

LON = 0.0225  # about 2 km at 37 degrees north
TABLES = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{n},{n},37,{127 + LON * n}\n" for n in range(5)),
    "routes": "route_id,agency_id,route_short_name,route_type,route_color\n"
    "slow,a,10,3,\nfast,a,1,1,f06a00\nnight,a,N,3,\nfar,a,20,3,\n",
    "trips": "route_id,service_id,trip_id,trip_headsign,wheelchair_accessible\n"
    "slow,s,slow1,Four,0\nslow,s,slow2,Four,2\nfast,s,fast1,Two,1\nnight,s,night1,Four,0\nfar,s,far1,Four,1\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "slow1,08:00:00,08:00:00,0,1\nslow1,08:10:00,08:10:00,1,2\nslow1,08:20:00,08:20:00,2,3\n"
    "slow1,08:30:00,08:30:00,3,4\nslow1,08:40:00,08:40:00,4,5\n"
    "slow2,08:20:00,08:20:00,0,1\nslow2,08:30:00,08:30:00,1,2\nslow2,08:40:00,08:40:00,2,3\n"
    "slow2,08:50:00,08:50:00,3,4\nslow2,09:00:00,09:00:00,4,5\n"
    "fast1,08:05:00,08:05:00,0,1\nfast1,08:10:00,08:10:00,2,2\n"
    "far1,08:12:00,08:12:00,2,1\nfar1,08:20:00,08:20:00,4,2\n"
    "night1,24:30:00,24:30:00,0,1\nnight1,24:50:00,24:50:00,4,2\n",
}


@pytest.fixture(scope="module")
def network() -> Network:
    return build({"f": feed(TABLES)})


Ask = Callable[..., list[Journey]]


@pytest.fixture
def ask(network: Network) -> Ask:
    def asked(hour: int, minute: int, **more: object) -> list[Journey]:
        at = datetime(2024, 5, 2, hour, minute, tzinfo=UTC) - timedelta(hours=9)
        ends = {"origin": Position(127.0, 37.0005), "destination": Position(127 + 4 * LON, 37.0005)}
        return plan(network, Live(), JourneyQuery(**(ends | {"at": at} | more)))  # type: ignore[arg-type]  # as asked

    return asked


def routes(journey: Journey) -> list[str]:
    return [leg.trip.route_name for leg in journey.rides if leg.trip]


def test_the_fastest_changes_and_the_simplest_does_not(ask: Ask) -> None:
    found = ask(7, 55)
    assert routes(found[0]) == ["1", "20"]
    assert [leg.mode for leg in found[0].legs] == [Mode.WALK, Mode.METRO, Mode.BUS, Mode.WALK]
    assert ["10"] in [routes(journey) for journey in found]


def test_legs_follow_one_another_in_place_and_time(ask: Ask) -> None:
    for journey in ask(7, 55):
        for before, after in zip(journey.legs, journey.legs[1:], strict=False):
            assert before.arrives <= after.departs
            assert before.destination == after.origin
        assert all(leg.path[0] != leg.path[-1] for leg in journey.legs)


def test_a_ride_tells_all_its_calls_and_its_line(ask: Ask) -> None:
    ride = next(journey for journey in ask(7, 55) if routes(journey) == ["10"]).rides[0]
    assert [call.place.name for call in ride.calls] == ["0", "1", "2", "3", "4"]
    assert ride.trip
    assert (ride.trip.trip, ride.trip.headsign, ride.trip.agency) == ("f:slow1", "Four", "Metro")
    assert ride.metres == pytest.approx(8000 * 1.3, rel=0.01)


def test_walking_without_streets_is_an_estimate(ask: Ask) -> None:
    first = ask(7, 55)[0].legs[0]
    assert first.is_estimated
    assert first.metres == pytest.approx(55.5 * 1.3, rel=0.01)
    assert first.arrives - first.departs == timedelta(seconds=58)


def test_one_leaves_as_late_as_the_first_ride_allows(ask: Ask) -> None:
    assert ask(7, 40)[0].departs.astimezone(UTC).time().isoformat() == "23:04:02"


def test_arrive_by_leaves_latest_first(ask: Ask) -> None:
    found = ask(8, 55, arrive_by=True)
    assert all(journey.arrives <= datetime(2024, 5, 1, 23, 55, tzinfo=UTC) for journey in found)
    assert routes(found[0]) == ["1", "20"]


def test_the_bus_after_midnight_belongs_to_the_day_before(ask: Ask) -> None:
    found = ask(0, 10)
    assert routes(found[0]) == ["N"]
    ride = found[0].rides[0]
    assert ride.trip
    assert ride.trip.day.isoformat() == "2024-05-01"
    assert ride.departs == datetime(2024, 5, 1, 15, 30, tzinfo=UTC)


def test_nothing_goes_for_hours_and_the_next_is_told(ask: Ask) -> None:
    assert routes(ask(20, 0)[0]) == ["N"]


def test_who_needs_a_wheelchair_is_not_sent_to_a_vehicle_that_cannot_take_it(ask: Ask) -> None:
    trips = {leg.trip.trip for journey in ask(8, 6, wheelchair=True) for leg in journey.rides if leg.trip}
    assert "f:slow2" not in trips
    assert "f:slow2" in {leg.trip.trip for journey in ask(8, 6) for leg in journey.rides if leg.trip}


def test_modes_that_are_not_wanted_are_not_used(ask: Ask) -> None:
    assert all("1" not in routes(journey) for journey in ask(7, 55, modes=TRANSIT - {Mode.METRO} | {Mode.WALK}))


def test_a_short_way_is_walked(network: Network) -> None:
    at = datetime(2024, 5, 1, 23, 0, tzinfo=UTC)
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127.002, 37), at=at)
    for asked in (query, replace(query, arrive_by=True)):
        found = fastest(network, Live(), asked)
        assert found
        assert [leg.mode for leg in found.legs] == [Mode.WALK]


def test_what_is_compared_with_is_the_way_that_one_gets_who_asks_for_it(network: Network) -> None:
    query = JourneyQuery(
        origin=Position(127, 37), destination=Position(127.06, 37), at=datetime(2024, 5, 1, 23, tzinfo=UTC)
    )

    def ask(wish: JourneyQuery) -> list[Journey]:
        return plan(network, Live(), wish)

    for told in compared(query, ask):
        (way,) = ask(replace(query, modes=frozenset({told.mode})))
        waits = 300 if told.mode is Mode.TAXI else 0
        assert told.seconds == (way.arrives - way.departs).total_seconds() + waits
        assert (told.metres, told.is_estimated) == (way.legs[0].metres, True)


def test_no_bicycle_is_compared_with_for_who_needs_a_wheelchair(network: Network) -> None:
    query = JourneyQuery(
        origin=Position(127, 37), destination=Position(127.06, 37), at=datetime(2024, 5, 1, 23, tzinfo=UTC)
    )
    found = compared(replace(query, wheelchair=True), lambda wish: plan(network, Live(), wish))
    assert [told.mode for told in found] == [Mode.CAR, Mode.TAXI]


def test_a_place_that_nothing_reaches_has_no_way(ask: Ask) -> None:
    assert ask(8, 0, destination=Position(128.5, 36)) == []
