"""The door for feeds: whoever manages the city adds and removes them, and sends files in."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ucity.cloud.ioc.collect.feeds.files import Files, digest, object_name
from ucity.cloud.ioc.store.feed_writing import NewFeed, NewFile, NewMessage, add_feed, keep_message, remove_feed
from ucity.cloud.ioc.store.feeds import KnownFeed, Version, known_feed, known_feeds
from ucity.errors import BadInput, Conflict, NotFound, TooLarge, Unavailable
from ucity.network.feeds.fetch import checked_url
from ucity.network.feeds.formats import BIMS_LISTS, FeedFormat, Summary, guessed, last_part
from ucity.network.feeds.gtfs_realtime import MOST_BYTES

NAME = re.compile(r"[a-z0-9-]{1,32}")
EVERY = {
    FeedFormat.GTFS: 3600,
    FeedFormat.OSM: 86_400,
    FeedFormat.REALTIME: 15,
    FeedFormat.BIMS: 40,
    FeedFormat.GBFS: 60,
}
"""Seconds between looks at a URL, unless told otherwise: what is told of vehicles has to count within a minute."""
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_VALUE = re.compile(r"[\x20-\x7e]{1,1024}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent"})
_MOST_FEEDS = 500
_SENT_IN = frozenset({FeedFormat.GTFS, FeedFormat.OSM, FeedFormat.REALTIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for; everything but the URL can be left to the city."""

    url: str
    name: str | None = None
    format: FeedFormat | None = None
    timetable: str | None = None
    every: int | None = None
    headers: dict[str, str] | None = None


