"""The journey planner on a phone: ask, choose, follow, be told that the journey broke, take another way.

The city has a timetable and real-time messages from a server of this test's own, and finds ways with its own router.
"""

import asyncio
import math
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import osmium
import pytest
from google.transit import gtfs_realtime_pb2 as pb
from playwright.async_api import Browser, Page, expect

from running.city import RunningCity, running_city
from running.feeds import Answer, FeedServer, realtime, zipped
from running.page import PHONE, inaccessible, overflows, visiting
from running.servers import temporary_folder

PROFILE = """
name = { ko = "시험시", en = "Testville" }
time_zone = "Asia/Seoul"
area = [128.9, 35.0, 129.3, 35.3]
"""
# Two lines between the same ends: the quick one by day and night every 10 minutes, the slow one a minute after it.
STOPS = (("A", "서면", 129.0590, 35.1577), ("B", "전포", 129.0650, 35.1530), ("C", "해운대", 129.1590, 35.1636))
CAR_PARK = (129.0655, 35.1532)
"""To park and ride at B."""
OUTSKIRTS = (129.0300, 35.1600)
"""On the street, and too far from all stops to walk."""
LINES = (("Q", "급행", "D93F2B", 12, 0), ("S", "완행", "1F5FBF", 25, 1))
EVERY = 10
WAY = "/?view=way&from=129.05905,35.15775,서면&to=129.15905,35.16365,해운대"
NOTICED = 60_000
"""Milliseconds within which a page hears of a change in a feed."""


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


