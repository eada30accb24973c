"""The router's network follows the feeds: built beside, kept through bad files, told of delays and cancellations."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from replay.network import FEED, message, trip_id, write
from ucity.blueprint import JourneyQuery, Position
from ucity.cloud.ioc.store.feeds import Message, Version
from ucity.cloud.routing.following import Expected, followed, packed, unpacked
from ucity.cloud.routing.office import InForce, Office
from ucity.cloud.routing.wire import Check, Journeys
from ucity.network.feeds.formats import FeedFormat, Summary
from ucity.router.building import build
from ucity.router.messages import applied
from ucity.router.ways import NetworkWays

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
QUERY = JourneyQuery(origin=Position(129.0005, 35.1001), destination=Position(129.0195, 35.1001), at=NOON)
"""From A to B, twenty minutes on foot, ten by bus."""
TRIP = f"{FEED}:{trip_id('bus', 0, 12 * 60 + 10)}"


def version(id_: int, format_: FeedFormat, feed: str = FEED) -> Version:
    return Version(
        id=id_, feed=feed, format=format_, sha256=str(id_), object="", bytes=1, received_at=NOON, summary=Summary()
    )


@pytest.fixture(scope="module")
def in_force(tmp_path_factory: pytest.TempPathFactory) -> InForce:
    """The small network as its timetable has it."""
    file = tmp_path_factory.mktemp("feeds") / "small.zip"
    write(file)
    built = build([(version(1, FeedFormat.GTFS), file)])
    assert built.in_force is not None and not built.troubles
    return built.in_force


def kept(made: pb.FeedMessage, at: datetime = NOON) -> Message:
    return Message(feed="live", timetable=FEED, received_at=at, made_at=at, data=made.SerializeToString())


def told(of_trip: str = TRIP, *, late: int | None = None, cancelled: bool = False, skipped: bool = False) -> Message:
    """That the trip is late by so many seconds from its first stop on, cancelled, or does not stop at B."""
    made = message(NOON)
    update = made.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date = of_trip.removeprefix(f"{FEED}:"), "20261125"
    if cancelled:
        update.trip.schedule_relationship = pb.TripDescriptor.CANCELED
    if late is not None:
        update.stop_time_update.add(stop_sequence=10).departure.delay = late
    if skipped:
        update.stop_time_update.add(stop_sequence=30).schedule_relationship = pb.TripUpdate.StopTimeUpdate.SKIPPED
    return kept(made)


def expected(now: InForce) -> Expected:
    found = now.ways.expected(TRIP, NOON.date(), NOON + timedelta(minutes=10))
    assert found is not None
    return found


def first_ride(now: InForce) -> tuple[datetime, bool]:
    """When the first bus of the journey leaves, and whether that is live."""
    office = Office()
    office.in_force = now
    ways = office.journeys(Journeys(query=QUERY)).journeys
    rides = [ride for way in ways for ride in way.journey.rides]
    soonest = min(rides, key=lambda ride: ride.departs)
    assert soonest.trip is not None
    return soonest.departs, soonest.trip.is_live


def test_without_messages_the_timetable_counts(in_force: InForce) -> None:
    assert first_ride(in_force) == (NOON + timedelta(minutes=10, seconds=20), False)
    calls = expected(in_force).calls
    assert [call.sequence for call in calls] == [10, 20, 30]
    assert not expected(in_force).is_live
    assert in_force.ways.expected(f"{FEED}:nothing", NOON.date(), NOON) is None


def test_a_delay_moves_what_is_expected_and_the_journey(in_force: InForce) -> None:
    late = applied(in_force, [told(late=120)], NOON)
    assert first_ride(late) == (NOON + timedelta(minutes=12, seconds=20), True)
    run = expected(late)
    assert run.is_live
    assert run.calls[0].departs - run.calls[0].departs_scheduled == timedelta(minutes=2)
    assert late.feeds[0].live_at == NOON
    # The network in force before goes on as it was.
    assert first_ride(in_force) == (NOON + timedelta(minutes=10, seconds=20), False)


def test_a_cancelled_trip_is_not_taken_and_known_to_be_cancelled(in_force: InForce) -> None:
    without = applied(in_force, [told(cancelled=True)], NOON)
    assert first_ride(without)[0] == NOON + timedelta(minutes=20, seconds=20)
    assert expected(without).is_cancelled
    assert not expected(in_force).is_cancelled


def test_a_stop_that_is_left_out_is_told(in_force: InForce) -> None:
    assert expected(applied(in_force, [told(skipped=True)], NOON)).skipped == {30}


def full(at: datetime) -> Message:
    """That the bus is full."""
    made = message(at)
    vehicle = made.entity.add(id="1").vehicle
    vehicle.trip.trip_id, vehicle.trip.start_date = TRIP.removeprefix(f"{FEED}:"), "20261125"
    vehicle.occupancy_status = pb.VehiclePosition.FULL
    return kept(made, at)


def crowding(now: InForce) -> dict[int, str | None]:
    """How full the bus is told to be, by the call at which one gets on."""
    office = Office()
    office.in_force = now
    ways = office.journeys(Journeys(query=QUERY)).journeys
    return {
        leg.calls[0].sequence: figures.occupancy
        for way in ways
        for leg, figures in zip(way.journey.legs, way.legs, strict=True)
        if leg.trip and leg.trip.trip == TRIP
    }


def test_how_full_a_ride_is_is_told_while_it_is_news_and_rather_of_where_one_gets_on(in_force: InForce) -> None:
    assert crowding(in_force) == {10: None, 20: None}
    assert crowding(applied(in_force, [full(NOON)], NOON)) == {10: "full", 20: "full"}
    assert crowding(applied(in_force, [full(NOON - timedelta(minutes=11))], NOON)) == {10: None, 20: None}
    made = message(NOON)
    update = made.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date = TRIP.removeprefix(f"{FEED}:"), "20261125"
    call = update.stop_time_update.add(stop_sequence=20, departure_occupancy_status=pb.VehiclePosition.EMPTY)
    call.departure.delay = 0
    assert crowding(applied(in_force, [kept(made)], NOON)) == {10: None, 20: "empty"}
    assert crowding(applied(in_force, [kept(made), full(NOON)], NOON)) == {10: "full", 20: "empty"}
    late = applied(in_force, [kept(made), full(NOON)], NOON + timedelta(minutes=11))
    assert crowding(late) == {10: None, 20: None}


def test_messages_that_are_gone_or_broken_leave_the_timetable(in_force: InForce) -> None:
    late = applied(in_force, [told(late=120)], NOON)
    broken = Message(feed="live", timetable=FEED, received_at=NOON, made_at=None, data=b"\xff\xff")
    for messages in ([], [broken]):
        again = applied(late, messages, NOON)
        assert first_ride(again) == (NOON + timedelta(minutes=10, seconds=20), False)
        assert again.feeds[0].live_at is None


def test_a_feed_that_cannot_be_read_does_not_take_the_others_away(tmp_path: Path) -> None:
    good, bad, streets = (tmp_path / name for name in ("good.zip", "bad.zip", "bad.osm.pbf"))
    write(good)
    bad.write_bytes(b"no archive")
    streets.write_bytes(b"no map")
    files = [
        (version(1, FeedFormat.GTFS), good),
        (version(2, FeedFormat.GTFS, "bad"), bad),
        (version(3, FeedFormat.OSM, "streets"), streets),
    ]
    built = build(files)
    assert built.in_force is not None
    assert [feed.feed for feed in built.in_force.feeds] == [FEED]
    assert isinstance(built.in_force.ways, NetworkWays)
    assert not built.in_force.ways.has_streets
    assert [trouble.partition(":")[0] for trouble in built.troubles] == ["bad", "streets"]
    assert build(files[1:]).in_force is None


def closed(**named: str) -> Message:
    """An alert that there is no service where all of this is so."""
    made = message(NOON)
    alert = made.entity.add(id="closed").alert
    alert.effect = pb.Alert.NO_SERVICE
    alert.informed_entity.add(**named)
    return kept(made)


@pytest.mark.parametrize(
    ("named", "reason"), [({"route_id": "bus"}, "cancelled"), ({"route_id": "bus", "stop_id": "b"}, "skipped")]
)
def test_an_alert_breaks_a_journey_that_it_closes_and_is_told_with_it(
    in_force: InForce, named: dict[str, str], reason: str
) -> None:
    office = Office()
    office.in_force = in_force
    by_bus = next(way.journey for way in office.journeys(Journeys(query=QUERY)).journeys if way.journey.rides)
    asked = Check(journey=unpacked(packed(followed(by_bus, QUERY))), now=NOON, patience=300)
    assert office.check(asked).broken is None
    office.in_force = applied(in_force, [closed(**named)], NOON)
    now = office.check(asked)
    assert now.broken is not None and now.broken.reason == reason
    assert [(each.leg, each.disturbance.key) for each in now.alerts] == [(now.broken.leg, f"{FEED}:closed")]
    assert now.instead is not None and not now.instead.journey.rides, "one walks"
    later = msgspec.structs.replace(asked, now=NOON + timedelta(hours=1))
    assert office.check(later).alerts == (), "the ride is over"


def test_an_alert_is_told_with_the_leg_that_it_touches(in_force: InForce) -> None:
    made = message(NOON)
    alert = made.entity.add(id="works").alert
    alert.informed_entity.add(route_id="bus")
    alert.header_text.translation.add(text="공사", language="ko")
    office = Office()
    office.in_force = applied(in_force, [kept(made)], NOON)
    found = office.journeys(Journeys(query=QUERY)).journeys
    by_bus = next(way for way in found if way.journey.rides)
    told_of = [[each.header for each in leg.disturbances] for leg in by_bus.legs]
    assert [{"ko": "공사"}] in told_of
    assert told_of[0] == []


@pytest.mark.parametrize(("to", "reason"), [("b", None), ("a", "gone")])
def test_a_followed_trip_that_is_replaced_is_the_run_in_its_place(
    in_force: InForce, to: str, reason: str | None
) -> None:
    office = Office()
    office.in_force = in_force
    by_bus = next(way.journey for way in office.journeys(Journeys(query=QUERY)).journeys if way.journey.rides)
    made = message(NOON)
    update = made.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date, update.trip.route_id = trip_id("bus", 0, 730), "20261125", "bus"
    update.trip.schedule_relationship = pb.TripDescriptor.REPLACEMENT
    for stop, minutes in (("a" if to == "b" else "square", 12), (to, 21)):
        update.stop_time_update.add(stop_id=stop).departure.time = int((NOON + timedelta(minutes=minutes)).timestamp())
    office.in_force = applied(in_force, [kept(made)], NOON)
    now = office.check(Check(journey=unpacked(packed(followed(by_bus, QUERY))), now=NOON, patience=300))
    assert (now.broken.reason if now.broken else None) == reason
    if reason is None:
        assert [leg.departs for leg in now.legs if leg.is_live] == [NOON + timedelta(minutes=12)]
        again = next(way.journey for way in office.journeys(Journeys(query=QUERY)).journeys if way.journey.rides)
        check = Check(journey=unpacked(packed(followed(again, QUERY))), now=NOON, patience=300)
        assert office.check(check).broken is None, "whoever is told of it now follows it as well"


def test_an_alert_about_one_direction_is_not_told_to_who_goes_the_other_way(in_force: InForce) -> None:
    for selector, is_told in (({"direction_id": 0}, True), ({"direction_id": 1}, False)):
        made = message(NOON)
        made.entity.add(id="works").alert.informed_entity.add(route_id="bus", **selector)
        office = Office()
        office.in_force = applied(in_force, [kept(made)], NOON)
        by_bus = next(way for way in office.journeys(Journeys(query=QUERY)).journeys if way.journey.rides)
        assert any(leg.disturbances for leg in by_bus.legs) == is_told
        check = Check(journey=unpacked(packed(followed(by_bus.journey, QUERY))), now=NOON, patience=300)
        assert bool(office.check(check).alerts) == is_told
