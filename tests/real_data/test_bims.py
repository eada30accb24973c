"""Three real answers of Busan's bus information system."""

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from ucity.blueprint import JourneyQuery, Position
from ucity.blueprint.boards import CallState
from ucity.cloud.routing.boards import Boards, Message, live_of, names_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.network import build
from ucity.cloud.routing.plan import plan
from ucity.network.feeds.bims import Known, arrivals, as_gtfs_realtime, lines, read, stops
from ucity.network.feeds.bims.matching import Sign
from ucity.network.feeds.formats import Matching
from ucity.network.feeds.gtfs import read as gtfs
from ucity.network.feeds.gtfs_realtime import decode
from ucity.services.transport.bus_information.shown import call_info

ANSWERS = Path(__file__).parents[3] / "shared/data/busan/bus-information"
RECEIVED = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not ANSWERS.is_dir(),
    reason="the answers of BIMS are not here: shared/data/busan/bus-information beside the checkout",
)


def test_a_stop() -> None:
    (stop,) = stops(read((ANSWERS / "busStopList_13706.xml").read_bytes()))
    assert (stop.id, stop.name, stop.code) == ("505960000", "연산역.연제초교", "13706")
    assert (round(stop.lon, 4), round(stop.lat, 4)) == (129.0801, 35.1839)


def test_a_stop_is_found_by_the_number_on_its_sign() -> None:
    (stop,) = stops(read((ANSWERS / "busStopList_13706.xml").read_bytes()))
    routes = pl.DataFrame(schema={"route_id": pl.String, "route_short_name": pl.String, "route_type": pl.Int32})
    columns = ["stop_id", "stop_code", "stop_name", "stop_lon", "stop_lat", "location_type"]
    known = pl.DataFrame([("S1", "13-706", "연산역", stop.lon, stop.lat + 0.001, 0)], schema=columns, orient="row")
    assert Known(known, routes).stop(Sign(stop.id, stop.name, str(stop.code), (stop.lon, stop.lat))) == "S1"


def test_a_line() -> None:
    (line,) = lines(read((ANSWERS / "busInfo_36.xml").read_bytes()))
    assert (line.id, line.name, line.kind) == ("5200036000", "36", "일반버스")
    assert (line.origin, line.destination) == ("청강리공영차고지", "거제역")
    assert (line.first, line.last) == ("05:00", "21:40")
    assert (line.interval, line.headways) == ((9, 10), (20, 21, 23))


def test_two_buses_on_their_way() -> None:
    (file,) = ANSWERS.glob("busStopArrByBstopidLineid_*.xml")
    first, second = arrivals(read(file.read_bytes()), RECEIVED)
    assert (first.vehicle, first.stops_away, first.expected_at) == ("4402", 2, RECEIVED + timedelta(minutes=7))
    assert (second.vehicle, second.stops_away) == ("4408", 13)
    assert {each.seats for each in (first, second)} == {None}
    assert {each.line for each in (first, second)} == {"5200036000"}


def timetable(file: Path, stop: str = "193420201", line: str = "5200036000") -> None:
    """Line 36 at the stop of the answer, every ten minutes all day; the rest of the line is made up."""
    trips, times = ["route_id,service_id,trip_id,trip_headsign,direction_id"], []
    for start in range(0, 24 * 60, 10):
        trips.append(f"{line},D,{start},거제역,0")
        for number, each in ((1, "first"), (75, stop), (90, "last")):
            at = f"{(start + number) // 60:02d}:{(start + number) % 60:02d}:00"
            times.append(f"{start},{at},{at},{each},{number}")
    tables = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\no,일광,https://o.example,Asia/Seoul,ko\n",
        "stops": "stop_id,stop_name,stop_lon,stop_lat\nfirst,청강리공영차고지,129.2,35.2\n"
        f"{stop},연산역,129.080473,35.186292\nlast,거제역,129.07,35.19\n",
        "routes": f"route_id,agency_id,route_short_name,route_type\n{line},o,36,3\n",
        "trips": "\n".join(trips) + "\n",
        "stop_times": "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times]) + "\n",
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "D,1,1,1,1,1,1,1,20260101,20301231\n",
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in tables.items():
            archive.writestr(f"{name}.txt", text)


def test_they_are_what_a_journey_waits_for_also_where_the_timetable_has_other_numbers(tmp_path: Path) -> None:
    (file,) = ANSWERS.glob("busStopArrByBstopidLineid_*.xml")
    url = "https://apis.example/6260000/BusanBIMS/busStopArrByBstopidLineid?bstopid=193420201&lineid=5200036000"
    timetable(tmp_path / "busan.zip", "S75", "L36")
    feed = gtfs(tmp_path / "busan.zip")
    meant = as_gtfs_realtime(file.read_bytes(), url, RECEIVED, Known(feed.stops, feed.routes))
    assert meant.matching == Matching(stops=1, stops_known=1, lines=1, lines_known=1)
    said = decode(meant.message)
    network = build({"busan": feed})
    live = live_of(network.timetable, [Message("busan", RECEIVED, said)])
    assert live.tied == {"busan:4402", "busan:4408"}
    query = JourneyQuery(origin=Position(129.0805, 35.1863), destination=Position(129.07, 35.19), at=RECEIVED)
    journeys = plan(network, Live().renewed(network.timetable, live, RECEIVED), query)
    rides = [ride for journey in journeys for ride in journey.rides]
    told = {ride.trip.trip: (ride.departs - RECEIVED, ride.trip.is_live) for ride in rides if ride.trip}
    assert told["busan:530"] == (timedelta(minutes=7), True)
    assert told["busan:550"] == (timedelta(minutes=23), True)


def test_they_are_the_next_calls_on_the_board_of_their_stop(tmp_path: Path) -> None:
    (file,) = ANSWERS.glob("busStopArrByBstopidLineid_*.xml")
    url = "https://apis.example/6260000/BusanBIMS/busStopArrByBstopidLineid?bstopid=193420201&lineid=5200036000"
    said = decode(as_gtfs_realtime(file.read_bytes(), url, RECEIVED).message)
    timetable(tmp_path / "busan.zip")
    feeds = {"busan": gtfs(tmp_path / "busan.zip")}
    boards = Boards(load(feeds), names_of(feeds)).told([Message("busan", RECEIVED, said)])
    now = RECEIVED + timedelta(seconds=100)
    calls = boards.board("busan:193420201", now, within=timedelta(minutes=40)).calls
    assert [call_info(call, now).minutes for call in calls] == [5, 21, 33]
    assert [call.vehicle for call in calls] == ["busan:4402", "busan:4408", None]
    assert [call.stops_away for call in calls] == [2, 13, None]
    first = call_info(calls[0], now)
    assert (first.state, first.stale, first.age_seconds, first.delay_seconds) == (CallState.EXPECTED, True, 100, None)
    assert (first.line.name, first.headsign, first.trip) == ({"ko": "36"}, {"ko": "거제역"}, "busan:530")
