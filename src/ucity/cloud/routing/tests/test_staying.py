"""Vehicles that go on as another trip: who stays aboard has no change, and none to miss."""

from datetime import UTC, date, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given, settings
from hypothesis import strategies as st

from ucity.blueprint.journeys import Journey, JourneyQuery, Position
from ucity.cloud.routing.boards import Message, live_of
from ucity.cloud.routing.catching import Delays
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import build
from ucity.cloud.routing.plan import fastest, plan
from ucity.cloud.routing.telling import Known, told
from ucity.cloud.routing.tests import test_any_timetable as any_
from ucity.cloud.routing.tests.oracle import NEVER, Oracle
from ucity.cloud.routing.tests.scanned import ends_of, walks_of
from ucity.cloud.routing.tests.small import feed
from ucity.cloud.routing.timetable import runs_on
from ucity.cloud.routing.vehicles import following
from ucity.network.feeds.gtfs_realtime import decode

LON = 0.0225  # about 2 km at 37 degrees north
SEVEN = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""In the morning in Seoul, of a Thursday."""
STOPS = "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{n},{n},37,{127 + LON * n}\n" for n in range(8))
ROUTES = "route_id,agency_id,route_short_name,route_type\na,a,A,3\nb,a,B,3\nc,a,C,3\n"
TRIPS = "route_id,service_id,trip_id,block_id\n"
LINKS = "from_trip_id,to_trip_id,transfer_type\n"


def times(**calls: str) -> str:
    """Stop times of trips, from texts like "0 7:10, 1 7:15"."""
    rows = ["trip_id,stop_id,arrival_time,departure_time,stop_sequence"]
    for trip, text in calls.items():
        for sequence, call in enumerate(text.split(", ")):
            stop, clock = call.split()
            rows.append(f"{trip},{stop},{clock}:00,{clock}:00,{sequence}")
    return "\n".join(rows) + "\n"


ONE_TO_THREE = times(a1="0 7:10, 1 7:15, 2 7:20", b1="2 7:20, 3 7:25, 4 7:30", c1="4 7:30, 5 7:35")
"""Each begins the moment when the one before it ends: nobody could change."""


def asked(
    trips: str, stop_times: str = ONE_TO_THREE, links: str = "", frequencies: str = "", *, to: int = 4, **more: object
) -> list[Journey]:
    """The ways from stop 0 after seven, soonest there first."""
    tables = {"stops": STOPS, "routes": ROUTES, "trips": TRIPS + trips, "stop_times": stop_times}
    further = {"transfers": LINKS + links if links else "", "frequencies": frequencies}
    network = build({"f": feed(tables | {name: text for name, text in further.items() if text})})
    query = {"origin": Position(127, 37), "destination": Position(127 + to * LON, 37), "at": SEVEN}
    found = plan(network, Live(), JourneyQuery(**(query | more)))  # type: ignore[arg-type]  # as asked
    return [each for each in found if each.arrives < SEVEN + timedelta(hours=12)]  # not the next day's


def taken(journeys: list[Journey]) -> list[list[str]]:
    return [[leg.trip.trip for leg in each.rides if leg.trip] for each in journeys]


def test_who_stays_aboard_does_not_change() -> None:
    journey = asked("a,s,a1,x\nb,s,b1,x\n", most_transfers=0)[0]
    assert taken([journey]) == [["f:a1", "f:b1"]]
    assert [leg.stays for leg in journey.rides] == [False, True]
    assert journey.changes == 0
    assert [leg.destination.name for leg in journey.rides] == ["2", "4"]
    assert told(journey, Known(at=SEVEN, delays=Delays())).chance is None


def test_ways_by_which_one_is_there_in_time_stay_aboard_too() -> None:
    at = SEVEN + timedelta(minutes=40)
    assert taken(asked("a,s,a1,x\nb,s,b1,x\n", at=at, arrive_by=True)) == [["f:a1", "f:b1"]]


OFTEN = "trip_id,start_time,end_time,headway_secs,exact_times\n"
EVERY_TWENTY = OFTEN + "a1,07:10:00,08:00:00,1200,{a}\nb1,07:20:00,08:00:00,1200,{b}\n"


@pytest.mark.parametrize(("exact", "stays"), [((1, 1), True), ((0, 1), False), ((1, 0), False), ((0, 0), False)])
def test_trips_with_a_headway_go_on_where_it_is_exact(exact: tuple[int, int], stays: bool) -> None:
    """One leaves every twenty minutes and ends when the other begins: three vehicles, one after another."""
    often = EVERY_TWENTY.format(a=exact[0], b=exact[1])
    found = asked("a,s,a1,x\nb,s,b1,x\n", frequencies=often, window=timedelta(minutes=50))
    assert {each.changes for each in found} == {0 if stays else 1}
    departures = [(each.rides[0].departs - SEVEN) // timedelta(minutes=1) for each in found]
    assert departures == ([10, 30] if stays else departures)
    assert all(taken([each]) == [["f:a1", "f:b1"]] for each in found)


def test_vehicles_that_are_under_way_at_once_are_not_one() -> None:
    """A loop of 15 minutes, every ten minutes: all runs are of one block."""
    loop = times(a1="0 7:10, 1 7:15, 0 7:25")
    often = OFTEN + "a1,07:10:00,08:00:00,{},1\n"
    tables = {"stops": STOPS, "routes": ROUTES, "trips": TRIPS + "a,s,a1,x\n", "stop_times": loop}
    for headway, followed in ((600, 0), (900, 3)):
        timetable = build({"f": feed(tables | {"frequencies": often.format(headway)})}).timetable
        assert following(timetable, [runs_on(timetable, date(2024, 5, 2))]).height == followed


def test_one_stays_aboard_through_several_trips() -> None:
    journey = asked("a,s,a1,x\nb,s,b1,x\nc,s,c1,x\n", to=5)[0]
    assert taken([journey]) == [["f:a1", "f:b1", "f:c1"]]
    assert journey.changes == 0
    assert [call.place.name for call in journey.rides[1].calls] == ["2", "3", "4"]


def test_distances_and_times_are_those_of_the_single_trips() -> None:
    rides = asked("a,s,a1,x\nb,s,b1,x\n", to=3)[0].rides
    assert [leg.metres for leg in rides] == [pytest.approx(5200, rel=0.01), pytest.approx(2600, rel=0.01)]
    assert [f"{leg.arrives + timedelta(hours=9):%H:%M}" for leg in rides] == ["07:20", "07:25"]


@pytest.mark.parametrize(
    ("trips", "links"),
    [
        ("a,s,a1,x\nb,s,b1,y\n", ""),
        ("a,s,a1,\nb,s,b1,\n", ""),
        ("a,s,a1,x\nb,s,b1,x\n", "a1,b1,5\n"),
        ("a,s,a1,x\nb,s,b1,x\nc,s,c1,x\n", "a1,c1,4\n"),
    ],
    ids=["another block", "no block", "linked, but without people", "linked otherwise"],
)
def test_otherwise_one_has_to_change(trips: str, links: str) -> None:
    assert asked(trips, links=links, to=3) == []


def test_linked_trips_go_on_without_a_block_however_long_the_vehicle_stands() -> None:
    later = times(a1="0 7:10, 1 7:15, 2 7:20", b1="2 8:20, 4 8:30")
    assert asked("a,s,a1,x\nb,s,b1,x\n", later, most_transfers=0) == []
    assert taken(asked("a,s,a1,\nb,s,b1,\n", later, "a1,b1,4\n", most_transfers=0)) == [["f:a1", "f:b1"]]


def test_nobody_gets_on_or_off_between_two_trips_where_they_let_nobody_on_or_off() -> None:
    trips, head = (
        "a,s,a1,x\nb,s,b1,x\n",
        "trip_id,stop_id,arrival_time,departure_time,stop_sequence,pickup_type,drop_off_type",
    )
    calls = [
        *("a1,0,7:10:00,7:10:00,0,0,0", "a1,1,7:20:00,7:20:00,1,0,1"),
        *("b1,1,7:21:00,7:21:00,0,1,0", "b1,4,7:30:00,7:30:00,1,0,0"),
    ]
    stop_times = "\n".join([head, *calls]) + "\n"
    assert taken(asked(trips, stop_times, to=4)) == [["f:a1", "f:b1"]]
    assert not [each for each in asked(trips, stop_times, to=1) if each.rides]
    assert not [each for each in asked(trips, stop_times, origin=Position(127 + LON, 37)) if each.rides]


def test_a_trip_may_go_on_as_several_and_several_as_one() -> None:
    divided = times(a1="0 7:10, 2 7:20", b1="2 7:20, 4 7:30", c1="2 7:20, 5 7:35")
    trips = "a,s,a1,\nb,s,b1,\nc,s,c1,\n"
    assert taken(asked(trips, divided, "a1,b1,4\na1,c1,4\n", to=4)) == [["f:a1", "f:b1"]]
    assert taken(asked(trips, divided, "a1,b1,4\na1,c1,4\n", to=5)) == [["f:a1", "f:c1"]]


def test_a_vehicle_that_turns_round_is_left() -> None:
    """Nobody rides to the end of a line to come back; who is carried round a loop stays."""
    back = times(a1="0 7:10, 1 7:15, 2 7:20", b1="2 7:20, 1 7:25, 0 7:30")
    tables = {"stops": STOPS, "routes": ROUTES, "trips": TRIPS + "a,s,a1,x\nb,s,b1,x\n", "stop_times": back}
    query = JourneyQuery(origin=Position(127 + LON, 37), destination=Position(127, 37), at=SEVEN, most_transfers=0)
    found = plan(build({"f": feed(tables)}), Live(), query)
    assert taken([each for each in found if each.rides]) == [["f:b1"]]
    loop = times(a1="0 7:10, 1 7:15, 2 7:20, 0 7:25", b1="0 7:25, 1 7:30, 2 7:35, 0 7:40")
    query = JourneyQuery(origin=Position(127 + 2 * LON, 37), destination=Position(127 + LON, 37), at=SEVEN)
    found = plan(build({"f": feed(tables | {"stop_times": loop})}), Live(), query)
    assert taken([each for each in found if each.rides]) == [["f:a1", "f:b1"]]


def said(trip: str, state: str = "SCHEDULED", late: int | None = None) -> pb.FeedMessage:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(SEVEN.timestamp())
    update = message.entity.add(id="1").trip_update
    update.trip.CopyFrom(pb.TripDescriptor(trip_id=trip, start_date="20240502", schedule_relationship=state))
    if late is not None:
        update.stop_time_update.add(stop_sequence=0).departure.delay = late
    return message


def expected(message: pb.FeedMessage) -> list[Journey]:
    """The ways from stop 0 to 4 once this is known."""
    trips = TRIPS + "a,s,a1,x\nb,s,b1,x\n"
    network = build({"f": feed({"stops": STOPS, "routes": ROUTES, "trips": trips, "stop_times": ONE_TO_THREE})})
    messages = [Message("f", SEVEN, decode(message.SerializeToString()))]
    live = Live().renewed(network.timetable, live_of(network.timetable, messages), SEVEN)
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + 4 * LON, 37), at=SEVEN)
    return [each for each in plan(network, live, query) if each.arrives < SEVEN + timedelta(hours=12)]


def test_what_is_cancelled_takes_nobody_on() -> None:
    assert expected(said("b1", "CANCELED")) == []


def test_a_vehicle_that_is_late_goes_on_late() -> None:
    journey = expected(said("a1", late=300))[0]
    assert taken([journey]) == [["f:a1", "f:b1"]]
    assert [f"{leg.arrives + timedelta(hours=9):%H:%M}" for leg in journey.rides] == ["07:25", "07:35"]
    assert all(leg.trip and leg.trip.is_live for leg in journey.rides)


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, any_.Table]:
    """Any timetable, with further trips that begin where others end."""
    tables = draw(any_.timetables())
    counts = {row["trip_id"] for row in tables["frequencies"]}
    for trip in list(tables["trips"]):
        trip["block_id"] = trip["trip_id"] if trip["trip_id"] not in counts else ""
        last = [row for row in tables["stop_times"] if row["trip_id"] == trip["trip_id"]][-1]
        if not trip["block_id"] or not draw(st.booleans()):
            continue
        number = f"u{trip['trip_id']}"
        begins = draw(st.sampled_from([60, 120, 900, 960]))
        rows = draw(any_.calls(number))
        shift = any_.seconds_of(last["arrival_time"]) + begins - any_.seconds_of(rows[0]["departure_time"])
        rows[0]["stop_id"] = last["stop_id"]
        for row in rows:
            for name in ("arrival_time", "departure_time"):
                row[name] = any_.seconds_text(any_.seconds_of(row[name]) + shift)
        tables["stop_times"] += rows
        tables["trips"].append(trip | {"trip_id": number})
    return tables


@settings(max_examples=80, deadline=None)
@given(blocks(), any_.MINUTES, st.integers(1, 3))
def test_the_earliest_arrival_of_those_who_stay_aboard(tables: dict[str, any_.Table], minute: int, rides: int) -> None:
    text = {name: any_.text(table) for name, table in tables.items() if table}
    network = build({"f": feed(text | {"routes": any_.ROUTES})})
    query = any_.asked(tables, minute, rides)
    oracle = Oracle(any_.rows(tables), any_.DAY)
    walks = walks_of(network, any_.WALKING)
    found = plan(network, Live(), query)
    soonest = oracle.earliest(int(query.at.timestamp()), *ends_of(network, query), walks, rides)
    walk = min((int(each.arrives.timestamp()) for each in found if not each.rides), default=NEVER)
    first = fastest(network, Live(), query)
    assert (int(first.arrives.timestamp()) if first else NEVER) == min(soonest, walk)
    assert min((int(each.arrives.timestamp()) for each in found), default=NEVER) == min(soonest, walk)
    for leg in (leg for each in found for leg in each.rides if leg.stays):
        assert leg.trip
        assert leg.trip.trip.startswith("f:u")
