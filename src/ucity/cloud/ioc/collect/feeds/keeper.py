"""Asks feeds when it is time. Of several workers one does; the others stand by, and take over when it ends.

Whatever a feed does (hang, break off, answer nonsense) is that feed's matter alone: each is asked by a task of its own.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import asyncpg
import structlog
from prometheus_client import Counter

from ucity.cloud.ioc.collect.feeds.bicycles import Bicycles
from ucity.cloud.ioc.collect.feeds.files import Files, object_name
from ucity.cloud.ioc.collect.feeds.timetables import Newest
from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.feed_writing import (
    NewFile,
    NewMessage,
    keep_failure,
    keep_heard,
    keep_message,
    keep_unchanged,
)
from ucity.cloud.ioc.store.feeds import CHANNEL, KnownFeed, Message, known_feeds, realtime_messages
from ucity.errors import NotFound, UcityError
from ucity.network.feeds import gbfs
from ucity.network.feeds.bims import Known, as_gtfs_realtime
from ucity.network.feeds.fetch import Fetched, Fetcher, Source
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs import read_routes, read_stops
from ucity.network.feeds.gtfs_realtime import MOST_BYTES, Realtime, decode
from ucity.network.feeds.refusal import FeedRefused, Reason

log = structlog.get_logger()
FETCHES = Counter("ucity_feed_fetches_total", "Feeds that were asked.", ["feed", "outcome"])
_LOCK = 0x7563_6974_7904
_REALTIME_SECONDS, _FILE_SECONDS = 30.0, 1800.0
"""For a whole fetch."""
_LONGEST_SLEEP = 30.0
_BREATH = 0.1
"""Seconds between looks at the table, however much news of feeds there is."""
_LONGEST_WAIT = 15.0
_SWEEP_EVERY = 3600.0


class Listener(Protocol):
    """Hears of each new real-time message, to make readings of it."""

    async def heard(self, message: Message, said: Realtime) -> bytes | None:
        """What has been predicted, to be kept with the message now and then. Raises UcityError when it cannot hear now;
        the message is then asked for again."""
        ...


class FeedKeeper:
    """``url``: of the database, for the connection on which it is known who keeps the feeds. ``most``: bytes of a
    file. ``listener``: told of real-time messages."""

    def __init__(  # noqa: PLR0913 - all of them are what it stands on
        self,
        url: str,
        files: Files,
        fetcher: Fetcher,
        *,
        most: int,
        listener: Listener | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url, self._files, self._fetcher = url, files, fetcher
        self._most, self._listener, self._clock = most, listener, clock
        self._bicycles, self._known = Bicycles(fetcher), Newest(files, _known)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Keep feeds until cancelled; while another worker does, stand by."""
        while True:
            try:
                connection = await asyncpg.connect(self._url, server_settings={"application_name": "ucity feeds"})
                try:
                    await self._keep_on(connection)
                finally:
                    await self._stop()
                    await connection.close(timeout=1)
            except LOST:
                await asyncio.sleep(0.5)
            except UcityError as error:
                log.warning("feeds wait", why=error.detail)
                await asyncio.sleep(1)

    async def _keep_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Keep feeds for as long as this connection holds the lock, and lasts."""
        gone = asyncio.Event()

        def ended(*_: object) -> None:
            gone.set()
            self._news.set()

        connection.add_termination_listener(ended)
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.add_listener(CHANNEL, lambda *_: self._news.set())
        house = asyncio.create_task(self._keep_house())
        try:
            while not gone.is_set():
                self._news.clear()
                pause = await self._start_due()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), pause)
                await asyncio.sleep(_BREATH)
        finally:
            house.cancel()
            await asyncio.wait([house])

    async def _start_due(self) -> float:
        """Start asking the feeds whose time has come; seconds until the next one's."""
        now, pause = self._clock(), _LONGEST_SLEEP
        # From before: what is read of a feed may be older than what its task, ending meanwhile, has written.
        busy = set(self._busy)
        feeds = await known_feeds(self._files.pool)
        self._bicycles.keep({feed.name for feed in feeds})
        for name in self._busy.keys() - {feed.name for feed in feeds}:
            self._busy[name].cancel()
        for feed in feeds:
            if feed.next_at is None or feed.name in busy:
                continue
            if feed.next_at <= now:
                task = self._busy[feed.name] = asyncio.create_task(self._ask(feed))
                task.add_done_callback(partial(self._asked, feed.name))
            else:
                pause = min(pause, (feed.next_at - now).total_seconds())
        return max(pause, 0.05)

    def _asked(self, name: str, _: "asyncio.Task[None]") -> None:
        del self._busy[name]
        self._news.set()

    async def _stop(self) -> None:
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _ask(self, feed: KnownFeed) -> None:
        """Ask one feed, whatever comes of it."""
        outcome = "broken"
        try:
            outcome = await self._asked_once(feed)
        except FeedRefused as refused:
            outcome = "failed"
            log.warning("a feed fails", feed=feed.name, reason=str(refused.reason), why=refused.detail)
            await self._note(feed, keep_failure(self._files.pool, feed, refused, self._clock()))
        except NotFound:
            outcome = "removed"
        except UcityError as error:
            outcome = "waits"
            log.warning("a feed waits", feed=feed.name, why=error.detail)
            await asyncio.sleep(min(feed.every, _LONGEST_WAIT))  # its server is asked anew, and not to blame
        except Exception:
            log.exception("a feed cannot be taken in", feed=feed.name)
            damaged = FeedRefused(Reason.DAMAGED, "It could not be taken in.")
            await self._note(feed, keep_failure(self._files.pool, feed, damaged, self._clock()))
        finally:
            FETCHES.labels(feed.name, outcome).inc()

    async def _note(self, feed: KnownFeed, note: Awaitable[None]) -> None:
        try:
            await note
        except UcityError as error:
            log.warning("a feed waits", feed=feed.name, why=error.detail)
            await asyncio.sleep(1)

    async def _asked_once(self, feed: KnownFeed) -> str:
        if feed.url is None:
            return await self._hear(feed)
        if feed.format is FeedFormat.GBFS:
            return await self._take_system(feed)
        is_realtime = feed.format.is_realtime
        source = Source(url=str(feed.url), headers=feed.headers, etag=feed.etag, modified=feed.modified)
        most, seconds = (MOST_BYTES, _REALTIME_SECONDS) if is_realtime else (self._most, _FILE_SECONDS)
        with self._files.scratch() as folder:
            file = folder / "file"
            got = await self._fetcher.fetch(source, file, most=most, seconds=seconds)
            if got is None:
                await keep_unchanged(self._files.pool, feed, self._clock())
                return "unchanged"
            is_same = got.sha256 in {feed.message_sha256, feed.version and feed.version.sha256}
            # BIMS tells in how many minutes a bus comes: the same words mean another time a minute later.
            if is_same and feed.format is not FeedFormat.BIMS:
                await keep_unchanged(self._files.pool, _called(feed, got), self._clock())
                return "unchanged"
            if is_realtime:
                return await self._take_message(feed, file.read_bytes(), got)
            summary = await self._files.inspected(feed.format, file, folder)
            new = NewFile(
                sha256=got.sha256,
                object=object_name(feed, got.sha256),
                bytes=got.bytes,
                summary=summary,
                etag=got.etag,
                modified=got.modified,
            )
            await self._files.keep(feed, file, new, self._clock())
            return "new"

    async def _take_message(self, feed: KnownFeed, data: bytes, got: Fetched) -> str:
        now, matching, predictions = self._clock(), None, None
        if feed.format is FeedFormat.BIMS:
            known = await self._known.of(feed.timetable)
            data, matching = await asyncio.to_thread(as_gtfs_realtime, data, str(feed.url), now, known)
        said = await asyncio.to_thread(decode, data)
        if self._listener:
            message = Message(feed=feed.name, timetable=feed.timetable, received_at=now, made_at=said.at, data=data)
            # Before the message is kept: should it fail in between, it is asked for and heard again.
            predictions = await self._listener.heard(message, said)
        new = NewMessage(
            sha256=got.sha256,
            made_at=said.at,
            data=data,
            etag=got.etag,
            modified=got.modified,
            matching=matching,
            predictions=predictions,
        )
        await keep_message(self._files.pool, feed, new, now)
        return "new"

    async def _hear(self, feed: KnownFeed) -> str:
        """Have the listener hear a message that was sent in: it is kept already."""
        for message in await realtime_messages(self._files.pool, [feed.name]):
            said = await asyncio.to_thread(decode, message.data)
            predictions = await self._listener.heard(message, said) if self._listener else None
            await keep_heard(self._files.pool, feed, predictions)
        return "new"

    async def _take_system(self, feed: KnownFeed) -> str:
        with self._files.scratch() as folder:
            system, got = await self._bicycles.system(feed, folder)
        if got.sha256 == feed.message_sha256:
            await keep_unchanged(self._files.pool, feed, self._clock())
            return "unchanged"
        new = NewMessage(sha256=got.sha256, made_at=system.at, data=gbfs.encode(system))
        await keep_message(self._files.pool, feed, new, self._clock())
        return "new"

    async def _keep_house(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._files.clear)
                await self._files.sweep(self._clock())
            except (UcityError, *LOST) as error:
                log.warning("the house of feeds waits", why=str(error))
            await asyncio.sleep(_SWEEP_EVERY)


def _known(file: Path, folder: Path) -> Known:
    return Known(read_stops(file, scratch=folder)[0], read_routes(file, scratch=folder))


def _called(feed: KnownFeed, got: Fetched) -> KnownFeed:
    """The feed with what its server calls the file now."""
    fields = {name: getattr(feed, name) for name in KnownFeed.__slots__}
    return KnownFeed(**fields | {"etag": got.etag, "modified": got.modified})
