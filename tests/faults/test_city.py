"""A whole city, of which any process may be killed."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from running.city import RunningCity, running_city


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def is_well(city: RunningCity) -> bool:
    try:
        return httpx.get(f"{city.url}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def kill(city: RunningCity, name: str) -> None:
    """Kill a child, and wait for the next one."""
    before = city.pid(name)
    psutil.Process(before).kill()
    until(lambda: city.runtime.children[name].pid not in (None, before))


def test_every_process_comes_back(city: RunningCity) -> None:
    for name in city.runtime.children:
        kill(city, name)
        until(lambda: is_well(city))
    assert {child.restarts for child in city.runtime.children.values()} == {1}
    processes = city.processes()
    assert city.stop() == 0
    assert not [process for process in processes if process.is_running()]


def listening(processes: list[psutil.Process]) -> list[str]:
    """Addresses at which they take connections."""
    return [
        each.laddr.ip
        for process in processes
        for each in process.net_connections(kind="inet")
        if each.status == psutil.CONN_LISTEN
    ]


@pytest.mark.parametrize(("option", "doors"), [("--no-demo", 5), ("--demo", 6)])
def test_only_this_machine_can_reach_a_city_that_was_not_told_otherwise(
    city_folder: Path, option: str, doors: int
) -> None:
    with running_city(city_folder, option, "--demo-size", "1") as city:
        assert city.process.poll() is None, city.output
        if option == "--demo":  # which starts beside the city, and serves its feeds
            until(lambda: listening([psutil.Process(city.pid("demo"))]) != [])
        found = listening(city.processes())
    assert len(found) >= doors  # pages, MQTT, NATS and its figures, PostgreSQL, and the demo's feeds
    assert set(found) <= {"127.0.0.1", "::1"}


def test_no_process_outlives_a_killed_city_and_the_next_start_works(city_folder: Path) -> None:
    with running_city(city_folder, "--no-demo") as city:
        assert is_well(city)
        processes = city.processes()
        assert len(processes) > 5
        city.process.kill()
        _, alive = psutil.wait_procs(processes, 10)
        assert not alive
    with running_city(city_folder, "--no-demo") as city:
        assert is_well(city)


def test_the_web_server_lives_through_a_database_that_dies(city: RunningCity) -> None:
    web = city.pid("web")
    kill(city, "postgres")
    until(lambda: is_well(city))
    after = city.pid("web")
    city.stop()
    assert after == web, city.output + (city.data / "logs" / "web.log").read_text()[-8000:]
