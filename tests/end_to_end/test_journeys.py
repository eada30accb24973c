"""The way through a whole city: asked for as the page says, followed, and found while routers are killed."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx
import psutil
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from replay.network import write
from running.city import RunningCity, running_city
from running.feeds import Answer, FeedServer, realtime
from running.servers import temporary_folder

PAGE = Path(__file__).parents[2] / "docs" / "journeys.md"
WAY = {"from": "129.0005,35.1001", "to": "129.0101,35.1095"}
"""From stop A to stop D: by bus to the station's square, and on by metro."""


def ask(city: RunningCity, **more: Any) -> httpx.Response:
    return httpx.get(f"{city.url}/api/v1/journeys", params=WAY | more, timeout=30)


def found(city: RunningCity, seconds: float = 300, **more: Any) -> dict[str, Any]:
    """The answer, as soon as there is one: compiling the search takes its time on a new machine."""
    deadline = time.monotonic() + seconds
    while (answer := ask(city, **more)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture(scope="module")
def whole_city() -> Iterator[RunningCity]:
    """One city for all tests of this file, with the small network, that may fetch from this machine."""
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as folder:
        patch.setenv("UCITY_PRIVATE_FEEDS", "true")
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            assert ask(city).status_code == 409
            write(folder / "small.zip")
            city.ucity("load", "gtfs", str(folder / "small.zip"))
            found(city)
            yield city


def by_bus_and_metro(told: dict[str, Any]) -> dict[str, Any]:
    modes = ["walk", "bus", "walk", "metro", "walk"]
    return next(each for each in told["journeys"] if [leg["mode"] for leg in each["legs"]] == modes)


def test_the_way_is_the_timetables(whole_city: RunningCity) -> None:
    journey = by_bus_and_metro(found(whole_city, depart="2026-11-25T08:00:00Z"))
    _, bus, _, metro, _ = journey["legs"]
    assert (bus["departs"], bus["origin"]["stop"]) == ("2026-11-25T08:10:20Z", "small:a")
    assert (metro["trip"]["route"], metro["destination"]["stop"]) == ("small:metro", "small:d")
    assert metro["trip"]["routeNames"] == {"ko": "1호선", "en": "Line 1"}
    assert metro["origin"]["names"] == {"ko": "중앙역", "en": "Central Station"}
    assert metro["chance"]["isPrior"]
    assert journey["co2Grams"] > 0
    assert journey["fare"] is None


def test_the_commands_of_the_page_work_as_they_stand(whole_city: RunningCity) -> None:
    commands = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(commands) == 3
    variables = {"data": str(whole_city.data), "city": whole_city.url}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/sh", "-euc", "\n".join(commands)],
        env=os.environ | variables | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "event: status" in done.stdout
    assert "ucity_routing_stops" in done.stdout


def publish_bicycles(server: FeedServer, *, at: float, docks: int = 7) -> None:
    """A system with a station where ``WAY`` begins and one where it ends, as it was at ``at``."""
    ends = {"begin": (129.0007, 35.1002), "end": (129.0099, 35.1094)}
    where = [{"station_id": key, "name": key, "lon": lon, "lat": lat} for key, (lon, lat) in ends.items()]
    works = {"is_installed": True, "is_renting": True, "is_returning": True}
    now = [{"station_id": key, "num_bikes_available": 2, "num_docks_available": docks} | works for key in ends]
    documents = {
        "gbfs": {
            "en": {"feeds": [{"name": name, "url": server.url(f"/{name}.json")} for name in STATIONS]},
        },
        "station_information": {"stations": where},
        "station_status": {"stations": now},
    }
    for name, data in documents.items():
        told = {"last_updated": int(at), "ttl": 5, "version": "2.3", "data": data}
        server.answers[f"/{name}.json"] = Answer(json.dumps(told).encode())


STATIONS = ("station_information", "station_status")


def test_shared_bicycles_are_offered_while_their_system_is_fresh_and_followed(
    whole_city: RunningCity, feed_server: FeedServer
) -> None:
    def ways() -> list[dict[str, Any]]:
        told = found(whole_city, modes="walk,shared_bicycle")
        return [each for each in told["journeys"] if "shared_bicycle" in [leg["mode"] for leg in each["legs"]]]

    def until(is_offered: bool) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 60
        while bool(there := ways()) is not is_offered:
            assert time.monotonic() < deadline, whole_city.ucity("feed", "list")
            time.sleep(0.5)
        return there

    assert ways() == []
    publish_bicycles(feed_server, at=time.time())
    whole_city.ucity("feed", "add", feed_server.url("/gbfs.json"), "--name", "bikes", "--every", "1")
    try:
        (way,) = until(True)
        (ride,) = [leg for leg in way["legs"] if leg["mode"] == "shared_bicycle"]
        shared = ride["sharedRide"]
        assert (shared["takenAt"], shared["returnedAt"]) == ("bikes:begin", "bikes:end")
        assert (shared["bicycles"], shared["docks"]) == (2, 7)
        assert 0 <= shared["ageSeconds"] < 60
        assert (ride["co2"]["grams"], ride["co2"]["factor"]) == (0, "shared-bicycle")
        assert ride["origin"]["name"] == "begin"
        follower = Follower(whole_city, way["follow"])
        assert follower.until("status")["broken"] is None
        publish_bicycles(feed_server, at=time.time(), docks=0)
        assert follower.until("broken")["broken"]["reason"] == "no_dock"
        publish_bicycles(feed_server, at=time.time())
        until(True)
        publish_bicycles(feed_server, at=time.time() - 120)
        until(False)
    finally:
        whole_city.ucity("feed", "remove", "bikes")


class Follower:
    """Events of a followed journey as they come."""

    def __init__(self, city: RunningCity, token: str) -> None:
        self.events: Queue[tuple[str, dict[str, Any]]] = Queue()
        self._url = f"{city.url}/api/v1/journeys/follow"
        self.thread = threading.Thread(target=self._listen, args=(token,), daemon=True)
        self.thread.start()

    def _listen(self, token: str) -> None:
        with httpx.stream("GET", self._url, params={"journey": token}, timeout=60) as answer:
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.events.put((name, json.loads(line.removeprefix("data: "))))

    def until(self, name: str, seconds: float = 60) -> dict[str, Any]:
        """The next event of this name."""
        while True:
            try:
                told, data = self.events.get(timeout=seconds)
            except Empty:
                pytest.fail(f"no event {name} came")
            if told == name:
                return data


def cancelled(trip: dict[str, Any]) -> pb.FeedMessage:
    """A message that this run is cancelled."""
    message = realtime()
    entity = message.entity.add()
    entity.id = "1"
    entity.trip_update.trip.trip_id = trip["trip"].removeprefix("small:")
    entity.trip_update.trip.start_date = trip["day"].replace("-", "")
    entity.trip_update.trip.schedule_relationship = pb.TripDescriptor.CANCELED
    return message


def test_a_cancelled_trip_reaches_who_follows_it_within_a_minute_with_another_way(
    whole_city: RunningCity, feed_server: FeedServer
) -> None:
    journey = by_bus_and_metro(found(whole_city))
    metro = journey["legs"][3]
    follower = Follower(whole_city, journey["follow"])
    assert follower.until("status")["broken"] is None
    feed_server.answers["/live"] = Answer(cancelled(metro["trip"]).SerializeToString())
    began = time.monotonic()
    whole_city.ucity("feed", "add", feed_server.url("/live"), "--name", "live", "--timetable", "small", "--every", "5")
    told = follower.until("broken")
    took = time.monotonic() - began
    assert took < 60
    assert told["broken"]["reason"] == "cancelled"
    assert told["broken"]["leg"] == 3
    rides = [leg["trip"]["trip"] for leg in told["instead"]["legs"] if leg["trip"]]
    assert metro["trip"]["trip"] not in rides
    (feed,) = found(whole_city)["feeds"]
    assert feed["liveAgeSeconds"] < 120
    whole_city.ucity("feed", "remove", "live")


def amiss(effect: "pb.Alert.Effect.ValueType", **named: str) -> pb.FeedMessage:
    """A message that something is amiss with what is named."""
    message = realtime()
    alert = message.entity.add(id="works").alert
    alert.effect = effect
    alert.informed_entity.add(**named)  # type: ignore[arg-type]  # texts, all of them
    alert.header_text.translation.add(text="공사", language="ko")
    return message


def test_an_alert_from_a_file_is_told_with_its_legs_and_one_of_no_service_breaks_who_follows(
    whole_city: RunningCity,
) -> None:
    def load(message: pb.FeedMessage) -> None:
        (whole_city.data / "alerts.pb").write_bytes(message.SerializeToString())
        whole_city.ucity("load", "gtfs-realtime", str(whole_city.data / "alerts.pb"), "--timetable", "small")

    def headers(journey: dict[str, Any]) -> list[list[dict[str, str]]]:
        return [[alert["header"] for alert in leg["alerts"]] for leg in journey["legs"]]

    def modes(journey: dict[str, Any]) -> set[str]:
        return {leg["mode"] for leg in journey["legs"]}

    journey = by_bus_and_metro(found(whole_city))
    assert headers(journey) == [[], [], [], [], []]
    follower = Follower(whole_city, journey["follow"])
    assert follower.until("status")["alerts"] == []
    load(amiss(pb.Alert.MODIFIED_SERVICE, stop_id="station"))
    try:
        told = follower.until("status")
        assert [(each["leg"], each["header"]) for each in told["alerts"]] == [(3, {"ko": "공사"})]
        assert headers(by_bus_and_metro(found(whole_city))) == [[], [], [], [{"ko": "공사"}], []]
        load(amiss(pb.Alert.NO_SERVICE, route_id="metro"))
        told = follower.until("broken")
        assert (told["broken"]["reason"], told["broken"]["leg"]) == ("cancelled", 3)
        assert [(each["leg"], each["effect"]) for each in told["alerts"]] == [(3, "no_service")]
        assert told["instead"] is None or "metro" not in modes(told["instead"])
        assert not any("metro" in modes(each) for each in found(whole_city)["journeys"])
    finally:
        whole_city.ucity("feed", "remove", "alerts")
    deadline = time.monotonic() + 60
    while not any("metro" in modes(each) for each in found(whole_city)["journeys"]):
        assert time.monotonic() < deadline, whole_city.ucity("feed", "list")
        time.sleep(0.5)


def test_journeys_are_answered_while_the_router_is_killed(whole_city: RunningCity) -> None:
    found(whole_city)
    stop, statuses = threading.Event(), []

    def go_on() -> None:
        while not stop.is_set():
            statuses.append(ask(whole_city).status_code)

    asking = [threading.Thread(target=go_on) for _ in range(3)]
    for each in asking:
        each.start()
    for _ in range(2):
        time.sleep(1)
        psutil.Process(whole_city.pid("router")).kill()
        time.sleep(1)
        found(whole_city, 60)
    stop.set()
    for each in asking:
        each.join(30)
    # A router that comes back builds its network first, and says so; nothing else ever goes wrong.
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) > 10
    assert found(whole_city)["journeys"]


