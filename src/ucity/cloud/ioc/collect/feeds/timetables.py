"""What is made of the newest file of each timetable, each read once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.store.feeds import Version, active_versions, fetch_file
from ucity.network.feeds.formats import FeedFormat

log = structlog.get_logger()
Made = TypeVar("Made")


class Newest(Generic[Made]):
    """``make`` gets a file and a folder for what is unpacked, and runs in a thread. What it made of a timetable is kept
    until there is a newer file, or the timetable is gone."""

    def __init__(self, files: Files, make: Callable[[Path, Path], Made]) -> None:
        self._files, self._make = files, make
        self._made: dict[str, tuple[int, Made]] = {}
        self._reading = asyncio.Lock()

    async def of(self, timetable: str | None) -> Made | None:
        """Of this timetable; None where there is none. Raises Unavailable, and what ``make`` raises."""
        if timetable is None:
            return None
        versions = {each.feed: each for each in await active_versions(self._files.pool, FeedFormat.GTFS)}
        version = versions.get(timetable)
        self._made = {name: each for name, each in self._made.items() if name in versions}
        if version is None:
            return None
        async with self._reading:
            known = self._made.get(timetable)
            if known is None or known[0] != version.id:
                known = self._made[timetable] = (version.id, await self._read(version))
        return known[1]

    async def _read(self, version: Version) -> Made:
        began = datetime.now(UTC)
        with self._files.scratch() as folder:
            file = folder / "timetable.zip"
            await fetch_file(self._files.objects, version, file)
            made = await asyncio.to_thread(self._make, file, folder)
        took = (datetime.now(UTC) - began).total_seconds()
        log.info("a timetable is read", feed=version.feed, seconds=round(took, 2))
        return made
