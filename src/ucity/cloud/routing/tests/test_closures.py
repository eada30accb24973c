"""Alerts of NO_SERVICE take stops, stations, lines and trips out of the search while they are active."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from ucity.blueprint.journeys import Journey, JourneyQuery, Position
from ucity.cloud.routing.added import added_runs
from ucity.cloud.routing.boards import Message, live_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.tests.small import AGENCY, feed
from ucity.network.feeds.gtfs_realtime import decode

LON = 0.0225
"""Two kilometres: too far to walk from stop to stop."""
SEVEN = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""Seven in the morning of 2 May in Seoul."""
TABLES = {
    "agency": AGENCY.format(zone="Asia/Seoul") + "b,Boats,http://b.example,Asia/Seoul\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    f"0,0,37,127,0,\n1,1,37,{127 + LON},0,\nS,2,37,{127 + 2 * LON},1,\n2,2,37,{127 + 2 * LON},0,S\n"
    f"2b,2,37,{127 + 2 * LON},0,S\n3,3,37,{127 + 3 * LON},0,\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nbus,a,B,3\ntram,b,T,0\nferry,b,F,4\n",
    "trips": "route_id,service_id,trip_id,direction_id,block_id\nbus,s,bus1,0,\nbus,s,bus2,0,\nbus,s,back,1,\n"
    "tram,s,tram1,0,\nferry,s,ferry1,0,\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "bus1,07:10:00,07:10:00,0,1\nbus1,07:15:00,07:15:00,1,2\nbus1,07:20:00,07:20:00,2,3\nbus1,07:25:00,07:25:00,3,4\n"
    "bus2,08:10:00,08:10:00,0,1\nbus2,08:15:00,08:15:00,1,2\nbus2,08:20:00,08:20:00,2,3\nbus2,08:25:00,08:25:00,3,4\n"
    "back,07:10:00,07:10:00,3,1\nback,07:25:00,07:25:00,0,2\n"
    "tram1,07:10:00,07:10:00,0,1\ntram1,07:30:00,07:30:00,3,2\n"
    "ferry1,07:10:00,07:10:00,0,1\nferry1,07:35:00,07:35:00,3,2\n",
}
STAYING = {
    **TABLES,
    "trips": "route_id,service_id,trip_id,direction_id,block_id\nbus,s,one,0,x\nbus,s,other,0,x\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "one,07:10:00,07:10:00,0,1\none,07:15:00,07:15:00,1,2\none,07:20:00,07:20:00,2,3\n"
    "other,07:20:00,07:20:00,2,1\nother,07:25:00,07:25:00,3,2\n",
}
BUS, TRAM, FERRY = "f:bus1", "f:tram1", "f:ferry1"
NO_SERVICE = pb.Alert.NO_SERVICE
Selector = dict[str, Any]


@pytest.fixture(scope="module")
def network() -> Network:
    return build({"f": feed(TABLES)})


def alert(
    *selectors: Selector,
    effect: Any = NO_SERVICE,
    periods: Iterable[tuple[int | None, int | None]] = (),
) -> pb.FeedMessage:
    """One alert; ``periods`` in minutes after seven."""
    message = pb.FeedMessage(header={"gtfs_realtime_version": "2.0", "timestamp": int(SEVEN.timestamp())})
    told = message.entity.add(id="1").alert
    told.effect = effect
    for each in selectors:
        told.informed_entity.add(**each)
    for period in periods:
        ends = {name: minute for name, minute in zip(("start", "end"), period, strict=True) if minute is not None}
        told.active_period.add(**{name: int(SEVEN.timestamp()) + 60 * minute for name, minute in ends.items()})
    return message


def live(network: Network, message: pb.FeedMessage) -> Live:
    told, table = [Message("f", SEVEN, decode(message.SerializeToString()))], network.timetable
    added = added_runs(table, told)
    return Live().renewed(table, live_of(table, told, added), SEVEN, added)


def asked(network: Network, message: pb.FeedMessage, to: int = 3, start: int = 0) -> list[Journey]:
    ends = [Position(127 + number * LON, 37) for number in (start, to)]
    return plan(network, live(network, message), JourneyQuery(origin=ends[0], destination=ends[1], at=SEVEN))


Taken = Callable[..., set[str]]


@pytest.fixture
def taken(network: Network) -> Taken:
    """The trips by which one gets to stop 3, or to another one, from stop 0."""

    def by(message: pb.FeedMessage, to: int = 3) -> set[str]:
        return {way.rides[-1].trip.trip for way in asked(network, message, to) if way.rides and way.rides[-1].trip}

    return by


def test_without_alerts_there_is_a_bus_a_tram_and_a_ferry(taken: Taken) -> None:
    # The bus is there first, and each of the others has least of something: changes are none, and carbon differs.
    assert taken(alert()) >= {BUS, FERRY}
    assert taken(alert({"route_id": "bus"})) >= {TRAM, FERRY}


@pytest.mark.parametrize(
    "selector",
    [
        {"route_id": "bus"},
        {"agency_id": "a"},
        {"route_type": 3},
        {"route_id": "bus", "route_type": 3, "agency_id": "a"},
        {"route_id": "bus", "direction_id": 0},
        {"trip": {"trip_id": "bus1"}},
        {"trip": {"trip_id": "bus1", "start_date": "20240502", "start_time": "07:10:00"}},
        {"trip": {"route_id": "bus", "direction_id": 0}},
        {"route_id": "bus", "stop_id": "3"},
        {"trip": {"trip_id": "bus1"}, "stop_id": "0"},
        {"agency_id": "a", "stop_id": "3"},
    ],
)
def test_what_an_alert_names_is_not_taken_and_all_else_is(taken: Taken, selector: Selector) -> None:
    assert BUS not in taken(alert(selector))
    assert taken(alert(selector)) >= {TRAM, FERRY}


