"""A line on a page: found by its number or name, its stops both ways, its vehicles, who leaves next, what is amiss; a
stop among favourites.

The city has the small network of the tests, and one message of what goes on, from a file.
"""

import time
from collections.abc import Iterator

import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb
from playwright.async_api import Browser, expect

from replay.network import write
from running.city import RunningCity, running_city
from running.feeds import realtime
from running.page import PHONE, inaccessible, overflows, visiting
from running.servers import temporary_folder

PROFILE = """
name = { ko = "시험시", en = "Testville" }
time_zone = "UTC"
area = [128.9, 35.0, 129.3, 35.3]
"""
FORGIVEN = "Failed to load resource"


def going_on() -> bytes:
    """A bus at the square on its way out, another one on its way back, and works on the line."""
    told = realtime()
    for number, direction, stop in ((7, 0, "square"), (8, 1, "b")):
        bus = told.entity.add(id=str(number)).vehicle
        bus.vehicle.id, bus.vehicle.label = str(number), f"버스 {number}"
        bus.trip.route_id, bus.trip.direction_id = "bus", direction
        bus.position.longitude, bus.position.latitude = 129.01, 35.1
        bus.stop_id, bus.timestamp = stop, told.header.timestamp
        bus.current_status = pb.VehiclePosition.STOPPED_AT
    alert = told.entity.add(id="works").alert
    alert.informed_entity.add(route_id="bus")
    alert.header_text.translation.add(text="우회 운행", language="ko")
    alert.header_text.translation.add(text="Diversion", language="en")
    return told.SerializeToString()


def tell(city: RunningCity) -> None:
    """Have the city know what goes on: a vehicle is one for some minutes only."""
    (city.data / "now.pb").write_bytes(going_on())
    city.ucity("load", "gtfs-realtime", str(city.data / "now.pb"), "--timetable", "small")


def line_of(city: RunningCity) -> dict[str, list[object]]:
    answer = httpx.get(f"{city.url}/api/v1/transport/bus_information/line", params={"line": "small:bus"}, timeout=30)
    found: dict[str, list[object]] = answer.json() if answer.is_success else {"vehicles": [], "alerts": []}
    return found


@pytest.fixture(scope="module")
def small_town() -> Iterator[RunningCity]:
    with temporary_folder() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "city.toml").write_text(PROFILE)
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            write(folder / "small.zip")
            city.ucity("load", "gtfs", str(folder / "small.zip"))
            yield city


@pytest.fixture
def town(small_town: RunningCity) -> RunningCity:
    """With news of just now."""
    tell(small_town)
    deadline = time.monotonic() + 120
    while len((found := line_of(small_town))["vehicles"]) < 2 or not found["alerts"]:
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
    return small_town


SAID = {
    "ko-KR": {
        "field": "찾기",
        "typed": "36번",
        "alert": "우회 운행",
        "bus": "버스 7 정차 중",
        "departures": "역 앞 다음 출발",
        "all": "이 정류장의 모든 노선",
        "back": "가 방면",
    },
    "en-GB": {
        "field": "Find",
        "typed": "36",
        "alert": "Diversion",
        "bus": "버스 7 is here",
        "departures": "Next departures: 역 앞",
        "all": "All lines at this stop",
        "back": "towards 가",
    },
}


