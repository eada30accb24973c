"""What is known of feeds, for every process of the city: their states, files that count, and newest messages.

for version in await active_versions(pool):        # once, and whenever ``hear_feeds`` tells of one
    await fetch_file(objects, version, Path("city.zip"))
messages = await realtime_messages(pool)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import msgspec

from ucity.cloud.ioc.policy.announcements import Announcements
from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.objects import Objects
from ucity.errors import NotFound
from ucity.network.feeds.formats import FeedFormat, Matching, Summary

CHANNEL = "ucity_feed"
_STALE_AFTER = timedelta(seconds=90)
"""A real-time message counts as stale when it is this old, and older than three of the feed's intervals."""


class FeedState(StrEnum):
    """``waiting``: nothing has been received yet. ``fresh``: as it should be. ``stale``: what counts is out of date.
    ``failing``: it cannot be fetched, or what comes is refused; what was good before still counts."""

    WAITING = "waiting"
    FRESH = "fresh"
    STALE = "stale"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A file that was found good. ``object``: its name in the object store."""

    id: int
    feed: str
    format: FeedFormat
    sha256: str
    object: str
    bytes: int
    received_at: datetime
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The last good message of a real-time feed. ``timetable``: the feed whose trips and stops it speaks of, if any.
    ``made_at``: as the message says, if it does. ``every``: seconds between looks at the feed."""

    feed: str
    timetable: str | None
    received_at: datetime
    made_at: datetime | None
    data: bytes
    every: int = 15

    @property
    def fresh_until(self) -> datetime:
        """From then on it counts as stale."""
        return (self.made_at or self.received_at) + _fresh_for(self.every)

    @property
    def namespace(self) -> str:
        """What stands before the colon in ``<feed>:<id>`` of everything that the message names."""
        return self.timetable or self.feed


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed and how it fares. ``url`` None: its files are sent in. ``every``: seconds between looks at the URL.
    ``next_at``: when it is to be asked, or a message that was sent in to be heard; None: there is nothing to do.
    ``reason`` and ``detail``: of the failure since ``failing_since``. ``matching``: of the newest message."""

    name: str
    format: FeedFormat
    url: str | None
    timetable: str | None
    headers: dict[str, str]
    every: int
    added_at: datetime
    etag: str | None
    modified: str | None
    next_at: datetime | None
    checked_at: datetime | None
    succeeded_at: datetime | None
    failing_since: datetime | None
    failures: int
    reason: str | None
    detail: str | None
    version: Version | None
    message_received_at: datetime | None
    message_made_at: datetime | None
    message_sha256: str | None
    matching: Matching | None

    def state(self, now: datetime) -> FeedState:
        """How it stands at this time."""
        if self.failing_since:
            return FeedState.FAILING
        if self.version is None and self.message_received_at is None:
            return FeedState.WAITING
        return FeedState.STALE if self._is_old(now) else FeedState.FRESH

    def _is_old(self, now: datetime) -> bool:
        if self.format.is_realtime:
            told = self.message_made_at or self.message_received_at
            return told is not None and now - told > _fresh_for(self.every)
        last = self.version.summary.days[1] if self.version and self.version.summary.days else None
        # A service day may run on after midnight, and the feed's midnight is not UTC's.
        return last is not None and now.date() > last + timedelta(days=1)


def _fresh_for(every: int) -> timedelta:
    return max(_STALE_AFTER, timedelta(seconds=3 * every))


class FeedNews(NamedTuple):
    """``kind``: ``version`` (another file counts), ``message`` (a newer message), ``changed`` (added, removed, failing
    or well again)."""

    kind: str
    feed: str


_FEEDS = """
SELECT feed.*, row_to_json(v.*) AS file, m.received_at AS message_received_at, m.made_at AS message_made_at,
    m.sha256 AS message_sha256, m.matching
