"""The Chromium of the tests: the machine's own, else the one that Playwright has put into ``.tools/browsers``.

As a program it says by its exit code whether that one starts, and what is wrong if not: ``scripts/test`` asks it.
With ``WITHOUT_BROWSER=1`` tests of the pages are left out.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Error, async_playwright

IS_LEFT_OUT: Final = os.environ.get("WITHOUT_BROWSER") == "1"
_OWN = Path(__file__).parents[2] / ".tools" / "browsers"
# It draws WebGL without a graphics card, and asks for nothing of its own.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """It, running. Raises playwright's Error when there is none that starts."""
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(_OWN))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*_QUIET])
        yield browser
        await browser.close()


async def _starts() -> None:
    async with chromium():
        pass


if __name__ == "__main__":
    try:
        asyncio.run(_starts())
    except Error as error:
        sys.exit(error.message)
