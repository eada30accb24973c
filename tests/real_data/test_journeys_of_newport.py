"""Newport's timetable and streets, loaded through the front door; its journeys are what the feed says."""

import csv
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from running.city import RunningCity, running_city
from running.servers import temporary_folder

DATA = Path(__file__).parents[3] / "shared/data/transit/newport"
GTFS, STREETS = DATA / "newport-20230613_gtfs.zip", DATA / "newport-2023-06-13.osm.pbf"
ZONE = ZoneInfo("Europe/London")
PAIRS = (
    ((-2.9961, 51.5887), (-2.9673, 51.5898)),
    ((-3.0132, 51.5766), (-2.9961, 51.5887)),
    ((-2.9673, 51.5898), (-3.0245, 51.5893)),
    ((-2.9859, 51.5713), (-2.9961, 51.5990)),
)

pytestmark = pytest.mark.skipif(not GTFS.exists(), reason=f"the real timetable is not here: {GTFS.name}")


@pytest.fixture(scope="module")
def newport() -> Iterator[RunningCity]:
    """A city with the timetable and the streets of Newport."""
    with temporary_folder() as folder, running_city(folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        for kind, file in (("gtfs", GTFS), ("osm", STREETS)):
            words = (sys.executable, "-m", "ucity", "load", kind, str(file), "--name", kind, "--data", str(folder))
            done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
            assert done.returncode == 0, done.stdout + done.stderr
        deadline = time.monotonic() + 300
        while not (answer := ask(city, *PAIRS[0])).is_success or not answer.json()["hasStreets"]:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)
        yield city


def ask(city: RunningCity, origin: tuple[float, float], to: tuple[float, float], **more: Any) -> httpx.Response:
    places = {"from": "{},{}".format(*origin), "to": "{},{}".format(*to)}
    asked = {"depart": "2023-06-13T08:00:00+01:00", "window": 120, "most": 30, **places, **more}
    given = {name: value for name, value in asked.items() if value is not None}
    return httpx.get(f"{city.url}/api/v1/journeys", params=given, timeout=30)


def timetable() -> dict[str, list[tuple[str, int, int]]]:
    """Of each trip its calls: stop, arrival and departure in seconds of the service day."""
    calls: dict[str, list[tuple[int, str, int, int]]] = {}
    with zipfile.ZipFile(GTFS) as archive, archive.open("stop_times.txt") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8-sig")):
            seconds = [_seconds(row[name]) for name in ("arrival_time", "departure_time")]
            calls.setdefault(row["trip_id"], []).append((int(row["stop_sequence"]), row["stop_id"], *seconds))
    return {trip: [(stop, came, left) for _, stop, came, left in sorted(rows)] for trip, rows in calls.items()}


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def test_every_ride_is_in_the_timetable_and_every_change_can_be_made(newport: RunningCity) -> None:
    trips, rides = timetable(), 0
    for origin, to in PAIRS:
        for journey in ask(newport, origin, to).json()["journeys"]:
            ends = [datetime.fromisoformat(leg[name]) for leg in journey["legs"] for name in ("departs", "arrives")]
            assert ends == sorted(ends)
            for leg in journey["legs"]:
                if leg["trip"]:
                    _is_in(trips, leg)
                    rides += 1
    assert rides > 5


def _is_in(trips: dict[str, list[tuple[str, int, int]]], leg: dict[str, Any]) -> None:
    noon = datetime.fromisoformat(leg["trip"]["day"]).replace(hour=12, tzinfo=ZONE)
    expected = [
        (f"gtfs:{stop}", noon + timedelta(seconds=left - 43_200))
        for stop, _, left in trips[leg["trip"]["trip"].removeprefix("gtfs:")]
    ]
    told = [(call["place"]["stop"], datetime.fromisoformat(call["departs"])) for call in leg["calls"]]
    begin = expected.index(told[0])
    assert told == expected[begin : begin + len(told)]
    assert leg["co2"]["grams"] == pytest.approx(leg["metres"] / 1000 * leg["co2"]["gramsPerKm"], abs=0.01)


def test_ways_on_foot_and_by_car_go_along_streets(newport: RunningCity) -> None:
    origin, to = PAIRS[0]
    found = ask(newport, origin, to).json()
    on_foot = next(each for each in found["journeys"] if [leg["mode"] for leg in each["legs"]] == ["walk"])
    assert not on_foot["legs"][0]["isEstimated"]
    assert len(on_foot["legs"][0]["geometry"]["coordinates"]) > 5
    car = next(each for each in found["comparisons"] if each["mode"] == "car")
    assert not car["isEstimated"]
    assert 60 < car["seconds"] < 1800


def test_arriving_by_a_time_is_arriving_before_it(newport: RunningCity) -> None:
    origin, to = PAIRS[1]
    by = "2023-06-13T10:00:00+01:00"
    ways = ask(newport, origin, to, depart=None, arrive=by).json()["journeys"]
    assert ways
    assert all(datetime.fromisoformat(way["arrives"]) <= datetime.fromisoformat(by) for way in ways)


def test_the_city_tells_how_its_router_stands(newport: RunningCity) -> None:
    words = (sys.executable, "-m", "ucity", "status", "--json", "--data", str(newport.data))
    told = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)  # noqa: S603
    (router,) = told["routers"]
    assert router["is_ready"] and router["has_streets"] and router["trouble"] is None
    assert router["trips"] == 176
