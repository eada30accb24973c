"""The HTTP edge of a whole city, over real connections: what only a server and a socket show."""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import APIOperation, Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from running.city import RunningCity, running_city
from running.servers import temporary_folder

SEND = "/api/v1/readings/air_quality/stations"
LIVE = "/api/v1/live?bbox=128,34,130,36&types=AirQualityObserved"
CHECKS = [status_code_conformance, content_type_conformance]
SCHEMA_CHECK = response_schema_conformance
# Answers with tuples of numbers: schemathesis rewrites their prefixItems to a form that it then calls invalid.
TUPLES = {"/api/v1/city", "/api/v1/transport/bus_information/trails"}
PAGE = Path(__file__).parents[2] / "docs" / "http.md"
HERE = {"type": "Point", "coordinates": [129.07, 35.18]}


@pytest.fixture(scope="module")
def whole_city() -> Iterator[RunningCity]:
    """One city for all tests of this file."""
    with temporary_folder() as folder, running_city(folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        yield city


@pytest.fixture(scope="module")
def key(whole_city: RunningCity) -> dict[str, str]:
    """Headers of a key that may do everything."""
    return {"Authorization": f"Bearer {whole_city.key('read', 'write', 'manage')}"}


def reading(pm25: float, **more: Any) -> dict[str, Any]:
    return {"id": "a", "observedAt": datetime.now(UTC).isoformat(), "location": HERE, "pm25": pm25, **more}


def events(city: RunningCity) -> Iterator[tuple[str, Any]]:
    """Server-sent events as they come, until the city ends them."""
    with httpx.stream("GET", city.url + LIVE, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_a_city_of_its_own_tells_nothing_of_the_simulated_one(whole_city: RunningCity) -> None:
    for path in ("/", "/api/v1/city", "/api/v1/streams", "/api/v1/openapi.json", "/ngsi-ld/v1/openapi.json"):
        answer = httpx.get(whole_city.url + path)
        assert answer.status_code == 200
        told = re.search(".{0,40}(busan|haeundae|부산|해운대).{0,40}", answer.text, re.IGNORECASE)
        assert told is None, f"{path}: {told[0]}"


def test_an_open_map_hears_of_a_reading_within_two_seconds(whole_city: RunningCity, key: dict[str, str]) -> None:
    stream = events(whole_city)
    assert next(stream)[0] == "snapshot"
    sent = time.monotonic()
    assert httpx.post(whole_city.url + SEND, json=reading(77), headers=key).status_code == 202
    for name, data in stream:
        values = [thing["values"].get("pm25", [None])[0] for thing in data["things"]]
        if name == "change" and 77 in values:
            break
    assert time.monotonic() - sent < 2


def test_the_api_does_what_it_says_and_nothing_sent_to_it_is_its_fault(
    whole_city: RunningCity, key: dict[str, str]
) -> None:
    api = schemathesis.openapi.from_url(f"{whole_city.url}/api/v1/openapi.json")
    operations = [found.ok() for found in api.exclude(path="/api/v1/live").get_all_operations()]  # which never ends
    assert len(operations) > 10
    for operation in operations:
        _ask_whatever(operation, key)


def _ask_whatever(operation: APIOperation, headers: dict[str, str]) -> None:
    checks = CHECKS if operation.path in TUPLES else [*CHECKS, SCHEMA_CHECK]

    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Case) -> None:
        answer = case.call(headers=headers, timeout=60)
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
        case.validate_response(answer, checks=checks)

    check()


def test_bodies_that_are_too_large_are_refused_without_being_taken_in(
    whole_city: RunningCity, key: dict[str, str]
) -> None:
    headers = key | {"Content-Type": "application/json"}
    bomb = gzip.compress(b" " * (64 << 20))
    packed = httpx.post(whole_city.url + SEND, content=bomb, headers=headers | {"Content-Encoding": "gzip"})
    assert packed.status_code == 413
    with socket.create_connection((whole_city.runtime.url.split("/")[2].split(":")[0], _port(whole_city))) as raw:
        lines = [f"POST {SEND} HTTP/1.1", "Host: city", f"Authorization: {key['Authorization']}"]
        lines += ["Content-Type: application/json", f"Content-Length: {1 << 40}", "", ""]
        raw.sendall("\r\n".join(lines).encode())
        raw.settimeout(5)
        assert raw.recv(1000).startswith(b"HTTP/1.1 413")


def test_the_city_answers_others_while_it_takes_in_large_batches(whole_city: RunningCity, key: dict[str, str]) -> None:
    body = b"\n".join(json.dumps(reading(n % 100, id=f"s{n}")).encode() for n in range(40_000))
    headers = key | {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    packed = gzip.compress(body, 1)
    statuses: list[int] = []

    def send() -> None:
        statuses.append(httpx.post(whole_city.url + SEND, content=packed, headers=headers, timeout=60).status_code)

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    waits = []
    with httpx.Client(base_url=whole_city.url) as http:
        while any(sender.is_alive() for sender in senders):
            began = time.monotonic()
            assert http.get("/api/v1/streams/air_quality/stations").status_code == 200
            waits.append(time.monotonic() - began)
            time.sleep(0.05)
    assert statuses == [202, 202]
    assert sorted(waits)[len(waits) // 2] < 0.5


def _port(city: RunningCity) -> int:
    return int(city.url.rsplit(":", 1)[1])


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands need curl")
def test_the_commands_of_the_page_about_http_work_as_they_stand(whole_city: RunningCity) -> None:
    commands = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(commands) > 5
    variables = {"city": whole_city.url, "data": str(whole_city.data)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/sh", "-euc", "\n".join(commands)],
        env=os.environ | variables | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"reason":"out_of_range"' in done.stdout
    assert "3 readings accepted" in done.stdout
    assert "taken in, 1 closed" in done.stdout


def test_a_city_with_open_maps_stops_at_once(whole_city: RunningCity) -> None:
    stream = events(whole_city)
    assert next(stream)[0] == "snapshot"
    assert whole_city.stop() == 0
    assert "web did not stop" not in whole_city.output
    assert {kind for kind, _ in stream} <= {"change"}  # what the rules made meanwhile; then it ends
