"""Timetables and real-time messages of real operators: read whole, and equal to what another tool computed."""

import csv
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from running.city import RunningCity
from ucity.cloud.ioc.collect.feeds.matching import matched
from ucity.cloud.ioc.collect.feeds.observations import stop_readings
from ucity.cloud.ioc.collect.feeds.observer import STOP_EVENTS
from ucity.cloud.ioc.collect.feeds.schedule import schedule_of
from ucity.network.feeds import osm
from ucity.network.feeds.gtfs import Reason, days, read, services_on
from ucity.network.feeds.gtfs_realtime import decode
from ucity.services import catalogue

TRANSIT = Path(__file__).parents[3] / "shared/data/transit"
FEEDS = {
    "newport/newport-20230613_gtfs.zip": ("Europe/London", 2686, 176, 7765, (date(2023, 6, 5), date(2024, 3, 1))),
    "saopaulo/spo.zip": ("America/Sao_Paulo", 654, 36, 860, (date(2008, 1, 1), date(2020, 5, 1))),
    "cairns/cairns_gtfs.zip": ("Australia/Brisbane", 416, 1339, 37_790, (date(2014, 5, 26), date(2014, 12, 28))),
    "auckland-realtime/gtfs.zip": ("Pacific/Auckland", 311, 583, 39_011, (date(2016, 4, 17), date(2016, 8, 1))),
}
pytestmark = pytest.mark.skipif(not TRANSIT.exists(), reason=f"the real feeds are not here: {TRANSIT}")


@pytest.mark.parametrize("name", FEEDS)
def test_a_real_feed_is_read_whole(name: str, tmp_path: Path) -> None:
    gtfs = read(TRANSIT / name, scratch=tmp_path)
    found = (gtfs.timezone, gtfs.stops.height, gtfs.trips.height, gtfs.stop_times.height, days(gtfs))
    assert found == FEEDS[name]
    assert {problem.reason for problem in gtfs.warnings} <= {Reason.DUPLICATE}


def test_headways_of_sao_paulo_are_read(tmp_path: Path) -> None:
    gtfs = read(TRANSIT / "saopaulo/spo.zip", scratch=tmp_path)
    assert gtfs.frequencies.height == 704
    assert gtfs.frequencies.row(0) == ("CPTM L07-0", 4 * 3600, 4 * 3600 + 59 * 60, 720, 0)


def test_trips_of_cairns_are_as_another_tool_computed_them(tmp_path: Path) -> None:
    gtfs = read(TRANSIT / "cairns/cairns_gtfs.zip", scratch=tmp_path)
    ours = gtfs.stop_times.group_by("trip_id").agg(
        pl.len().cast(pl.Int64).alias("stops"),
        pl.col("departure_time").first().alias("start"),
        pl.col("departure_time").last().alias("end"),
    )
    trips = {trip: (stops, start, end) for trip, stops, start, end in ours.iter_rows()}
    with (TRANSIT / "cairns/cairns_trip_stats.csv").open() as lines:
        theirs = {row["trip_id"]: row for row in csv.DictReader(lines)}
    assert theirs
    for trip, row in theirs.items():
        start, end = (
            sum(int(n) * by for n, by in zip(row[f"{which}_time"].split(":"), (3600, 60, 1), strict=True))
            for which in ("start", "end")
        )
        assert trips[trip] == (int(row["num_stops"]), start, end), trip


def test_the_minutes_of_auckland_are_read_and_belong_to_its_timetable(tmp_path: Path) -> None:
    gtfs = read(TRANSIT / "auckland-realtime/gtfs.zip", scratch=tmp_path)
    running = services_on(gtfs, date(2016, 5, 19))
    today = gtfs.trips.filter(pl.col("service_id").is_in(running.implode()))["trip_id"]
    ats = []
    for file in sorted((TRANSIT / "auckland-realtime").glob("*.json")):
        said = decode(file.read_bytes())
        ats.append(said.at)
        matched = said.trip_updates.filter(pl.col("trip").is_in(today.implode()))
        assert 10 <= matched["trip"].n_unique() <= 20
        assert matched.select(pl.any_horizontal("arrival_delay", "departure_delay").is_not_null()).to_series().all()
    assert len(ats) == 10
    assert all(
        at and datetime(2016, 5, 18, 20, tzinfo=UTC) < at < datetime(2016, 5, 18, 20, 10, tzinfo=UTC) for at in ats
    )


def test_calls_in_auckland_are_as_late_against_the_timetable_as_the_feed_says(tmp_path: Path) -> None:
    schedule = schedule_of(read(TRANSIT / "auckland-realtime/gtfs.zip", scratch=tmp_path))
    calls: set[str] = set()
    for file in sorted((TRANSIT / "auckland-realtime").glob("*.json")):
        said = decode(file.read_bytes())
        assert said.at
        matches = matched(said, schedule, said.at)
        told = said.trip_updates.join(matches, on=["trip", "sequence"], suffix="_worked_out")
        assert told.height == matches.height >= 10
        for which in ("arrival", "departure"):
            timed = told.filter(pl.col(f"{which}_time").is_not_null())
            assert timed[f"{which}_delay_worked_out"].to_list() == timed[f"{which}_delay"].to_list()
        assert set(matches["day"]) == {date(2016, 5, 19)}, "its own day, which the feed does not tell"
        events = stop_readings(matches, catalogue().streams[STOP_EVENTS], "akl", said.at).frame
        assert events.height == matches.height, "this feed tells of calls that were made only"
        calls.update(events["identity"])
    assert len(calls) > 100


def test_real_maps_are_told_from_what_is_none() -> None:
    assert osm.inspect(TRANSIT / "newport/newport-2023-06-13.osm.pbf").blobs == 41
    assert osm.inspect(TRANSIT / "saopaulo/spo_osm.pbf").blobs == 2


def test_real_files_load_into_a_running_city(city: RunningCity) -> None:
    def ucity(*words: str) -> str:
        command = [sys.executable, "-m", "ucity", *words, "--data", str(city.data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        assert done.returncode == 0, done.stderr
        return done.stdout

    for name, (zone, stops, trips, calls, days_) in FEEDS.items():
        feed = json.loads(
            ucity("load", "gtfs", str(TRANSIT / name), "--name", name.split("/", maxsplit=1)[0], "--json")
        )
        counts = feed["file"]["counts"]
        found = (feed["file"]["timeZone"], counts["stops"], counts["trips"], counts["stop_times"])
        assert found == (zone, stops, trips, calls)
        assert (feed["file"]["firstDay"], feed["file"]["lastDay"]) == tuple(map(str, days_))
        assert feed["state"] == "stale"
    ucity("load", "osm", str(TRANSIT / "newport/newport-2023-06-13.osm.pbf"), "--name", "newport-map")
    listed = json.loads(ucity("feed", "list", "--json"))
    assert [feed["name"] for feed in listed] == ["auckland-realtime", "cairns", "newport", "newport-map", "saopaulo"]