def test_another_version_of_a_timetable_comes_into_force_without_a_pause(whole_city: RunningCity) -> None:
    before = found(whole_city)["feeds"][0]["version"]
    stop, answers = threading.Event(), list[httpx.Response]()

    def go_on() -> None:
        while not stop.is_set():
            answers.append(ask(whole_city))

    asking = threading.Thread(target=go_on)
    asking.start()
    file = whole_city.data / "small.zip"
    write(file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"another version"
    whole_city.ucity("load", "gtfs", str(file))
    deadline = time.monotonic() + 90
    while (after := found(whole_city)["feeds"][0]["version"]) == before:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    stop.set()
    asking.join(30)
    assert {each.status_code for each in answers} == {200}
    versions = [each.json()["feeds"][0]["version"] for each in answers]
    swapped = versions.index(after)
    assert versions == [before] * swapped + [after] * (len(versions) - swapped)
    assert swapped > 0


def test_a_city_with_followers_stops_at_once(whole_city: RunningCity) -> None:
    journey = by_bus_and_metro(found(whole_city))
    follower = Follower(whole_city, journey["follow"])
    follower.until("status")
    assert whole_city.stop() == 0
    assert "did not stop" not in whole_city.output
    follower.thread.join(10)
    assert not follower.thread.is_alive()
