"""Boards and lines of a whole city, as the page says; a bus that becomes late, and what the city publishes of it."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from replay.network import trip_id, write
from running.city import RunningCity, running_city
from running.feeds import Answer, FeedServer, realtime
from running.servers import temporary_folder

PAGE = Path(__file__).parents[2] / "docs" / "bus-information.md"
VIEWS = "/api/v1/transport/bus_information"
LATE_S = 420


def board(city: RunningCity, stop: str) -> httpx.Response:
    return httpx.get(f"{city.url}{VIEWS}/board", params={"stop": f"small:{stop}", "minutes": 120}, timeout=30)


@pytest.fixture(scope="module")
def whole_city() -> Iterator[RunningCity]:
    """One city with the small network, that may fetch from this machine."""
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as folder:
        patch.setenv("UCITY_PRIVATE_FEEDS", "true")
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            assert board(city, "square").status_code == 409
            write(folder / "small.zip")
            city.ucity("load", "gtfs", str(folder / "small.zip"))
            deadline = time.monotonic() + 200
            while (answer := board(city, "square")).status_code != 200:
                assert time.monotonic() < deadline, answer.text
                time.sleep(0.5)
            yield city


def test_the_commands_of_the_page_work_as_they_stand(whole_city: RunningCity) -> None:
    commands = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(commands) == 4
    done = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/sh", "-euc", "\n".join(commands)],
        env=os.environ | {"city": whole_city.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Central Station" in done.stdout


def late_bus(now: datetime) -> tuple[str, pb.FeedMessage]:
    """The bus that is under way now, and a message that it has left its first stop late and where it is."""
    begins = now - timedelta(minutes=now.minute % 10, seconds=now.second)
    day = (begins - timedelta(hours=6)).date()
    minute = round((begins - datetime.combine(day, datetime.min.time(), UTC)).total_seconds() / 60)
    trip = trip_id("bus", 0, minute)
    message = realtime()
    updated, seen = message.entity.add(id="1").trip_update, message.entity.add(id="2").vehicle
    for each in (updated.trip, seen.trip):
        each.trip_id, each.start_date, each.route_id = trip, f"{day:%Y%m%d}", "bus"
    updated.stop_time_update.add(stop_sequence=10).departure.delay = LATE_S
    seen.vehicle.id, seen.position.longitude, seen.position.latitude = "1234", 129.001, 35.1
    seen.current_stop_sequence, seen.timestamp = 20, int(now.timestamp())
    seen.occupancy_status = pb.VehiclePosition.STANDING_ROOM_ONLY
    return f"small:{trip}", message


def test_a_bus_that_becomes_late_is_late_on_the_board_within_a_minute(
    whole_city: RunningCity, feed_server: FeedServer
) -> None:
    trip, message = late_bus(datetime.now(UTC))
    feed_server.answers["/live"] = Answer(message.SerializeToString())
    began = time.monotonic()
    whole_city.ucity("feed", "add", feed_server.url("/live"), "--name", "live", "--timetable", "small", "--every", "5")
    while not (call := _call(whole_city, trip)) or call["state"] != "expected":
        assert time.monotonic() - began < 60, call
        time.sleep(0.2)
    assert (call["delay_seconds"], call["occupancy"]) == (LATE_S, "standing_room_only")
    arrivals = [each["arrives"] for each in board(whole_city, "b").json()["calls"]]
    assert arrivals == sorted(arrivals)
    _is_published(whole_city, trip)
    whole_city.ucity("feed", "remove", "live")


def _call(city: RunningCity, trip: str) -> dict[str, Any] | None:
    calls = board(city, "b").json()["calls"]
    return next((call for call in calls if call["trip"] == trip), None)


def _is_published(city: RunningCity, trip: str) -> None:
    """The vehicle is on its line, and in what the city publishes."""
    deadline = time.monotonic() + 30
    while not (seen := httpx.get(f"{city.url}{VIEWS}/line", params={"line": "small:bus"}).json()["vehicles"]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (seen[0]["vehicle"], seen[0]["trip"]) == ("small:1234", trip)
    for kind, field in (("vehicle_positions", "vehicle"), ("trip_updates", "trip_update")):
        told = pb.FeedMessage()
        told.ParseFromString(httpx.get(f"{city.url}/api/v1/gtfs-realtime/{kind}").content)
        assert [getattr(entity, field).trip.trip_id for entity in told.entity] == [trip]