@pytest.mark.parametrize(
    "selector",
    [
        {"route_id": "bus", "route_type": 0},
        {"route_id": "bus", "agency_id": "b"},
        {"route_id": "bus", "direction_id": 1},
        {"route_id": "nothing"},
        {"agency_id": "nobody"},
        {"route_type": 2},
        {"trip": {"trip_id": "nothing"}},
        {"trip": {"trip_id": "bus2"}},
        {"trip": {"trip_id": "bus1", "start_date": "20240503"}},
        {"trip": {"trip_id": "bus1", "start_time": "08:10:00"}},
        {"route_id": "bus", "stop_id": "1"},
        {"route_id": "tram", "stop_id": "3"},
        {"stop_id": "nowhere"},
        {"stop_id": "S"},
        {},
    ],
)
def test_all_that_is_named_together_has_to_be_so_and_nothing_unknown_or_unnamed_closes_anything(
    taken: Taken, selector: Selector
) -> None:
    assert BUS in taken(alert(selector))


def test_whole_agencies_and_kinds_of_vehicles_are_closed_and_no_others(taken: Taken) -> None:
    assert taken(alert({"agency_id": "b"})) == {BUS}
    without = taken(alert({"route_type": 4}))
    assert BUS in without and FERRY not in without
    assert taken(alert({"route_type": 3}, {"route_type": 4})) == {TRAM}
    assert taken(alert({"agency_id": "a"}, {"agency_id": "b"})) == set()


def test_a_station_closes_its_platforms_and_a_platform_itself_while_vehicles_go_through(taken: Taken) -> None:
    assert taken(alert(), to=2) == {BUS}
    for stop in ("S", "2"):
        assert taken(alert({"stop_id": stop}), to=2) == set()
        assert BUS in taken(alert({"stop_id": stop}), to=3)
    assert taken(alert({"stop_id": "2b"}), to=2) == {BUS}


@pytest.mark.parametrize(
    ("period", "goes_to"),
    [
        ((0, 5), {1, 2, 3}),
        ((26, None), {1, 2, 3}),
        ((None, 10), {1, 2, 3}),  # it begins at the very end
        ((18, None), {1}),
        ((18, 19), {1, 2, 3}),  # between two calls
        ((20, 21), {1}),  # what has ended does not go on
        ((None, 11), set()),
        ((8, 60), set()),
        ((None, None), set()),
    ],
)
def test_a_line_runs_until_its_alert_is_active_and_again_after_it(
    taken: Taken, period: tuple[int | None, int | None], goes_to: set[int]
) -> None:
    told = alert({"route_id": "bus"}, periods=[period])
    assert {stop for stop in (1, 2, 3) if BUS in taken(told, to=stop)} == goes_to


def test_a_stop_is_left_out_in_the_periods_of_its_alert_alone(taken: Taken) -> None:
    assert BUS not in taken(alert({"stop_id": "2"}, periods=[(0, 5), (19, 30)]), to=2)
    assert BUS in taken(alert({"stop_id": "2"}, periods=[(0, 5), (21, 30)]), to=2)


def test_other_effects_close_nothing(taken: Taken) -> None:
    for effect in set(pb.Alert.Effect.values()) - {NO_SERVICE}:
        assert BUS in taken(alert({"route_id": "bus"}, {"stop_id": "3"}, effect=effect))


def test_delays_and_alerts_count_together(taken: Taken) -> None:
    """A late bus comes when its stop is closed."""
    message = alert({"stop_id": "3"}, periods=[(33, 40)])
    assert BUS in taken(message)
    update = message.entity.add(id="2").trip_update
    update.trip.trip_id, update.trip.start_date = "bus1", "20240502"
    update.stop_time_update.add(stop_sequence=1).departure.delay = 600
    assert BUS not in taken(message)


def test_an_added_run_is_closed_like_those_of_the_timetable(taken: Taken) -> None:
    def with_extra(*selectors: Selector) -> pb.FeedMessage:
        message = alert(*selectors)
        update = message.entity.add(id="2").trip_update
        update.trip.trip_id, update.trip.route_id = "extra", "bus"
        update.trip.schedule_relationship = pb.TripDescriptor.ADDED
        for stop, minute in (("0", 2), ("3", 9)):
            update.stop_time_update.add(stop_id=stop).departure.time = int(SEVEN.timestamp()) + 60 * minute
        return message

    assert "f:extra" in taken(with_extra())
    for selector in ({"route_id": "bus"}, {"trip": {"trip_id": "extra"}}, {"agency_id": "a"}, {"stop_id": "3"}):
        assert "f:extra" not in taken(with_extra(selector))


def test_nobody_stays_aboard_of_what_has_ended() -> None:
    staying = build({"f": feed(STAYING)})
    (through,) = [way for way in asked(staying, alert()) if way.rides]
    assert [leg.stays for leg in through.rides] == [False, True]
    ended = alert({"trip": {"trip_id": "one"}}, periods=[(18, None)])
    assert not any(way.rides for way in asked(staying, ended))
    assert [way.rides[0].arrives for way in asked(staying, ended, to=1) if way.rides] == [SEVEN + timedelta(minutes=15)]
    assert any(way.rides for way in asked(staying, ended, start=2)), "the other trip runs"
