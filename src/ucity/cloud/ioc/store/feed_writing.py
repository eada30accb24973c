"""Everything that changes what is known of feeds. Each change and its announcement are one transaction."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
import msgspec

from ucity.cloud.ioc.store.database import Connection, Pool, transaction
from ucity.cloud.ioc.store.feeds import CHANNEL, KnownFeed
from ucity.errors import BadInput, Conflict, NotFound
from ucity.network.feeds.formats import FeedFormat, Matching, Summary
from ucity.network.feeds.refusal import FeedRefused

KEPT = 3
"""Files of each feed that are kept, the one that counts included."""


_SUCCEEDED = """
UPDATE feed SET checked_at = $2::timestamptz, succeeded_at = $2, failing_since = NULL, failures = 0, reason = NULL,
    detail = NULL, etag = $3, modified = $4,
    next_at = CASE WHEN url IS NULL THEN NULL ELSE $2::timestamptz + every * interval '1 second' END
WHERE name = $1
"""
_FAILED = """
UPDATE feed SET checked_at = $2::timestamptz, failing_since = coalesce(failing_since, $2), failures = failures + 1,
    reason = $3, detail = $4, next_at = CASE WHEN url IS NULL THEN NULL ELSE $5::timestamptz END
WHERE name = $1
"""
_TO_BE_HEARD = "UPDATE feed SET next_at = $2 WHERE name = $1 AND url IS NULL"
_HEARD = "UPDATE feed SET next_at = NULL WHERE name = $1 AND next_at = $2"
_KEEP_PREDICTIONS = "UPDATE feed_message SET predictions = $2 WHERE feed = $1 AND $2::bytea IS NOT NULL"
_KEEP_MESSAGE = """
INSERT INTO feed_message AS kept (feed, received_at, made_at, sha256, message, matching, predictions)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (feed)
DO UPDATE SET received_at = $2, made_at = $3, sha256 = $4, message = $5, matching = $6,
    predictions = coalesce($7, kept.predictions)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed to be added; see ``KnownFeed``."""

    name: str
    format: FeedFormat
    url: str | None
    every: int
    timetable: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that was found good and is in the object store. ``etag`` and ``modified``: what its server calls it."""

    sha256: str
    object: str
    bytes: int
    summary: Summary
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A real-time message that was found good. ``matching``: of its stops and lines with the timetable's.
    ``predictions``: what has been predicted in this feed; None leaves what was kept before."""

    sha256: str
    made_at: datetime | None
    data: bytes
    etag: str | None = None
    modified: str | None = None
    matching: Matching | None = None
    predictions: bytes | None = None


async def add_feed(pool: Pool, new: NewFeed, now: datetime) -> None:
    """Add a feed, to be looked at from now on. Raises Conflict for a name that is taken, BadInput for a timetable
    that there is not."""
    async with transaction(pool) as connection:
        if new.timetable is not None and not await connection.fetchval(
            "SELECT true FROM feed WHERE name = $1 AND format = 'gtfs' FOR SHARE", new.timetable
        ):
            raise BadInput(f"There is no timetable {new.timetable[:40]!r}. Add it first.")
        try:
            await connection.execute(
                "INSERT INTO feed (name, format, url, timetable, headers, every, added_at, next_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(new.name, new.format, new.url, new.timetable, msgspec.json.encode(new.headers).decode(), new.every),
                *(now, now if new.url else None),
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"There is a feed {new.name!r} already.") from None
        await _announce(connection, "changed", new.name)


async def remove_feed(pool: Pool, name: str) -> None:
    """Remove a feed with all its files. Raises NotFound, and Conflict while real-time feeds speak of its trips."""
    async with transaction(pool) as connection:
        try:
            gone = await connection.execute("DELETE FROM feed WHERE name = $1", name)
        except asyncpg.ForeignKeyViolationError:
            detail = f"Real-time feeds speak of the timetable {name!r}. Remove them first."
            raise Conflict(detail) from None
        if gone == "DELETE 0":
            raise NotFound(f"There is no feed {name[:40]!r}.")
        await _announce(connection, "changed", name)


async def keep_file(pool: Pool, feed: KnownFeed, file: NewFile, now: datetime) -> list[str]:
    """This file counts from now on; names of objects that are needed no more. Raises NotFound when the feed was
    removed meanwhile."""
    async with transaction(pool) as connection:
        await _succeed(connection, feed, now, file)
        version = await connection.fetchval(
            "INSERT INTO feed_version (feed, sha256, object, bytes, received_at, summary)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            *(feed.name, file.sha256, file.object, file.bytes, now, msgspec.json.encode(file.summary).decode()),
        )
        await connection.execute("UPDATE feed SET version = $2 WHERE name = $1", feed.name, version)
        gone = await connection.fetch(
            "DELETE FROM feed_version WHERE feed = $1 AND id NOT IN"
            " (SELECT id FROM feed_version WHERE feed = $1 ORDER BY id DESC LIMIT $2) RETURNING object",
            *(feed.name, KEPT),
        )
        needed = await connection.fetch("SELECT object FROM feed_version WHERE feed = $1", feed.name)
        await _announce(connection, "version", feed.name)
    return sorted({row["object"] for row in gone} - {row["object"] for row in needed})


async def keep_message(pool: Pool, feed: KnownFeed, message: NewMessage, now: datetime) -> None:
    """This message is the feed's newest; of one that was sent in, the keeper of feeds is to hear. Raises NotFound when
    the feed was removed meanwhile."""
    async with transaction(pool) as connection:
        await _succeed(connection, feed, now, message)
        await connection.execute(
            _KEEP_MESSAGE,
            *(feed.name, now, message.made_at, message.sha256, message.data),
            message.matching and msgspec.json.encode(message.matching).decode(),
            message.predictions,
        )
        await connection.execute(_TO_BE_HEARD, feed.name, now)
        await _announce(connection, "message", feed.name)


async def keep_heard(pool: Pool, feed: KnownFeed, predictions: bytes | None) -> None:
    """The message that was sent in by ``feed.next_at`` has been heard; see ``NewMessage`` for ``predictions``."""
    async with transaction(pool) as connection:
        await connection.execute(_HEARD, feed.name, feed.next_at)
        await connection.execute(_KEEP_PREDICTIONS, feed.name, predictions)


async def keep_unchanged(pool: Pool, feed: KnownFeed, now: datetime) -> None:
    """The feed was asked and has nothing new."""
    async with transaction(pool) as connection:
        await _succeed(connection, feed, now, None)


async def keep_failure(pool: Pool, feed: KnownFeed, refused: FeedRefused, now: datetime) -> None:
    """The feed could not be had, or what came was refused; what counts stays. It is asked again after a pause that
    doubles from 10 seconds to its interval, or from its interval to ten minutes when that is shorter."""
    shortest = min(10, feed.every)
    pause = min(shortest * 2 ** min(feed.failures, 20), max(feed.every, 600) if feed.every < 600 else feed.every)
    next_at = now + timedelta(seconds=pause)
    async with transaction(pool) as connection:
        await connection.execute(_FAILED, feed.name, now, str(refused.reason), refused.detail, next_at)
        if feed.failing_since is None:
            await _announce(connection, "changed", feed.name)


async def _succeed(connection: Connection, feed: KnownFeed, now: datetime, got: NewFile | NewMessage | None) -> None:
    etag, modified = (got.etag, got.modified) if got else (feed.etag, feed.modified)
    done = await connection.execute(_SUCCEEDED, feed.name, now, etag, modified)
    if done == "UPDATE 0":
        raise NotFound(f"There is no feed {feed.name!r} any more.")
    if feed.failing_since:
        await _announce(connection, "changed", feed.name)


async def _announce(connection: Connection, kind: str, name: str) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{kind}:{name}")