def timetable() -> bytes:
    """All day, every day, from before midnight until after the next."""
    trips, times = ["route_id,service_id,trip_id,trip_headsign,direction_id"], []
    for line, _, _, takes, after in LINES:
        for start in range(after, 26 * 60, EVERY):
            trip = f"{line}{start}"
            trips.append(f"{line},DAILY,{trip},해운대,0")
            for number, (stop, at) in enumerate((("A", start), ("B", start + takes // 3), ("C", start + takes)), 1):
                times.append(f"{trip},{clock(at)},{clock(at)},{stop},{number}")
    return zipped(
        {
            "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nT,Test,https://example.org,Asia/Seoul\n",
            "stops.txt": "stop_id,stop_name,stop_lon,stop_lat\n"
            + "".join(f"{id_},{name},{lon},{lat}\n" for id_, name, lon, lat in STOPS),
            "routes.txt": "route_id,agency_id,route_short_name,route_type,route_color\n"
            + "".join(f"{line},T,{name},3,{color}\n" for line, name, color, _, _ in LINES),
            "trips.txt": "\n".join(trips) + "\n",
            "stop_times.txt": "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times]) + "\n",
            "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
            "DAILY,1,1,1,1,1,1,1,20200101,20991231\n",
        }
    )


def write_streets(file: Path) -> None:
    """One street past all stops, named and with a house, as an OpenStreetMap extract."""
    corners = [*((lon, lat) for _, _, lon, lat in STOPS), OUTSKIRTS]
    with osmium.SimpleWriter(str(file)) as writer:
        for number, place in enumerate(corners, 1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
        parking = {"amenity": "parking", "park_ride": "yes", "name": "환승주차장"}
        writer.add_node(osmium.osm.mutable.Node(id=10, location=CAR_PARK, tags=parking))
        street = {"highway": "residential", "name": "시험대로"}
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[4, 1, 2, 3], tags=street))


def message(*cancelled: tuple[str, str]) -> bytes:
    """What is known now: these trips, each with its day, do not run."""
    told = realtime()
    for trip, day in cancelled:
        entity = told.entity.add(id=trip)
        entity.trip_update.trip.trip_id = trip
        entity.trip_update.trip.start_date = day.replace("-", "")
        entity.trip_update.trip.schedule_relationship = pb.TripDescriptor.CANCELED
    return told.SerializeToString()


def works() -> bytes:
    """A message of works on the quick line, which goes on all the same."""
    told = realtime()
    alert = told.entity.add(id="works").alert
    alert.informed_entity.add(route_id="Q")
    alert.header_text.translation.add(text="공사 중", language="ko")
    return told.SerializeToString()


@pytest.fixture(scope="module")
def feeds() -> Iterator[FeedServer]:
    """A server with the timetable and, until a test says otherwise, nothing amiss."""
    server = FeedServer()
    server.answers["/city.zip"] = Answer(timetable(), etag='"1"')
    server.answers["/city.pb"] = Answer(message())
    yield server
    server.close()


@pytest.fixture(scope="module")
def town(feeds: FeedServer) -> Iterator[RunningCity]:
    """A city with two bus lines, and a street along them."""
    with temporary_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UCITY_PRIVATE_FEEDS", "true")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "city.toml").write_text(PROFILE)
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            city.ucity("feed", "add", feeds.url("/city.zip"), "--name", "town", "--every", "3600")
            city.ucity("feed", "add", feeds.url("/city.pb"), "--name", "live", "--timetable", "town", "--every", "1")
            write_streets(folder / "streets.osm.pbf")
            city.ucity("load", "osm", str(folder / "streets.osm.pbf"), "--name", "streets")
            wait_for_ways(city)
            yield city


def wait_for_ways(city: RunningCity) -> None:
    """Until the timetable is in force, and the stops are known by name."""
    ends = {"from": "129.05905,35.15775", "to": "129.15905,35.16365"}
    for path, query in (("/api/v1/journeys", ends), ("/api/v1/places", {"q": "서면"})):
        for _ in range(240):
            answer = httpx.get(city.url + path, params=query, timeout=30)
            told = answer.json()
            if answer.is_success and (told.get("hasStreets") or told.get("places")):
                break
            time.sleep(0.5)
        else:
            pytest.fail(answer.text)


async def planned(page: Page, city: RunningCity) -> None:
    """Open the planner with its ends filled in, and wait for ways."""
    await page.goto(city.url + WAY)
    await page.wait_for_selector("[data-way]")


def trip_of(follow: dict[str, object]) -> tuple[str, str]:
    """Identifier, without its feed, and day of the ride of a journey that the browser keeps."""
    (ride,) = [leg["trip"] for leg in follow["legs"] if leg["trip"]]  # type: ignore[attr-defined]  # JSON
    return ride["trip"].removeprefix("town:"), ride["day"]


async def kept_journey(page: Page) -> dict[str, object]:
    kept: dict[str, object] = await page.evaluate("JSON.parse(localStorage.getItem('ucity.journey'))")
    return kept


async def test_ask_choose_follow_and_be_replanned(town: RunningCity, feeds: FeedServer, browser: Browser) -> None:
    feeds.answers["/city.pb"] = Answer(message())
    async with visiting(browser, town.url, locale="ko-KR", size=PHONE, forgiven="Failed to load resource") as page:
        await page.goto(f"{town.url}/?view=way")
        for field, typed, wanted in (("출발", "ㅅㅁ", "서면"), ("도착", "헤운대", "해운대")):
            box = page.get_by_role("combobox", name=field, exact=True)
            await box.tap()
            await box.fill(typed)
            await page.get_by_role("option", name=wanted).first.tap()
            await expect(box).to_have_value(wanted)
        cards = page.locator("[data-way]")
        await expect(cards.first).to_be_visible()
        assert not await overflows(page)
        assert await inaccessible(page) == []

        await cards.filter(has_text="급행").first.get_by_role("button").tap()
        await expect(page.locator("[data-way-details]")).to_contain_text("급행")
        await expect(page.locator("[data-leg=bus]")).to_be_visible()
        assert await inaccessible(page) == []

        await page.locator("[data-follow]").tap()
        await expect(page.locator("[data-following=holds]")).to_be_visible()
        # As it looks once one sits in the bus, whatever time it is.
        await page.locator("[data-leg=bus]").evaluate("leg => leg.setAttribute('data-current', 'true')")
        assert await inaccessible(page) == []

        feeds.answers["/city.pb"] = Answer(works())
        await expect(page.locator("[data-leg=bus] [data-alert]")).to_have_text("공사 중", timeout=NOTICED)
        assert await inaccessible(page) == []

        first = await kept_journey(page)
        feeds.answers["/city.pb"] = Answer(message(trip_of(first)))
        broken = page.locator("[data-broken]")
        await expect(broken).to_contain_text("급행", timeout=NOTICED)
        await expect(page.locator("[data-way]")).to_have_count(1)
        assert await inaccessible(page) == []
        assert not await overflows(page)

        await page.get_by_role("button", name="이 길로 바꾸기").tap()
        await expect(page.locator("[data-following=holds]")).to_be_visible()
        second = await kept_journey(page)
        assert trip_of(second) != trip_of(first)

        await page.reload()
        await expect(page.locator("[data-following=holds]")).to_be_visible()
        await page.locator("[data-end]").tap()
        await expect(page.get_by_role("combobox")).to_have_count(2)


@pytest.mark.parametrize("locale", ["ko-KR", "en-GB"])
async def test_the_way_tells_its_carbon_and_where_that_comes_from(
    town: RunningCity, browser: Browser, locale: str
) -> None:
    async with visiting(browser, town.url, locale=locale, forgiven="Failed to load resource") as page:
        await planned(page, town)
        await page.locator("[data-way]").filter(has_text="급행").first.get_by_role("button").click()
        ride = page.locator("[data-leg=bus]")
        await ride.locator(".carbon summary").click()
        await expect(ride.locator(".carbon")).to_contain_text("출처" if locale == "ko-KR" else "Source")
        walk = page.locator("[data-leg=walk] .carbon").first
        await expect(walk.locator("summary")).to_contain_text("CO₂ 0 g")
        await walk.locator("summary").click()
        await expect(walk).to_contain_text("연료도 전기도" if locale == "ko-KR" else "No fuel")
        await expect(page.locator("[data-compared=car]")).to_be_visible()
        taxi = page.locator("[data-compared-carbon=taxi]")
        await taxi.locator("summary").click()
        await expect(taxi).to_contain_text("운전자" if locale == "ko-KR" else "driver is not counted")
        assert int(await page.locator("[data-spared]").get_attribute("data-spared") or 0) > 0
        assert await inaccessible(page) == []
        await page.go_back()
        await expect(page.locator("[data-way]").first).to_be_visible()


async def test_can_be_asked_without_a_mouse(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven="Failed to load resource") as page:
        await page.goto(f"{town.url}/?view=way")
        await page.get_by_role("combobox", name="From").focus()
        await page.keyboard.type("seomyon")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox", name="From")).to_have_value("Seomyeon")
        await page.get_by_role("combobox", name="To", exact=True).focus()
        await page.keyboard.type("Haeundae")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-way]").first).to_be_visible()
        await page.get_by_role("button", name="Swap from and to").press("Enter")
        await expect(page.get_by_role("combobox", name="From")).to_have_value("Haeundae")
        assert "from=129.159" in page.url


async def test_the_address_holds_what_is_asked(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven="Failed to load resource") as page:
        await planned(page, town)
        await page.get_by_role("radio", name="Arrive by").check()
        await page.get_by_label("Arrive by").last.fill("2026-11-24T18:05")
        await page.locator("form summary").click()
        await page.get_by_label("Step-free for a wheelchair").check()
        await expect(page.locator("[data-planner]")).not_to_have_attribute("data-planner", "asking")
        async with page.expect_request("**/api/v1/journeys?**") as asked:
            await page.reload()
        query = httpx.URL((await asked.value).url).params
        assert query["arrive"] == "2026-11-24T09:05:00.000Z"
        assert query["wheelchair"] == "true"


async def test_people_choose_how_they_go(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, size=PHONE, locale="ko-KR", forgiven="Failed to load resource") as page:
        await page.goto(town.url + WAY.replace("129.05905,35.15775,서면", "{},{},집".format(*OUTSKIRTS)))
        await expect(page.locator("[data-planner=nothing]")).to_be_visible()
        for name in ("내 자전거", "환승 주차"):
            await page.get_by_role("checkbox", name=name).check()
        await page.get_by_role("checkbox", name="대중교통").uncheck()
        bicycle = page.locator("[data-way=bicycle]")
        await expect(bicycle.locator("[data-figure=fare]")).to_contain_text("없음")
        # By car to the car park and on by bus; neither all the way by car nor by bus alone.
        await expect(page.locator("[data-way='car walk bus walk']").first).to_contain_text("행")
        await expect(page.locator("[data-way=car]")).to_have_count(0)
        assert await inaccessible(page) == []
        assert not await overflows(page)

        car = page.locator("[data-compared=car]")
        await car.get_by_role("button").tap()
        await expect(page.locator("[data-way-details] [data-leg=car]")).to_be_visible()
        assert "go=bicycle.car.park" in page.url
        assert await inaccessible(page) == []
        assert not await overflows(page)

        await page.goto(f"{town.url}/?view=way")
        await expect(page.get_by_role("checkbox", name="내 자전거")).to_be_checked()
        await expect(page.get_by_role("checkbox", name="대중교통")).not_to_be_checked()


async def test_one_means_stays_and_is_chosen_by_keys(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven="Failed to load resource") as page:
        await planned(page, town)
        transit = page.get_by_role("checkbox", name="Public transport")
        await transit.press("Space")
        await expect(transit).to_be_checked()
        await page.get_by_role("checkbox", name="Taxi").press("Space")
        await transit.press("Space")
        await expect(transit).not_to_be_checked()
        await expect(page.locator("[data-way=taxi]")).to_have_count(1)


async def test_says_what_is_wrong(city: RunningCity, browser: Browser) -> None:
    """A city without a timetable; then one that cannot be reached."""
    async with visiting(browser, city.url, forgiven="Failed to load resource|ERR_") as page:
        await page.goto(city.url + WAY)
        await expect(page.locator("#lists")).to_contain_text("has no timetable yet", timeout=30_000)
        assert await inaccessible(page) == []
        await page.context.set_offline(True)
        await page.get_by_role("button", name="Find ways").click()
        await expect(page.get_by_role("alert").first).to_contain_text("could not be reached")
        await page.context.set_offline(False)


MIDDLE = (830, 400)
"""About where the map shows the place that is looked at, in CSS pixels."""


async def press_a_stop(page: Page, about: tuple[int, int] = MIDDLE) -> None:
    """Press the stop next to there: the page itself does not tell a stop on its map from the ground."""
    canvas = page.locator("canvas.maplibregl-canvas")
    grid = product(range(440, 1180, 24), range(80, 780, 24))
    for x, y in sorted(grid, key=lambda place: math.dist(place, about)):
        await page.mouse.move(x, y)
        if await canvas.evaluate("canvas => canvas.style.cursor") == "pointer":
            await page.mouse.click(x, y)
            return


async def test_a_stop_on_the_map_opens_its_board(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, forgiven="Failed to load resource") as page:
        await page.goto(f"{town.url}/?view=stops&at=129.0591,35.1578,here")
        await expect(page.locator("[data-near='town:A']")).to_be_visible()
        await page.wait_for_selector("[data-map=ready]")
        async with asyncio.timeout(120):
            while "stop=town%3AA" not in page.url:  # the map may not have come to rest yet
                await press_a_stop(page)
        await expect(page.locator("[data-call]").first).to_be_visible()


async def test_stops_that_one_comes_upon_on_the_map_can_be_pressed_from_a_near_view_on(
    town: RunningCity, browser: Browser
) -> None:
    async with visiting(browser, town.url, forgiven="Failed to load resource") as page:
        await page.goto(f"{town.url}/?view=stops&stop=town:A")
        await expect(page.locator("[data-call]").first).to_be_visible()
        await page.wait_for_selector("[data-map=ready]")
        async with asyncio.timeout(120):
            while "stop=town%3AB" not in page.url:
                await press_a_stop(page, about=(1100, 640))
        await expect(page.locator("[data-board='town:B']")).to_be_visible()


async def test_stops_tell_who_comes_next(town: RunningCity, browser: Browser) -> None:
    async with visiting(browser, town.url, size=PHONE, forgiven="Failed to load resource") as page:
        await page.goto(f"{town.url}/?view=stops&at=129.0591,35.1578,here")
        near = page.locator("[data-near='town:A']")
        await expect(near).to_contain_text("급행")
        assert await inaccessible(page) == []
        await near.get_by_role("link", name="서면").tap()
        calls = page.locator("[data-call]")
        await expect(calls.nth(5)).to_be_visible()
        await page.get_by_role("button", name="Favourite").tap()
        assert await inaccessible(page) == []
        assert not await overflows(page)
        await calls.first.get_by_role("link").tap()
        await expect(page.locator("[data-line]")).to_contain_text("해운대")
        assert await inaccessible(page) == []
        await page.get_by_role("link", name="Stops").first.tap()
        await expect(page.locator("[data-favourites]")).to_contain_text("서면")
