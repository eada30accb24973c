"""A timetable of feeds: what is loaded, and which calls a stop has between two times."""

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ucity.blueprint.journeys import Mode
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.timetable import MODES, Timetable, calls_of, departures, runs_on
from ucity.network.feeds.gtfs import read

FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\na,Metro,http://a.example,Europe/London\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nx,X,51.5,0\ny,Y,51.51,0\nz,Z,51.52,0\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nr,a,1,1\n",
    "trips": "route_id,service_id,trip_id\nr,s,t\nr,s,often\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,23:50:00,23:50:00,x,1\nt,24:10:00,24:11:00,y,2\nt,24:30:00,24:30:00,z,3\n"
    "often,00:00:00,00:00:00,x,1\noften,00:10:00,00:10:00,z,2\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "s,0,0,0,0,0,1,0,20240301,20240430\n",
    "frequencies": "trip_id,start_time,end_time,headway_secs\noften,10:00:00,11:00:00,1200\n",
}
SATURDAY = date(2024, 3, 30)
"""The clocks are put forward in the night after it."""


@pytest.fixture
def timetable(tmp_path: Path) -> Timetable:
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        for name, text in FEED.items():
            archive.writestr(f"{name}.txt", text)
    return load({"f": read(tmp_path / "feed.zip")})


def test_keys_name_the_feed(timetable: Timetable) -> None:
    assert list(timetable.stop_rows) == ["f:x", "f:y", "f:z"]
    assert timetable.places[1].name == "Y"
    assert MODES[timetable.routes["mode"][0]] is Mode.METRO
    assert calls_of(timetable, timetable.trip_rows["f:t"])["stop"].to_list() == [0, 1, 2]


def test_a_headway_makes_a_run_each_time(timetable: Timetable) -> None:
    assert sorted(runs_on(timetable, SATURDAY).shift.tolist()) == [0, 36_000, 37_200, 38_400]
    assert not len(runs_on(timetable, date(2024, 3, 31)).trip)


def test_departures_after_midnight_are_of_the_day_before_and_the_clock_may_change(timetable: Timetable) -> None:
    start, end = datetime(2024, 3, 31, 0, 5, tzinfo=UTC), datetime(2024, 3, 31, 3, tzinfo=UTC)
    found = departures(timetable, [1, 2], start, end)
    assert found["day"].to_list() == [SATURDAY, SATURDAY]
    assert [datetime.fromtimestamp(at, UTC).time().isoformat() for at in found["departs"]] == ["00:11:00", "00:30:00"]


def test_a_day_without_a_feed_has_no_departures() -> None:
    nothing = load({})
    assert departures(nothing, [0], datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)).is_empty()
