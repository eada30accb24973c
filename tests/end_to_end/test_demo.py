"""The simulated Busan, seen from outside: it fills the map, moves, and is never taken for a real city."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import psutil
from google.transit import gtfs_realtime_pb2 as pb

from running.city import RunningCity, running_city
from ucity.demo import MARK, PREFIX

HOUR = timedelta(hours=1)


def rows(city: RunningCity, path: str, **query: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{city.url}/api/v1/streams/air_quality/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)


def newest(city: RunningCity) -> dict[str, str]:
    """Thing to the time of its newest reading."""
    return {
        row["subject"]: row["observedAt"] for stream in ("stations", "buses") for row in rows(city, f"{stream}/current")
    }


def places(city: RunningCity) -> dict[str, list[float]]:
    return {row["subject"]: row["location"]["coordinates"] for row in rows(city, "buses/current")}


def past(city: RunningCity, station: str, now: datetime) -> list[dict[str, Any]]:
    since, before = (now - 24 * HOUR).isoformat(), now.replace(minute=0, second=0, microsecond=0).isoformat()
    return rows(city, "stations/history", subject=station, **{"since": since, "until": before})


def quarantined(city: RunningCity) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(city.runtime.postgres_url)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM quarantine"))
        finally:
            await connection.close()

    return asyncio.run(count())


def test_the_simulated_city_lives_and_says_that_it_is_simulated(city_folder: Path) -> None:
    with running_city(city_folder, "--demo", "--demo-size", "8") as city:
        assert city.process.poll() is None, city.output
        assert httpx.get(f"{city.url}/api/v1/city").json()["simulated"] is True
        until(lambda: len({row["district"] for row in rows(city, "stations/current")}) == 16)
        until(lambda: len(places(city)) == 8)
        _is_marked(city)
        _moves(city)
        _has_a_past(city)
        _has_public_transport(city)
        _is_all_there_by_ngsi_ld(city)
        assert quarantined(city) == 0

        psutil.Process(city.pid("nats")).kill()
        seen = newest(city)
        until(lambda: sum(newest(city)[each] > seen[each] for each in seen) > 0.9 * len(seen), 60)
        assert quarantined(city) == 0

        now, told = datetime.now(UTC), {}
        for station in (row["subject"] for row in rows(city, "stations/current")[:3]):
            told[station] = past(city, station, now - HOUR)
        assert city.stop() == 0
    with running_city(city_folder, "--demo", "--demo-size", "8") as city:
        # The same days were sent again; the city knows them.
        until(lambda: max(newest(city).values()) > now.isoformat())
        assert {station: past(city, station, now - HOUR) for station in told} == told
        assert quarantined(city) == 0
        city.stop(signal.SIGINT)
    _is_no_real_city(city_folder)


def _is_marked(city: RunningCity) -> None:
    until(lambda: all("name" in row for row in [*rows(city, "buses/current"), *rows(city, "stations/current")]))
    for row in [*rows(city, "buses/current"), *rows(city, "stations/current")]:
        assert row["subject"].startswith(PREFIX)
        assert row["name"].endswith(MARK)
    for path in ("/", "/api/v1/environment/air_quality/districts", "/ngsi-ld/v1/types"):
        assert httpx.get(city.url + path).headers["city-data"] == "simulated"


def _is_busy() -> bool:
    """Whether most vehicles are on their way just now: at night they stand."""
    return datetime.now(ZoneInfo("Asia/Seoul")).hour in range(7, 22)


def _moves(city: RunningCity) -> None:
    def ways(bus: str) -> int:
        since = (datetime.now(UTC) - 24 * HOUR).isoformat()
        told = rows(city, "buses/history", subject=bus, since=since)
        return len({tuple(row["location"]["coordinates"]) for row in told})

    before = places(city)
    until(lambda: all(ways(bus) > 20 for bus in before))
    if _is_busy():
        until(lambda: sum(places(city)[bus] != before[bus] for bus in before) >= len(before) / 2)


def _has_a_past(city: RunningCity) -> None:
    def complete(station: str) -> bool:
        query = {"station": station, "hours": "24"}
        told = httpx.get(f"{city.url}/api/v1/environment/air_quality/station", params=query).json()
        return sum(point["cai"] is not None for point in told["series"]) >= 20

    stations = [row["subject"] for row in rows(city, "stations/current")]
    until(lambda: sum(map(complete, stations)) > 0.8 * len(stations), 60)


def _has_public_transport(city: RunningCity) -> None:
    """Its feeds come in, its vehicles are on the map, and the stop that a vehicle goes to expects it."""
    until(lambda: len(_lines(city)) == 64, 120)
    if not _is_busy():
        return
    until(lambda: len(_vehicles(city)) > 10, 60)
    assert all(row["name"].endswith(MARK) for row in _vehicles(city))
    told = pb.FeedMessage()
    told.ParseFromString(httpx.get(f"{city.url}/api/v1/gtfs-realtime/vehicle_positions").content)
    assert len(told.entity) > 10
    until(lambda: any(_is_expected(city, row) for row in _vehicles(city)[:10]), 90)


def _is_all_there_by_ngsi_ld(city: RunningCity) -> None:
    """Whoever speaks NGSI-LD finds all of it, without a key."""
    always = ("AirQualityObserved", "AirQualityVehicle", "PublicTransportStop", "PublicTransportRoute")
    by_day = ("PublicTransportVehicle", "PublicTransportAlert") if _is_busy() else ()
    for kind in (*always, "BikeHireDockingStation", *by_day):
        until(lambda kind=kind: _some(city, kind) != [], 120)  # type: ignore[misc]  # mypy sees no default in a lambda
        assert "name" in _some(city, kind)[0]


def _some(city: RunningCity, kind: str) -> list[dict[str, Any]]:
    """Entities of a type, as they are for anyone."""
    query = {"type": kind, "options": "keyValues", "q": "name", "limit": "2"}
    answer = httpx.get(f"{city.url}/ngsi-ld/v1/entities", params=query, timeout=20)
    found: list[dict[str, Any]] = answer.json() if answer.is_success else []
    return found


def _lines(city: RunningCity) -> list[dict[str, Any]]:
    answer = httpx.get(f"{city.url}/api/v1/transport/bus_information/lines", timeout=20)
    found: list[dict[str, Any]] = answer.json()["lines"] if answer.is_success else []
    return found


def _vehicles(city: RunningCity) -> list[dict[str, Any]]:
    answer = httpx.get(f"{city.url}/api/v1/streams/bus_information/vehicles/current")
    found: list[dict[str, Any]] = answer.json()
    return found


def _is_expected(city: RunningCity, vehicle: dict[str, Any]) -> bool:
    """Whether the board of the stop that the vehicle goes to says when it comes."""
    board = f"{city.url}/api/v1/transport/bus_information/board"
    answer = httpx.get(board, params={"stop": vehicle["stop"]}, timeout=20)
    calls = answer.json()["calls"] if answer.is_success else []
    return any(call["trip"] == vehicle["trip"] and call["state"] == "expected" for call in calls)


def _is_no_real_city(folder: Path) -> None:
    command = [sys.executable, "-m", "ucity", "serve", "--no-demo", "--data", str(folder), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert done.returncode == 1
    assert "holds the simulated Busan" in done.stderr
