"""A browser on a running city's pages."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from running.browser import IS_LEFT_OUT, chromium

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP, PHONE = (1280, 800), (360, 740)


expect.set_options(timeout=15_000)  # milliseconds, on a machine that has much else to do


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    if IS_LEFT_OUT:
        pytest.skip("WITHOUT_BROWSER=1")
    async with chromium() as browser:
        yield browser


_SLOW = "GL Driver Message"  # how fast this machine draws is no fault of the page


@dataclass(frozen=True)
class Watched:
    """What a page did that it should not have done."""

    page: Page
    city: str
    forgiven: str
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep errors and warnings, and requests to anywhere else than the city."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda message: self._said(message.type, message.text))
        self.page.on("request", lambda request: self._asked(request.url))

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not re.search(self.forgiven, text):
            self.faults.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.city}/", "data:", f"blob:{self.city}/")):
            self.faults.append(f"asked elsewhere: {url}")


@asynccontextmanager
async def visiting(
    browser: Browser,
    city: str,
    *,
    locale: str = "en-GB",
    size: tuple[int, int] = DESKTOP,
    forgiven: str = "",
    **more: Any,
) -> AsyncIterator[Page]:
    """The map of the city at this address, drawn. Fails at the end when the page complained, or asked elsewhere.

    ``forgiven``: complaints that the test provokes, as a regular expression.
    """
    width, height = size
    is_phone = size == PHONE
    context = await browser.new_context(
        locale=locale,
        viewport={"width": width, "height": height},
        has_touch=is_phone,
        is_mobile=is_phone,
        **more,
    )
    page = await context.new_page()
    watched = Watched(page, city, "|".join(filter(None, (_SLOW, forgiven))))
    watched.listen()
    await page.goto(city)
    await page.wait_for_selector("[data-map=ready]", timeout=30_000)
    yield page
    await context.close()
    assert not watched.faults


async def inaccessible(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands: rule and element.

    Marks on the map are where their things are, however near one another (WCAG 2.5.8, "essential"); all of them are in
    the lists beside it, too.
    """
    if not AXE.exists():
        pytest.fail("axe-core is not installed: scripts/test does that, or `npm ci` in web/")
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "rules => axe.run(document, { runOnly: rules }).then(({ violations }) => JSON.stringify(violations))", RULES
    )
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in json.loads(found)
        for node in rule["nodes"]
        if not (rule["id"] == "target-size" and "data-mark=" in node["html"])
    ]


async def comes_true(page: Page, expression: str) -> None:
    """Wait until the page says yes to this. Playwright's own way asks again from within the page by ``eval``, which the
    page's policy forbids."""
    async with asyncio.timeout(30):
        while not await page.evaluate(expression):  # noqa: ASYNC110 - the page tells nobody
            await asyncio.sleep(0.1)


async def overflows(page: Page) -> bool:
    """Whether the page is wider than its window, so that reading it takes scrolling sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
