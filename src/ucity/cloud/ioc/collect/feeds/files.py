"""A feed's file on its way from wherever it came into the object store."""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feed_writing import NewFile, keep_file
from ucity.cloud.ioc.store.feeds import KnownFeed
from ucity.cloud.ioc.store.objects import Objects
from ucity.errors import UcityError
from ucity.network.feeds.formats import FeedFormat, Summary
from ucity.network.feeds.inspection import inspected

log = structlog.get_logger()
_ENDINGS = {FeedFormat.GTFS: "zip", FeedFormat.OSM: "osm.pbf"}
_AT_ONCE = 2
"""Files that one process has looked at at a time."""
_ABANDONED = 86_400.0
"""Seconds after which a file or folder in ``incoming/`` belongs to a process that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where files are kept, and where they lie until they are (``incoming``)."""

    pool: Pool
    objects: Objects
    incoming: Path
    _turns: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, _AT_ONCE), init=False, repr=False)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one file on its way, gone afterwards."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.incoming) as folder:
            yield Path(folder)

    async def inspected(self, format_: FeedFormat, file: Path, scratch: Path) -> Summary:
        """What a file holds; a few are looked at at a time. Raises FeedRefused."""
        async with self._turns:
            return await inspected(format_, file, scratch)

    async def keep(self, feed: KnownFeed, file: Path, got: NewFile, now: datetime) -> None:
        """Store the file, and let it count. What is needed no more is deleted, now or by ``sweep``."""
        await self.objects.put(got.object, file)
        for name in await keep_file(self.pool, feed, got, now):
            try:
                await self.objects.delete(name)
            except UcityError as error:
                log.warning("an old file of a feed stays", feed=feed.name, why=error.detail)

    def clear(self) -> None:
        """Delete what processes left here that were killed."""
        if not self.incoming.exists():
            return
        oldest = time.time() - _ABANDONED
        for path in [each for each in self.incoming.rglob("*") if each.stat().st_mtime < oldest]:
            if path.is_file():
                path.unlink(missing_ok=True)
        for path in sorted(self.incoming.rglob("*"), reverse=True):
            if path.is_dir() and path.stat().st_mtime < oldest and not any(path.iterdir()):
                path.rmdir()

    async def sweep(self, now: datetime) -> None:
        """Delete objects that belong to no version: of feeds removed, or stored just before a process was killed."""
        async with self.pool.acquire() as connection:
            needed = {row["object"] for row in await connection.fetch("SELECT object FROM feed_version")}
        for name, at in await self.objects.names("feeds"):
            if name not in needed and (now - at).total_seconds() > _ABANDONED:
                await self.objects.delete(name)


def object_name(feed: KnownFeed, sha256: str) -> str:
    """Under which name a file of this content is kept."""
    return f"feeds/{feed.name}/{sha256}.{_ENDINGS[feed.format]}"


async def digest(file: Path) -> str:
    """The file's SHA-256."""

    def work() -> str:
        with file.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()

    return await asyncio.to_thread(work)
