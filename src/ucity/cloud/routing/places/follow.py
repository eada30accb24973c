"""Keeps the stops of timetables, and names and addresses of street maps, among the places, as feeds come and go."""

import asyncio
import tempfile
from pathlib import Path

import structlog

from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.ioc.store.feeds import FeedNews, Version, active_versions, fetch_file, hear_feeds
from ucity.cloud.ioc.store.objects import Objects
from ucity.cloud.routing.places.gather import of_stops
from ucity.cloud.routing.places.kept import Named, forget_others, keep
from ucity.errors import BadInput, UcityError
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs import FeedRefused, read_stops

log = structlog.get_logger()
_PREFIX = "feed:"
_SUFFIXES = {FeedFormat.GTFS: ".zip", FeedFormat.OSM: ".osm.pbf"}
_AGAIN_S = 5.0


class FeedStops:
    """``scratch``: a folder for files while they are read."""

    def __init__(self, pool: Pool, objects: Objects, scratch: Path, locate: Locate) -> None:
        self._pool, self._objects, self._scratch, self._locate = pool, objects, scratch, locate
        self._known: dict[str, int] = {}
        self._news = asyncio.Event()

    def hear(self, announcements: Announcements) -> None:
        """Have these tell when to look."""
        hear_feeds(announcements, self._heard, missed=self._news.set)

    async def follow(self) -> None:
        """Look whenever a feed has news, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.look()
            except UcityError as error:
                log.warning("stops of feeds are not taken in yet", why=error.detail)
                await asyncio.sleep(_AGAIN_S)
                self._news.set()

    def _heard(self, news: FeedNews) -> None:
        if news.kind != "message":
            self._news.set()

    async def look(self) -> None:
        """Take in what is new, and forget what is gone. Raises Unavailable."""
        versions = [each for each in await active_versions(self._pool) if each.format in _SUFFIXES]
        for version in versions:
            if self._known.get(version.feed) != version.id:
                await self._take(version)
        feeds = [version.feed for version in versions]
        await forget_others(self._pool, _PREFIX, [f"{_PREFIX}{feed}" for feed in feeds])
        self._known = {feed: id_ for feed, id_ in self._known.items() if feed in feeds}

    async def _take(self, version: Version) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="stops-") as folder:
            file = Path(folder) / f"feed{_SUFFIXES[version.format]}"
            await fetch_file(self._objects, version, file)
            try:
                places = await asyncio.to_thread(self._read, version, file, Path(folder))
            except (FeedRefused, BadInput) as refused:
                # It was found good before it counted, so this should not be.
                log.warning("places of a feed cannot be read", feed=version.feed, why=str(refused))
                self._known[version.feed] = version.id
                return
        count = await keep(self._pool, f"{_PREFIX}{version.feed}", places, self._locate)
        self._known[version.feed] = version.id
        log.info("places are known", feed=version.feed, places=count)

    def _read(self, version: Version, file: Path, scratch: Path) -> list[Named]:
        if version.format is FeedFormat.GTFS:
            return of_stops(version.feed, *read_stops(file, scratch=scratch))
        # A city without a street map does without its reader.
        from ucity.cloud.routing.places.osm import of_extract  # noqa: PLC0415

        return of_extract(version.feed, file, self._locate)