FROM feed LEFT JOIN feed_version AS v ON v.id = feed.version LEFT JOIN feed_message AS m ON m.feed = feed.name
WHERE $1::text IS NULL OR feed.name = $1 ORDER BY feed.name
"""
_VERSIONS = """
SELECT v.*, feed.format FROM feed JOIN feed_version AS v ON v.id = feed.version
WHERE $1::text IS NULL OR feed.format = $1 ORDER BY feed.name
"""
_MESSAGES = """
SELECT m.feed, m.received_at, m.made_at, m.message, feed.timetable, feed.every
FROM feed_message AS m JOIN feed ON feed.name = m.feed
WHERE (feed.format = 'gbfs') = $2 AND ($1::text[] IS NULL OR m.feed = ANY($1)) ORDER BY m.feed
"""


async def known_feeds(pool: Pool) -> list[KnownFeed]:
    """All feeds, by name."""
    async with session(pool) as connection:
        return [_feed(row) for row in await connection.fetch(_FEEDS, None)]


async def known_feed(pool: Pool, name: str) -> KnownFeed:
    """One feed. Raises NotFound."""
    async with session(pool) as connection:
        row = await connection.fetchrow(_FEEDS, name)
    if row is None:
        raise NotFound(f"There is no feed {name[:40]!r}.")
    return _feed(row)


async def active_versions(pool: Pool, format_: FeedFormat | None = None) -> list[Version]:
    """The file that counts of each feed that has one, by feed."""
    async with session(pool) as connection:
        return [_version(row, row["format"]) for row in await connection.fetch(_VERSIONS, format_)]


async def fetch_file(objects: Objects, version: Version, into: Path) -> None:
    """Write the file of a version to ``into``. Raises Unavailable, or NotFound when it has been replaced meanwhile."""
    await objects.get(version.object, into)


async def realtime_messages(pool: Pool, feeds: Iterable[str] | None = None) -> list[Message]:
    """The newest good message of each feed in GTFS-Realtime, or of those named."""
    async with session(pool) as connection:
        rows = await connection.fetch(_MESSAGES, None if feeds is None else list(feeds), False)
    return _messages(rows)


async def kept_predictions(pool: Pool, feed: str) -> bytes | None:
    """What has been predicted in a feed, as it was kept last with one of its messages."""
    async with session(pool) as connection:
        kept: bytes | None = await connection.fetchval("SELECT predictions FROM feed_message WHERE feed = $1", feed)
    return kept


async def shared_systems(pool: Pool, feeds: Iterable[str] | None = None) -> list[Message]:
    """The newest good message of each system of shared bicycles, or of those named, as ``network.feeds.gbfs`` decodes
    it."""
    async with session(pool) as connection:
        return _messages(await connection.fetch(_MESSAGES, None if feeds is None else list(feeds), True))


def _messages(rows: Iterable[asyncpg.Record]) -> list[Message]:
    return [
        Message(
            feed=row["feed"],
            timetable=row["timetable"],
            received_at=row["received_at"],
            made_at=row["made_at"],
            data=row["message"],
            every=row["every"],
        )
        for row in rows
    ]


def hear_feeds(announcements: Announcements, heard: Callable[[FeedNews], None], *, missed: Callable[[], None]) -> None:
    """Have ``heard`` called whenever a feed has news; see ``Announcements.hear``."""
    announcements.hear(CHANNEL, lambda said: heard(_news(said)), missed=missed)


def _news(said: str) -> FeedNews:
    kind, _, name = said.partition(":")
    return FeedNews(kind, name)


def _feed(row: asyncpg.Record) -> KnownFeed:
    fields = {name: row[name] for name in KnownFeed.__slots__}
    file = msgspec.json.decode(row["file"]) if row["file"] else None
    fields |= {
        "format": FeedFormat(row["format"]),
        "headers": msgspec.json.decode(row["headers"]),
        "matching": msgspec.json.decode(row["matching"], type=Matching) if row["matching"] else None,
        "version": None if file is None else _version(file, row["format"]),
    }
    return KnownFeed(**fields)


def _version(row: Mapping[str, Any] | asyncpg.Record, format_: str) -> Version:
    """From a row, or from a row as JSON."""
    received, summary = row["received_at"], row["summary"]
    if isinstance(received, str):
        received = datetime.fromisoformat(received).astimezone(UTC)
    if isinstance(summary, str):
        summary = msgspec.json.decode(summary)
    fields = {name: row[name] for name in ("id", "feed", "sha256", "object", "bytes")}
    return Version(
        **fields, format=FeedFormat(format_), received_at=received, summary=msgspec.convert(summary, Summary)
    )
