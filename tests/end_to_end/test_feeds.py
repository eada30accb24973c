"""Feeds in a whole city: what the page about them tells people to type, and a worker that is killed at its work."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from running.city import RunningCity, running_city
from running.feeds import TIMETABLE, Answer, FeedServer, realtime, small_map, zipped
from running.servers import temporary_folder

PAGE = Path(__file__).parents[2] / "docs" / "feeds.md"


@pytest.fixture(scope="module")
def whole_city() -> Iterator[RunningCity]:
    """One city for all tests of this file, that may fetch from this machine."""
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as folder:
        patch.setenv("UCITY_PRIVATE_FEEDS", "true")
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            yield city


def feeds(city: RunningCity) -> dict[str, dict[str, Any]]:
    return {feed["name"]: feed for feed in json.loads(city.ucity("feed", "list", "--json"))}


def until(condition: Callable[[], object], why: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.1)


def test_the_commands_of_the_page_work_as_they_stand(whole_city: RunningCity, feed_server: FeedServer) -> None:
    feed_server.answers |= {"/metro.zip": Answer(zipped()), "/vehicles": Answer(realtime().SerializeToString())}
    (whole_city.data / "busan.zip").write_bytes(zipped())
    (whole_city.data / "busan.osm.pbf").write_bytes(small_map())
    (whole_city.data / "alerts.pb").write_bytes(realtime().SerializeToString())
    commands = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    variables = {"data": str(whole_city.data), "feeds": feed_server.url("")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/sh", "-euc", "\n".join(commands)],
        env=os.environ | variables | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "busan: 3 stops, 1 routes, 2 trips, 2020-01-01 to 2099-12-31, Asia/Seoul" in done.stdout
    assert "metro-live" in done.stdout
    assert feeds(whole_city).keys() == {"busan", "busan-osm", "busan-alerts", "metro", "bicycles"}


def test_a_worker_that_is_killed_while_it_takes_a_feed_in_takes_it_in_again(
    whole_city: RunningCity, feed_server: FeedServer
) -> None:
    large = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + "".join(
        f"s{n % 50},35.{n % 9999:04},129.{n % 9999:04},{n}\n" for n in range(300_000)
    )
    feed_server.answers["/large.zip"] = Answer(zipped({**TIMETABLE, "shapes.txt": large}))
    whole_city.ucity("feed", "add", feed_server.url("/large.zip"), "--name", "large")
    until(lambda: feed_server.times("/large.zip"), lambda: feed_server.asked)
    time.sleep(0.3)  # then it is fetched, and being looked at
    before = whole_city.pid("worker")
    psutil.Process(before).kill()
    until(lambda: feeds(whole_city)["large"]["state"] == "fresh", lambda: feeds(whole_city))
    assert whole_city.pid("worker") != before
    assert feed_server.times("/large.zip") >= 2
    kept = list((whole_city.data / "objects/feeds/large").iterdir())
    assert [file.name for file in kept] == [f"{feeds(whole_city)['large']['file']['sha256']}.zip"]