@pytest.mark.parametrize("locale", SAID)
async def test_a_line_is_found_by_its_number_on_a_phone_and_tells_all_of_it(
    town: RunningCity, browser: Browser, locale: str
) -> None:
    said = SAID[locale]
    async with visiting(browser, town.url, locale=locale, size=PHONE, forgiven=FORGIVEN) as page:
        await page.goto(f"{town.url}/?view=stops")
        box = page.get_by_role("combobox", name=said["field"], exact=True)
        await box.tap()
        await box.fill(said["typed"])
        await page.locator("[role=option][data-kind=line]").first.tap()
        line = page.locator("[data-line='small:bus']")
        await expect(line.get_by_text(said["alert"])).to_be_visible()
        stops = line.locator("[data-stop]")
        assert [await each.get_attribute("data-stop") for each in await stops.all()] == [
            "small:a",
            "small:square",
            "small:b",
        ]
        square = line.locator("[data-stop='small:square']")
        await expect(square.locator("[data-vehicle='small:7']")).to_contain_text(said["bus"])
        await expect(line.locator("[data-vehicle='small:8']")).to_have_count(0)
        assert await inaccessible(page) == []
        assert not await overflows(page)

        await page.get_by_role("button", name=said["departures"]).tap()
        calls = square.locator("[data-departures] [data-call]")
        await expect(calls.first).to_be_visible()
        assert not any(said["back"] in each for each in await calls.all_inner_texts()), "they go the other way"
        assert await inaccessible(page) == []
        assert not await overflows(page)

        # The other way round, and back to the same by the address alone.
        await line.locator("[aria-pressed=false]").tap()
        await expect(stops.first).to_have_attribute("data-stop", "small:b")
        await expect(stops.first.locator("[data-vehicle='small:8']")).to_be_visible()
        await page.reload()
        await expect(calls.first).to_be_visible()
        await square.get_by_role("link", name=said["all"]).tap()
        await expect(page.locator("[data-board='small:square']")).to_be_visible()


async def test_a_line_is_found_by_its_name_with_keys_alone(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven=FORGIVEN) as page:
        await page.goto(f"{town.url}/?view=stops")
        box = page.get_by_role("combobox", name="Find", exact=True)
        for text, name in (("1호선", "Line 1"), ("Line 1", "Line 1")):
            await box.focus()
            await box.fill(text)
            await expect(page.get_by_role("option").first).to_contain_text(name)
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("Enter")
            await expect(page.locator("[data-line='small:metro'] h2")).to_be_focused()
            await page.get_by_role("link", name="Stops", exact=True).last.press("Enter")
            await expect(box).to_be_visible()
        # What is a place's name, too, means the place first.
        await box.fill("중앙역")
        await expect(page.get_by_role("option").first).to_have_attribute("data-kind", "station")
        await box.fill("36")
        await expect(page.get_by_role("option").first).to_have_attribute("data-kind", "line")
        await page.keyboard.press("Enter")
        opener = page.get_by_role("button", name="Next departures: 가")
        await opener.press("Enter")
        await expect(opener).to_have_attribute("aria-expanded", "true")
        await expect(page.locator("[data-departures='small:a'] [data-call]").first).to_be_visible()
        await opener.press("Enter")
        await expect(page.locator("[data-departures]")).to_have_count(0)
        assert await inaccessible(page) == []


async def test_a_favourite_is_named_in_the_language_that_one_reads(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, size=PHONE, forgiven=FORGIVEN) as page:
        # As favourites were kept once.
        await page.evaluate("localStorage.setItem('ucity.stops', JSON.stringify([{ id: 'small:a', name: '가' }]))")
        await page.goto(f"{town.url}/?view=stops&stop=small:station")
        await page.get_by_role("button", name="Favourite: Central Station").tap()
        await page.get_by_role("link", name="Stops", exact=True).first.tap()
        favourites = page.locator("[data-favourites] a")
        await expect(favourites).to_have_text(["가", "Central Station"])
        await page.get_by_role("button", name="한국어").tap()
        await expect(favourites).to_have_text(["가", "중앙역"])
        await page.reload()
        await expect(favourites).to_have_text(["가", "중앙역"])


async def test_a_place_that_is_asked_for_is_no_line(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven=FORGIVEN) as page:
        await page.goto(f"{town.url}/?view=way")
        box = page.get_by_role("combobox", name="From", exact=True)
        await box.fill("36")
        await expect(page.get_by_role("status").filter(has_text="36")).to_be_visible()
        await expect(page.locator("[data-kind=line]")).to_have_count(0)
