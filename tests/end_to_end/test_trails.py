"""The trails of vehicles on the map of stops: they begin before the page was opened."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import Browser

from running.city import RunningCity, running_city
from running.page import DESKTOP, PHONE, comes_true, visiting
from running.servers import temporary_folder

PROFILE = """
name = { ko = "시험시", en = "Testville" }
time_zone = "Asia/Seoul"
area = [128.9, 35.0, 129.3, 35.3]
"""
MINUTES = 9
TRAILS = "/api/v1/transport/bus_information/trails"
# How wide in pixels what is drawn over the ground is: of a vehicle without its trail that is about 20.
WIDTH = """() => {
  let [first, last] = [Infinity, -Infinity];
  for (const canvas of document.querySelectorAll('.maplibregl-canvas-container canvas:not(.maplibregl-canvas)')) {
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    for (let place = 3; place < data.length; place += 4) {
      if (!data[place]) continue;
      const x = ((place - 3) / 4) % width;
      [first, last] = [Math.min(first, x), Math.max(last, x)];
    }
  }
  return last - first;
}"""


@pytest.fixture(scope="module")
def town() -> Iterator[RunningCity]:
    """A city across which a bus has been going for some minutes."""
    with temporary_folder() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "city.toml").write_text(PROFILE)
        with running_city(folder, "--no-demo") as city:
            assert city.process.poll() is None, city.output
            yield city


def drive(city: RunningCity, bus: str) -> None:
    """Send where a bus has been, from minutes ago until now, and wait until the city knows."""
    now = datetime.now(UTC)
    readings = [
        {
            "id": bus,
            "observedAt": (now - timedelta(minutes=ago)).isoformat(),
            "location": {"type": "Point", "coordinates": [129.2 - ago / 50, 35.15]},
            "speed": 30,
        }
        for ago in reversed(range(MINUTES + 1))
    ]
    headers = {"Authorization": f"Bearer {city.key('write')}"}
    sent = httpx.post(f"{city.url}/api/v1/readings/bus_information/vehicles", json=readings, headers=headers)
    assert sent.json() == {"accepted": MINUTES + 1, "rejected": []}
    deadline = time.monotonic() + 60
    while bus not in httpx.get(f"{city.url}{TRAILS}", params={"bbox": "128,34,130,36"}).text:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_a_map_begins_with_where_vehicles_have_been(
    town: RunningCity, browser: Browser, size: tuple[int, int]
) -> None:
    bus = f"small:{size[0]}"
    drive(town, bus)
    # What the test reads of the canvas, time and again, the page itself never does.
    async with visiting(browser, town.url, size=size, forgiven="willReadFrequently") as page:
        async with page.expect_response(f"**{TRAILS}?*") as answer:
            await page.goto(f"{town.url}/?view=stops")
        told = await (await answer.value).json()
        assert bus in {each["vehicle"] for each in told["trails"]}
        await comes_true(page, f"({WIDTH})() > {size[0] // 6}")
