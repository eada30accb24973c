"""Real time changes what is answered: delays, cancellations, skipped stops, added runs; and silence ends it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from ucity.blueprint.journeys import Journey, JourneyQuery, Position
from ucity.cloud.routing.added import added_runs
from ucity.cloud.routing.boards import Message, live_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.tests.small import feed
from ucity.network.feeds.gtfs_realtime import decode

LON = 0.0225
SIX = datetime(2024, 5, 1, 22, 0, tzinfo=UTC)
"""Seven in the morning in Seoul."""
TABLES = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{n},{n},37,{127 + LON * n}\n" for n in range(4)),
    "routes": "route_id,agency_id,route_short_name,route_type\na,a,A,3\nb,a,B,3\n",
    "trips": "route_id,service_id,trip_id\na,s,a1\na,s,a2\nb,s,b1\nb,s,b2\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "a1,07:10:00,07:10:00,0,10\na1,07:15:00,07:15:00,1,20\na1,07:20:00,07:20:00,2,30\n"
    "a2,07:20:00,07:20:00,0,10\na2,07:25:00,07:25:00,1,20\na2,07:30:00,07:30:00,2,30\n"
    "b1,07:25:00,07:25:00,2,1\nb1,07:35:00,07:35:00,3,2\n"
    "b2,07:45:00,07:45:00,2,1\nb2,07:55:00,07:55:00,3,2\n",
}


@pytest.fixture(scope="module")
def network() -> Network:
    return build({"f": feed(TABLES)})


Answer = Callable[[pb.FeedMessage], list[Journey]]


@pytest.fixture
def answer(network: Network) -> Answer:
    """The journeys from stop 0 to stop 3 after seven, once the message is known."""
    before = Live()
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + 3 * LON, 37), at=SIX)
    plan(network, before, query)

    def answered(message: pb.FeedMessage, later: timedelta = timedelta(0)) -> list[Journey]:
        told = [Message("f", SIX, decode(message.SerializeToString()))]
        added = added_runs(network.timetable, told)
        live = before.renewed(network.timetable, live_of(network.timetable, told, added), SIX + later, added)
        return plan(network, live, query)

    return answered


def said(trip: str, state: str = "SCHEDULED", calls: list[tuple[int, int]] | None = None) -> pb.FeedMessage:
    """A message of one trip; ``calls``: sequence and seconds late."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(SIX.timestamp())
    update = message.entity.add(id="1").trip_update
    update.trip.CopyFrom(pb.TripDescriptor(trip_id=trip, start_date="20240502", schedule_relationship=state))
    for sequence, late in calls or []:
        update.stop_time_update.add(stop_sequence=sequence).arrival.delay = late
    return message


def taken(journey: Journey) -> list[str]:
    return [leg.trip.trip for leg in journey.rides if leg.trip]


def at_home(journey: Journey) -> str:
    return (journey.rides[-1].arrives + timedelta(hours=9)).strftime("%H:%M")


def test_without_news_the_timetable_stands(answer: Answer) -> None:
    first = answer(pb.FeedMessage(header={"gtfs_realtime_version": "2.0"}))[0]
    assert taken(first) == ["f:a1", "f:b1"]
    assert at_home(first) == "07:35"
    assert not any(leg.trip.is_live for leg in first.rides if leg.trip)


def test_a_late_bus_misses_the_next_one(answer: Answer) -> None:
    first = answer(said("a1", calls=[(10, 300)]))[0]
    assert at_home(first) == "07:55"
    ride = first.rides[0]
    assert ride.trip
    assert ride.trip.is_live == (ride.trip.trip == "f:a1")


def test_a_delay_goes_on_until_the_next_that_is_told(answer: Answer) -> None:
    found = [leg for journey in answer(said("a1", calls=[(10, 120), (30, 30)])) for leg in journey.rides]
    ride = next(leg for leg in found if leg.trip and leg.trip.trip == "f:a1")
    late = [int((call.departs - call.departs_scheduled).total_seconds()) for call in ride.calls]
    assert late == [120, 120, 30]
    assert ride.trip
    assert ride.trip.is_live


