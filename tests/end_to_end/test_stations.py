"""The way through a station: asked for as the API and the page tell it, on foot and in a wheelchair."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from running.city import RunningCity, running_city
from running.feeds import TIMETABLE, zipped
from running.page import PHONE, inaccessible, overflows, visiting
from running.servers import temporary_folder
from ucity.cloud.routing.stations.tests.station import LAT, LON, TABLES, WIDE

PROFILE = """
name = { ko = "시험시", en = "Testville" }
time_zone = "Asia/Seoul"
area = [126.9, 36.9, 127.1, 37.1]
"""
HERE, THERE = f"{LON + 0.001},{LAT}", f"{LON + WIDE},{LAT}"
ASKED = {"from": HERE, "to": THERE, "modes": "metro"}


@pytest.fixture(scope="module")
def town() -> Iterator[RunningCity]:
    """A city with one station, between two lines."""
    with temporary_folder() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "city.toml").write_text(PROFILE)
        files = {f"{name}.txt": text for name, text in TABLES.items()}
        daily = TIMETABLE["calendar.txt"].replace("DAILY", "s")
        (folder / "station.zip").write_bytes(zipped(files | {"calendar.txt": daily}))
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            command = ["load", "gtfs", str(folder / "station.zip"), "--name", "f", "--data", str(city.data)]
            subprocess.run([sys.executable, "-m", "ucity", *command], check=True, capture_output=True)  # noqa: S603
            yield city


def ways(city: RunningCity, **wishes: Any) -> list[dict[str, Any]]:
    """The ways there on one morning of the timetable; as soon as the router answers."""
    deadline = time.monotonic() + 300
    params = ASKED | {"depart": "2026-12-01T07:50:00+09:00"} | wishes
    while (answer := httpx.get(f"{city.url}/api/v1/journeys", params=params, timeout=30)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)
    found: list[dict[str, Any]] = answer.json()["journeys"]
    return found


def indoors(way: dict[str, Any]) -> dict[str, Any]:
    (leg,) = [leg for leg in way["legs"] if leg["steps"]]
    found: dict[str, Any] = leg
    return found


def test_the_way_to_the_platform_is_told_step_by_step_in_both_languages(town: RunningCity) -> None:
    way = ways(town)[-1]
    leg = indoors(way)
    assert leg["origin"]["names"] == {"ko": "1번 출구", "en": "Exit 1"}
    assert (leg["mode"], leg["destination"]["stop"]) == ("walk", "f:P2")
    assert [step["passage"] for step in leg["steps"]] == ["stairs", "fare_gate", "elevator"]
    assert leg["steps"][0]["text"] == {"ko": "계단으로 대합실까지 내려가기", "en": "Take the stairs down to 대합실"}
    assert leg["steps"][2]["text"]["en"] == "Take the lift down to Platforms"
    assert (leg["steps"][0]["stairs"], leg["steps"][0]["rises"]) == (30, False)
    assert leg["steps"][2]["level"] == {"ko": "승강장", "en": "Platforms"}


def test_in_a_wheelchair_one_comes_in_by_lift_and_cannot_change_where_none_goes(town: RunningCity) -> None:
    leg = indoors(ways(town, wheelchair=True)[-1])
    assert leg["origin"]["stop"] == "f:west"
    assert [step["passage"] for step in leg["steps"]] == ["elevator", "fare_gate", "elevator"]
    from_line_1 = {"from": f"{LON - WIDE},{LAT}"}
    (changed,) = ways(town, **from_line_1)
    (step,) = indoors(changed)["steps"]
    assert step["text"] == {"ko": "계단으로 올라가기 (표지판: 2호선)", "en": "Take the stairs up (signs: Line 2)"}
    assert step["sign"] == {"ko": "2호선", "en": "Line 2"}
    assert ways(town, **from_line_1, wheelchair=True) == []


def test_an_entrance_shows_the_board_of_its_station(town: RunningCity) -> None:
    ways(town)
    board = httpx.get(f"{town.url}/api/v1/transport/bus_information/board", params={"stop": "f:east"}, timeout=30)
    assert board.json()["stop"]["stop"] == "f:S"


@pytest.mark.parametrize(
    ("locale", "told"), [("ko-KR", "엘리베이터로 승강장까지"), ("en-GB", "lift down to Platforms")]
)
async def test_the_page_tells_what_to_do_in_the_station(
    town: RunningCity, browser: Browser, locale: str, told: str
) -> None:
    ways(town)
    address = f"/?view=way&from={HERE},A&to={THERE},B&by=depart&at=2026-12-01T07:50"
    async with visiting(browser, town.url, locale=locale, size=PHONE, forgiven="Failed to load resource") as page:
        await page.goto(town.url + address)
        await page.locator("[data-way]").first.get_by_role("button").tap()
        await expect(page.locator("[data-passage=elevator]").first).to_contain_text(told)
        assert not await overflows(page)
        assert await inaccessible(page) == []