class FeedDoor:
    """Who may is decided by whoever calls. ``most``: bytes of a file that is sent in."""

    def __init__(self, files: Files, *, most: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._files, self._clock = files, clock
        self.most = most

    async def feeds(self) -> list[KnownFeed]:
        """All feeds."""
        return await known_feeds(self._files.pool)

    async def feed(self, name: str) -> KnownFeed:
        """One of them. Raises NotFound."""
        return await known_feed(self._files.pool, name)

    def content(self, version: Version) -> AsyncGenerator[bytes]:
        """The file of a version, piece by piece. Raises NotFound when it was replaced meanwhile."""
        return self._files.objects.stream(version.object)

    async def add(self, wish: Wish) -> KnownFeed:
        """Add a feed by URL; it is fetched within seconds. Raises BadInput, Conflict, FeedRefused."""
        checked_url(wish.url)
        feeds = await self.feeds()
        if len(feeds) >= _MOST_FEEDS:
            raise Conflict(f"A city has at most {_MOST_FEEDS} feeds.")
        format_ = wish.format or _guessed(wish.url)
        new = NewFeed(
            name=_checked_name(wish.name or named_after(wish.url)),
            format=format_,
            url=wish.url,
            every=wish.every or EVERY[format_],
            timetable=_timetable(wish.timetable, format_, feeds),
            headers=_checked_headers(wish.headers or {}),
        )
        await add_feed(self._files.pool, new, self._clock())
        return await self.feed(new.name)

    async def remove(self, name: str) -> None:
        """Remove a feed and all that came from it but readings. Raises NotFound, Conflict."""
        await remove_feed(self._files.pool, name)

    async def take(
        self, name: str, format_: FeedFormat, body: AsyncIterator[bytes], timetable: str | None = None
    ) -> KnownFeed:
        """Take a file of a feed in; a feed that there is not yet is added. ``timetable``: of which a real-time
        message speaks. Raises FeedRefused when the file is not good: then all stays as it was."""
        if format_ not in _SENT_IN:
            raise BadInput(f"Nothing in {format_} is sent in: give the city the URL of the feed.")
        speaks_of = _timetable(timetable, format_, await self.feeds())
        await self._prepared(name, format_, timetable)
        with self._files.scratch() as folder:
            file = folder / "file"
            size = await self._write(body, file, most=min(self.most, MOST_BYTES) if format_.is_realtime else self.most)
            summary = await self._files.inspected(format_, file, folder)
            await self._keep(await self._known_or_added(name, format_, speaks_of), file, size, summary)
        return await self.feed(name)

    async def _keep(self, feed: KnownFeed, file: Path, size: int, summary: Summary) -> None:
        """Let a file that was found good count, unless it does already."""
        sha256, now = await digest(file), self._clock()
        if sha256 in {feed.message_sha256, feed.version and feed.version.sha256}:
            return
        if feed.format.is_realtime:
            data = await asyncio.to_thread(file.read_bytes)
            await keep_message(self._files.pool, feed, NewMessage(sha256=sha256, made_at=summary.at, data=data), now)
            return
        got = NewFile(sha256=sha256, object=object_name(feed, sha256), bytes=size, summary=summary)
        await self._files.keep(feed, file, got, now)

    async def _prepared(self, name: str, format_: FeedFormat, timetable: str | None) -> None:
        """Refuse what can be refused before the file is there."""
        _checked_name(name)
        try:
            feed = await self.feed(name)
        except NotFound:
            return
        if feed.format is not format_:
            raise Conflict(f"The feed {name!r} is {feed.format}, not {format_}.")
        if feed.url is not None:
            raise Conflict(f"The feed {name!r} is fetched from its URL. Send the file under another name.")
        if timetable not in {None, feed.timetable}:
            raise Conflict(
                f"The feed {name!r} speaks of the timetable {feed.timetable!r}. Send the file under another name."
            )

    async def _known_or_added(self, name: str, format_: FeedFormat, timetable: str | None) -> KnownFeed:
        try:
            return await self.feed(name)
        except NotFound:
            new = NewFeed(name=name, format=format_, url=None, every=EVERY[format_], timetable=timetable)
        try:
            await add_feed(self._files.pool, new, self._clock())
        except Conflict:
            await self._prepared(name, format_, timetable)  # somebody else added it just now
        return await self.feed(name)

    async def _write(self, body: AsyncIterator[bytes], file: Path, *, most: int) -> int:
        size = 0
        with file.open("wb") as out:
            async for piece in body:
                size += len(piece)
                if size > most:
                    raise TooLarge(f"A file of this feed has at most {most} bytes.")
                try:
                    out.write(piece)
                except OSError as error:
                    raise Unavailable("There is no room for the file on the city's disk.", retry_after=60) from error
        if not size:
            raise BadInput("The body is empty: send the file itself.")
        return size


def named_after(where: str) -> str:
    """A name for a feed of this address or file name: that of the file, or of the server."""
    parts = urlsplit(where)
    stem = PurePosixPath(parts.path).stem
    words = f"{parts.hostname or ''}-{stem}" if parts.hostname else stem
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:32].strip("-") or "feed"


def _guessed(url: str) -> FeedFormat:
    if last_part(url) in BIMS_LISTS:
        raise BadInput(
            "The lists of lines and stops of BIMS are no feed. Give the URL of busInfoByRouteId with the lineid of a "
            "line, or of stopArrByBstopid with the bstopid of a stop: they tell of buses."
        )
    return guessed(url)


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadInput("A feed's name is 1 to 32 of a-z, 0-9 and -.")
    return name


def _checked_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS or not _VALUE.fullmatch(value):
            raise BadInput(f"{name[:64]!r} cannot be sent as a header.")
    return headers


def _timetable(wanted: str | None, format_: FeedFormat, feeds: list[KnownFeed]) -> str | None:
    """The timetable that a real-time feed speaks of: the one that was named, or the only one that there is."""
    if not format_.is_realtime or format_ is FeedFormat.GBFS:
        if wanted is not None:
            raise BadInput("Only a real-time feed of vehicles speaks of a timetable.")
        return None
    if format_ is FeedFormat.BIMS:
        return wanted  # its stops and lines have numbers of their own
    known = [feed.name for feed in feeds if feed.format is FeedFormat.GTFS]
    return wanted if wanted is not None or len(known) != 1 else known[0]