def test_the_connecting_bus_waits_when_it_is_late_too(answer: Answer) -> None:
    message = said("a1", calls=[(10, 300)])
    message.MergeFrom(said("b1", calls=[(1, 240)]))
    first = answer(message)[0]
    assert taken(first) == ["f:a1", "f:b1"]
    assert at_home(first) == "07:39"


def test_a_cancelled_run_is_not_offered(answer: Answer) -> None:
    first = answer(said("b1", "CANCELED"))[0]
    assert taken(first)[-1] == "f:b2"
    assert at_home(first) == "07:55"


def test_nobody_gets_off_where_a_stop_is_skipped(answer: Answer) -> None:
    message = said("a1")
    skipped = pb.TripUpdate.StopTimeUpdate.SKIPPED
    message.entity[0].trip_update.stop_time_update.add(stop_sequence=30, schedule_relationship=skipped)
    assert all("f:a1" not in taken(journey) for journey in answer(message))


def test_a_run_that_overtakes_a_late_one_is_found(answer: Answer) -> None:
    first = answer(said("a1", calls=[(10, 1800)]))[0]
    assert taken(first) == ["f:a2", "f:b2"]


def test_an_added_run_is_offered(answer: Answer) -> None:
    message = said("extra", "ADDED")
    update = message.entity[0].trip_update
    update.trip.route_id = "b"
    for stop, minutes in (("0", 5), ("3", 12)):
        update.stop_time_update.add(stop_id=stop).departure.time = int(SIX.timestamp()) + 60 * minutes
    first = answer(message)[0]
    assert taken(first) == ["f:extra"]
    assert first.rides[0].trip
    assert (first.rides[0].trip.route_name, first.rides[0].trip.headsign) == ("B", "3")
    assert at_home(first) == "07:12"


def coming(*minutes: int) -> pb.FeedMessage:
    """Vehicles of line A that come to stop 1 so many minutes after seven; nobody tells which trips they are on."""
    message = pb.FeedMessage(header={"gtfs_realtime_version": "2.0", "timestamp": int(SIX.timestamp())})
    for each in minutes:
        update = message.entity.add(id=str(each)).trip_update
        update.trip.route_id, update.vehicle.id = "a", str(each)
        update.stop_time_update.add(stop_id="1").arrival.time = int(SIX.timestamp()) + 60 * each
    return message


def test_a_bus_of_which_only_the_line_is_told_is_waited_for_as_long_as_that_is_new(
    answer: Callable[..., list[Journey]],
) -> None:
    first = answer(coming(22, 31))[0]
    assert at_home(first) == "07:55", "the first bus is late, and misses the next line"
    (ride, _) = first.rides
    assert [call.arrives.minute for call in ride.calls] == [20, 31, 36]
    assert ride.trip and ride.trip.is_live
    assert at_home(answer(coming(22, 31), later=timedelta(minutes=11))[0]) == "07:35"


def test_what_was_told_long_ago_is_not_believed(answer: Callable[..., list[Journey]]) -> None:
    first = answer(said("b1", "CANCELED"), later=timedelta(minutes=11))[0]
    assert taken(first) == ["f:a1", "f:b1"]


def test_a_feed_that_goes_back_in_time_breaks_nothing(answer: Answer) -> None:
    first = answer(said("a1", calls=[(10, 600), (20, -3600), (30, 0)]))[0]
    for leg in first.rides:
        times = [time for call in leg.calls for time in (call.arrives, call.departs)]
        assert times == sorted(times)


def to_the_end(trip: str, state: str, *stops: tuple[str, int]) -> pb.FeedMessage:
    """A message of one trip of line A that calls at these stops, so many minutes after seven."""
    message = said(trip, state)
    update = message.entity[0].trip_update
    update.trip.route_id = "a"
    for stop, minutes in stops:
        update.stop_time_update.add(stop_id=stop).departure.time = int(SIX.timestamp()) + 60 * minutes
    return message


