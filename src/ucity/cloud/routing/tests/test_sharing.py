"""Shared bicycles in a city of three stops on a line, 3 km from each other, without streets."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucity.blueprint.journeys import TRANSIT, Journey, JourneyQuery, Mode, Position
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.shared import AHEAD, Offer, Shared
from ucity.cloud.routing.tests.small import feed
from ucity.network.feeds.gbfs import Station, System

LON = 0.03374  # about 3 km at 37 degrees north
NEAR = 0.0011  # about 100 m
NOW = datetime(2024, 5, 1, 23, 0, tzinfo=UTC)
"""08:00 of 2 May in Seoul."""
TABLES = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{n},{n},37,{127 + LON * n}\n" for n in range(3)),
    "routes": "route_id,agency_id,route_short_name,route_type\nm,a,1,1\n",
    "trips": "route_id,service_id,trip_id\nm,s,t\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,08:30:00,08:30:00,1,1\nt,08:34:00,08:34:00,2,2\n",
}
EVERYTHING = TRANSIT | {Mode.WALK, Mode.SHARED_BICYCLE}
BY_BICYCLE = [Mode.WALK, Mode.SHARED_BICYCLE, Mode.WALK]


def station(key: str, lon: float, bicycles: int = 5, docks: int | None = 5) -> Station:
    return Station(id=key, names={"ko": f"역 {key}", "en": key}, lon=lon, lat=37.0, bicycles=bicycles, docks=docks)


def shared(network: Network, *stations: Station, at: datetime = NOW) -> Shared:
    system = System(names={"en": "Bikes"}, at=at, ttl=60, stations=stations)
    return Shared().renewed(network, [Offer("bikes", system, at + timedelta(seconds=180))])


@pytest.fixture(scope="module")
def network() -> Network:
    return build({"f": feed(TABLES)})


A, B, C = station("a", 127 + NEAR), station("b", 127 + LON + NEAR), station("c", 127 + 2 * LON + NEAR)


@pytest.fixture
def ask(network: Network) -> Callable[..., list[Journey]]:
    def asked(*stations: Station, to: float = 2 * LON, at: datetime = NOW, **how: Any) -> list[Journey]:
        query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + to, 37), at=at, modes=EVERYTHING)
        return plan(network, Live(), replace(query, **how), shared(network, *stations))

    return asked


def modes(journey: Journey) -> list[Mode]:
    return [leg.mode for leg in journey.legs]


def test_one_walks_to_a_station_rides_and_walks_on(ask: Callable[..., list[Journey]]) -> None:
    (found,) = [each for each in ask(A, B, to=LON) if modes(each) == BY_BICYCLE]
    _, ride, last = found.legs
    told = ride.shared
    assert told
    assert (told.feed, told.system, told.taken_at, told.returned_at) == ("bikes", "Bikes", "bikes:a", "bikes:b")
    assert (told.bicycles, told.docks, told.told_at) == (5, 5, NOW)
    assert ride.is_estimated
    assert ride.metres == pytest.approx(3000 * 1.3, rel=0.01)
    assert (ride.origin.name, dict(ride.destination.names)["en"]) == ("역 a", "b")
    assert last.origin == ride.destination
    assert all(one.arrives == other.departs for one, other in zip(found.legs, found.legs[1:], strict=False))


def test_one_rides_to_the_stop_where_the_metro_begins(ask: Callable[..., list[Journey]]) -> None:
    found = [each for each in ask(A, B) if each.rides]
    assert [modes(each) for each in found] == [[*BY_BICYCLE, Mode.METRO]]
    (journey,) = found
    assert journey.arrives == datetime(2024, 5, 1, 23, 34, tzinfo=UTC)
    assert journey.legs[2].arrives == journey.legs[3].departs
    assert journey.legs[1].destination == journey.legs[2].origin


def test_one_rides_from_the_last_stop_and_backward_in_time_too(network: Network) -> None:
    offer = shared(network, C, station("d", 127 + 3 * LON))
    query = JourneyQuery(
        origin=Position(127 + LON, 37), destination=Position(127 + 3 * LON + NEAR, 37), at=NOW, modes=EVERYTHING
    )
    for asked in (query, replace(query, at=NOW + timedelta(hours=1), arrive_by=True)):
        found = fastest(network, Live(), replace(asked, modes=EVERYTHING), offer)
        assert found
        ridden = [each for each in plan(network, Live(), asked, offer) if each.rides]
        assert [modes(each) for each in ridden] == [[Mode.METRO, *BY_BICYCLE]]
        assert ridden[0].arrives <= NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "stations",
    [
        (station("a", 127 + NEAR, bicycles=0), B),
        (A, station("b", 127 + LON + NEAR, docks=0)),
        (A,),
        (station("a", 127 + LON / 2), B),
        (),
    ],
    ids=["no bicycle", "no dock", "one station", "too far", "no station"],
)
def test_nobody_is_sent_where_there_is_none(ask: Callable[..., list[Journey]], stations: tuple[Station, ...]) -> None:
    assert all(Mode.SHARED_BICYCLE not in modes(each) for each in ask(*stations, to=LON))


def test_a_station_that_counts_no_docks_takes_any_number(ask: Callable[..., list[Journey]]) -> None:
    found = ask(A, station("b", 127 + LON + NEAR, docks=None), to=LON)
    assert [each.legs[1].shared and each.legs[1].shared.docks for each in found if modes(each) == BY_BICYCLE] == [None]


def test_an_empty_station_is_passed_by(ask: Callable[..., list[Journey]]) -> None:
    empty = station("e", 127 + NEAR / 2, bicycles=0)
    taken = [leg.shared.taken_at for each in ask(empty, A, B, to=LON) for leg in each.legs if leg.shared]
    assert taken == ["bikes:a"]


def test_it_is_for_those_who_ask_for_it_and_can_ride(ask: Callable[..., list[Journey]]) -> None:
    for how in ({"modes": TRANSIT | {Mode.WALK}}, {"wheelchair": True}):
        assert all(Mode.SHARED_BICYCLE not in modes(each) for each in ask(A, B, **how))


def test_what_stands_there_now_is_not_promised_for_later(ask: Callable[..., list[Journey]]) -> None:
    for away in (AHEAD + timedelta(minutes=1), -AHEAD - timedelta(minutes=1)):
        assert all(Mode.SHARED_BICYCLE not in modes(each) for each in ask(A, B, to=LON, at=NOW + away))
    assert any(modes(each) == BY_BICYCLE for each in ask(A, B, to=LON, at=NOW + timedelta(minutes=30)))


def test_what_is_out_of_date_is_not_offered(network: Network) -> None:
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + LON, 37), at=NOW, modes=EVERYTHING)
    offer = shared(network, A, B)
    for seconds, is_offered in ((180, True), (181, False)):
        found = plan(network, Live(), query, offer.at(NOW + timedelta(seconds=seconds)))
        assert any(Mode.SHARED_BICYCLE in modes(each) for each in found) is is_offered


def test_one_system_takes_back_its_own_bicycles_only(network: Network) -> None:
    systems = [
        Offer(name, System(names={}, at=NOW, ttl=60, stations=(each,)), NOW + timedelta(minutes=3))
        for name, each in (("one", A), ("other", B))
    ]
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + LON, 37), at=NOW, modes=EVERYTHING)
    found = plan(network, Live(), query, Shared().renewed(network, systems))
    assert all(Mode.SHARED_BICYCLE not in modes(each) for each in found)


def test_what_a_system_says_anew_counts_and_its_ground_stays(network: Network) -> None:
    first = shared(network, A, B)
    empty = System(names={}, at=NOW, ttl=60, stations=(station("a", A.lon, bicycles=0), B))
    again = first.renewed(network, [Offer("bikes", empty, NOW)])
    assert again.ground is first.ground
    assert list(again.gives) == [False, True]
    moved = first.renewed(network, [Offer("bikes", System(names={}, at=NOW, ttl=60, stations=(A,)), NOW)])
    assert moved.ground is not first.ground


def test_what_a_station_has_now_is_known_until_its_system_is_out_of_date(network: Network) -> None:
    full, empty = station("b", B.lon, docks=0), station("a", A.lon, bicycles=0)
    offer = shared(network, empty, full, C)
    a, b = (offer.at(NOW).standing(f"bikes:{key}", NOW) for key in "ab")
    assert a and b and b.elsewhere
    assert (a.has_bicycle, a.has_dock, b.has_bicycle, b.has_dock) == (False, True, True, False)
    assert b.elsewhere.names["en"] == "a"
    late = NOW + timedelta(seconds=181)
    assert offer.at(late).standing("bikes:a", late) is None
    assert offer.at(NOW).standing("bikes:none", NOW) is None
