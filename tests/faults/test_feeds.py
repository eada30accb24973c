"""A real-time feed under kill -9 of the worker: every call that it tells of is stored once, as it was told last."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest

from running.city import RunningCity, running_city
from running.feeds import TIMETABLE, Answer, FeedServer, realtime, zipped

TRIPS, STOPS = 40, 5
KILLS = 3
SEOUL = ZoneInfo("Asia/Seoul")
Call = tuple[str, int]


@pytest.fixture
def city(city_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCity]:
    """A city that may fetch from this machine."""
    monkeypatch.setenv("UCITY_PRIVATE_FEEDS", "true")
    with running_city(city_folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        yield city


def timetable() -> bytes:
    """Trips at all times of the day, so that the day on which the test runs does not matter."""
    calls = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for trip in range(TRIPS):
        for stop in range(STOPS):
            calls.append(f"T{trip},00:{stop:02}:00,00:{stop:02}:00,S{stop % 3 + 1},{stop + 1}")
    trips = ["route_id,service_id,trip_id", *(f"R1,DAILY,T{trip}" for trip in range(TRIPS))]
    return zipped({**TIMETABLE, "stop_times.txt": "\n".join(calls), "trips.txt": "\n".join(trips)})


class Telling:
    """Tells of one call more, and corrects one of before, several times a second."""

    def __init__(self, server: FeedServer, day: datetime) -> None:
        self._server, self._day = server, day
        self.delays: dict[Call, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for number in range(TRIPS * STOPS):
            self.delays[f"T{number // STOPS}", number % STOPS + 1] = number
            corrected = list(self.delays)[number // 2]
            self.delays[corrected] += 1
            self._server.answers["/rt"] = Answer(self._message())
            if self._stop.wait(0.1):
                return

    def _message(self) -> bytes:
        message = realtime()
        updates = {}
        for (trip, sequence), delay in self.delays.items():
            if trip not in updates:
                updates[trip] = message.entity.add(id=trip).trip_update
                updates[trip].trip.trip_id, updates[trip].trip.start_date = trip, f"{self._day:%Y%m%d}"
            updates[trip].stop_time_update.add(stop_sequence=sequence).departure.delay = delay
        return message.SerializeToString()

    def wait(self) -> None:
        self._thread.join()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


def stored(city: RunningCity, key: str) -> list[tuple[Call, int]]:
    day = timedelta(days=1)
    now = datetime.now(UTC)
    answer = httpx.get(
        f"{city.url}/api/v1/streams/bus_information/stop_events/history",
        params={"since": (now - 2 * day).isoformat(), "until": (now + day).isoformat()},
        headers={"Authorization": f"Bearer {key}"},
    )
    rows = answer.raise_for_status().json()
    return [
        ((row["trip"].removeprefix("busan:"), int(row["stop_sequence"])), int(row["departure_delay"])) for row in rows
    ]


def test_every_call_is_stored_once_whatever_is_killed(city: RunningCity, feed_server: FeedServer) -> None:
    (city.data / "busan.zip").write_bytes(timetable())
    city.ucity("load", "gtfs", str(city.data / "busan.zip"))
    key = city.key("read")
    yesterday = datetime.now(SEOUL) - timedelta(days=1)
    telling = Telling(feed_server, yesterday)
    try:
        city.ucity("feed", "add", feed_server.url("/rt"), "--name", "rt", "--every", "1")
        for _ in range(KILLS):
            time.sleep(3)
            psutil.Process(city.pid("worker")).kill()
        telling.wait()
        deadline = time.monotonic() + 60
        while dict(stored(city, key)) != telling.delays:
            assert time.monotonic() < deadline, set(telling.delays.items()) ^ set(stored(city, key))
            time.sleep(0.5)
    finally:
        telling.close()
    calls = stored(city, key)
    assert len(calls) == len(telling.delays) == TRIPS * STOPS
    events = json.loads(city.ucity("feed", "list", "--json"))
    assert [feed["state"] for feed in events] == ["fresh", "fresh"]