def leaves(journeys: list[Journey]) -> dict[str, set[int]]:
    """When the first rides leave, in minutes after seven, by trip."""
    found: dict[str, set[int]] = {}
    for journey in journeys:
        trip, departs = journey.rides[0].trip, journey.rides[0].departs
        found.setdefault(trip.trip if trip else "", set()).add(int((departs - SIX).total_seconds()) // 60)
    return found


def test_a_copy_of_a_trip_leaves_the_trip_as_it_is(answer: Answer) -> None:
    first = answer(said("a1", "DUPLICATED", calls=[(10, 1800)]))[0]
    assert taken(first) == ["f:a1", "f:b1"]
    assert not any(leg.trip.is_live for leg in first.rides if leg.trip)
    for state in ("ADDED", "UNSCHEDULED"):
        assert leaves(answer(to_the_end("a1", state, ("0", 28), ("2", 38))))["f:a1"] == {10, 28}


def test_a_replacement_runs_and_what_it_replaces_does_not(answer: Answer) -> None:
    found = answer(to_the_end("a1", "REPLACEMENT", ("0", 12), ("2", 22)))
    assert leaves(found)["f:a1"] == {12}
    assert [call.place.stop for call in found[0].rides[0].calls] == ["f:0", "f:2"]


@pytest.mark.parametrize(
    ("message", "departs"),
    [
        (said("a1", "REPLACEMENT", calls=[(10, 120)]), 12),
        (to_the_end("a1", "REPLACEMENT", ("0", 12)), 12),
        (to_the_end("a1", "REPLACEMENT", ("0", 12), ("elsewhere", 16)), 12),
        (to_the_end("a1", "REPLACEMENT", ("0", 14), ("2", 12)), 14),
    ],
    ids=["sequences and delays", "one stop", "one known stop", "out of order"],
)
def test_a_trip_stays_where_nothing_can_be_made_of_its_replacement(
    answer: Answer, message: pb.FeedMessage, departs: int
) -> None:
    assert leaves(answer(message))["f:a1"] == {departs}


def test_runs_of_one_trip_on_two_days_are_two(answer: Answer) -> None:
    message = to_the_end("a1", "REPLACEMENT", ("0", 12), ("2", 22))
    tomorrow = to_the_end("a1", "REPLACEMENT", ("0", 1452), ("2", 1462)).entity[0]
    tomorrow.id, tomorrow.trip_update.trip.start_date = "2", "20240503"
    message.entity.append(tomorrow)
    first = answer(message)[0].rides[0]
    assert [call.place.stop for call in first.calls] == ["f:0", "f:2"]
    assert leaves(answer(message))["f:a1"] == {12}


EVERY_TEN = {**TABLES, "frequencies": "trip_id,start_time,end_time,headway_secs\na1,07:00:00,08:00:00,600\n"}


@pytest.mark.parametrize(("start", "goes"), [("07:20:00", {10, 22, 30}), ("07:24:00", {10, 20, 22, 30})])
def test_a_run_without_schedule_is_the_one_that_leaves_so_or_one_more(start: str, goes: set[int]) -> None:
    network = build({"f": feed(EVERY_TEN)})
    message = to_the_end("a1", "UNSCHEDULED", ("0", 22), ("1", 27), ("2", 32))
    message.entity[0].trip_update.trip.start_time = start
    told = [Message("f", SIX, decode(message.SerializeToString()))]
    added = added_runs(network.timetable, told)
    live = Live().renewed(network.timetable, live_of(network.timetable, told, added), SIX, added)
    query = JourneyQuery(origin=Position(127, 37), destination=Position(127 + 2 * LON, 37), at=SIX)
    found = [
        way
        for minutes in (1, 11, 21)
        for way in plan(network, live, replace(query, at=SIX + timedelta(minutes=minutes)))
    ]
    by_line = [each for each in found if each.rides and taken(each) == ["f:a1"]]
    assert goes <= leaves(by_line)["f:a1"]
    assert (20 in goes) == (20 in leaves(by_line)["f:a1"])
