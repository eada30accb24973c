"""From a device to what a person sees: a reading is published by MQTT, and its figure changes in an open page.

The page is the demo's map in a browser that draws without a graphics card, on the same processors as the city.
"""

import asyncio
import random
import time
from datetime import UTC, datetime

import aiomqtt
import msgspec

from bench.cities import STATIONS, database_of, new_gateway
from running.browser import chromium
from running.city import RunningCity
from running.page import visiting

READINGS = 60
EVERY = 0.3
"""Seconds between readings in the mean."""
_DEVICE = "bench-seen"
_PLACE = {"type": "Point", "coordinates": [129.07, 35.18]}
_ROW = f'[data-station="{_DEVICE}"] .open'
_FIGURE = "[data-measure=pm25]"
_PATIENCE = 60_000
_NOTE_WHEN = """
selector => {
  window.seen = {}
  new MutationObserver(() => {
    const value = document.querySelector(selector)?.dataset.value
    if (value !== undefined) window.seen[value] ??= performance.timeOrigin + performance.now()
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-value'] })
}
"""


async def seen(city: RunningCity) -> list[float]:
    """Seconds from each publish until the page shows the figure, or a later one."""
    async with database_of(city) as pool:
        password = await new_gateway(pool, _DEVICE, [_DEVICE])
    doors = city.runtime
    async with (
        aiomqtt.Client(
            doors.mqtt_host, doors.mqtt_port, identifier=_DEVICE, username=_DEVICE, password=password
        ) as client,
        chromium() as browser,
        visiting(browser, city.url) as page,
    ):
        await _publish(client, 0)
        await page.get_by_role("tab", name="Stations").click()
        await page.locator(_ROW).click(timeout=_PATIENCE)
        await page.wait_for_selector(_FIGURE)
        await page.evaluate(_NOTE_WHEN, _FIGURE)
        sent = await _publish_all(client)
        await page.wait_for_selector(f"{_FIGURE}[data-value='{READINGS}']", timeout=_PATIENCE)
        shown = {int(value): at / 1000 for value, at in (await page.evaluate("window.seen")).items()}
    return [min(at for value, at in shown.items() if value >= number) - sent[number] for number in sent]


async def _publish_all(client: aiomqtt.Client) -> dict[int, float]:
    """Publish all readings; when each was."""
    chance = random.Random(READINGS)  # noqa: S311 - moments to send at, no secret
    sent = {}
    for number in range(1, READINGS + 1):
        sent[number] = time.time()
        await _publish(client, number)
        await asyncio.sleep(chance.expovariate(1 / EVERY))
    return sent


async def _publish(client: aiomqtt.Client, number: int) -> None:
    reading = {"id": _DEVICE, "observedAt": datetime.now(UTC).isoformat(), "location": _PLACE, "pm25": number}
    await client.publish(f"ucity/{_DEVICE}/{STATIONS}", msgspec.json.encode(reading), qos=1)
