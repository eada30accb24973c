"""Keeps the network in force as the feeds say: reads and builds beside it, swaps, and applies real-time messages."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import Message, Version, active_versions, fetch_file, realtime_messages, shared_systems
from ucity.cloud.ioc.store.objects import Objects
from ucity.cloud.routing.office import InForce, Office
from ucity.errors import UcityError
from ucity.network.feeds.formats import FeedFormat
from ucity.router.compiling import compile_ahead
from ucity.router.memory import give_back_all

if TYPE_CHECKING:
    from ucity.cloud.routing.boards import Boards
    from ucity.router.building import Built, KeptStreets, Timetables

log = structlog.get_logger()
_SUFFIXES = {FeedFormat.GTFS: ".zip", FeedFormat.OSM: ".osm.pbf"}
"""Of files that are built from, by which their readers know them."""
LOOK_EVERY = 30.0
"""Seconds between two looks at the feeds when nobody has told of news: news may get lost."""
RENEW_EVERY = 55.0
"""Seconds after which messages are applied again although they are the same: what they say grows old."""
RETRY_EVERY = 60.0
"""Seconds until the same feeds are tried again after they could not be built."""


class Networks:
    """``keep`` must be running. ``changed`` is called whenever journeys may have become other ones."""

    def __init__(self, office: Office, pool: Pool, objects: Objects, changed: Callable[[], Awaitable[None]]) -> None:
        self._office, self._pool, self._objects, self._changed = office, pool, objects, changed
        office.is_building = True  # until the first look tells whether there is a timetable
        self._news = asyncio.Event()
        self._built: tuple[str, ...] = ()
        self._streets: KeptStreets | None = None
        self._building: asyncio.Task[None] | None = None
        self._applied: tuple[object, ...] = ()
        self._offered: tuple[object, ...] = ()
        self._applied_at = 0.0
        self._failed: tuple[tuple[str, ...], float] = (), 0.0
        self.build_seconds = 0.0
        self.trouble: str | None = None

    @property
    def is_building(self) -> bool:
        """Whether another network is being built."""
        return self._building is not None and not self._building.done()

    def look(self) -> None:
        """There are news of feeds."""
        self._news.set()

    async def keep(self) -> None:
        """Follow the feeds until cancelled."""
        while True:
            try:
                await self._look()
            except UcityError as error:
                log.warning("the feeds cannot be seen", why=error.detail)
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()

    async def _look(self) -> None:
        versions = await active_versions(self._pool)
        versions = [each for each in versions if each.format in _SUFFIXES]
        if not any(each.format is FeedFormat.GTFS for each in versions):
            versions = []
        wanted = tuple(f"{each.feed} {each.sha256}" for each in versions)
        if wanted != self._built and not self.is_building and not self._has_just_failed(wanted):
            self._office.is_building = bool(versions)
            self._building = asyncio.create_task(self._renew(versions, wanted))
        elif not self.is_building:
            self._office.is_building = False
        await self._go_live()
        await self._share()

    def _has_just_failed(self, wanted: tuple[str, ...]) -> bool:
        failed, at = self._failed
        return wanted == failed and time.monotonic() - at < RETRY_EVERY

    async def _renew(self, versions: Sequence[Version], wanted: tuple[str, ...]) -> None:
        began = time.perf_counter()
        try:
            built = await self._build(versions) if versions else None
            if built and built.in_force:  # at once with what is expected, not as scheduled for a moment
                live = await self._with_messages(built.in_force, await realtime_messages(self._pool))
                live = await self._with_bicycles(live, await shared_systems(self._pool))
                built = replace(built, in_force=live)
        except Exception as error:
            self.trouble = str(error) or type(error).__name__
            log.exception("a network could not be built; the one before stays in force")
            self._failed = wanted, time.monotonic()
        else:
            self.build_seconds, self._built = time.perf_counter() - began, wanted
            self._use(built)
            await asyncio.to_thread(give_back_all)
            log.info("a network is in force", feeds=len(versions), seconds=round(self.build_seconds, 2))
            await self._changed()
        self._office.is_building = False
        self.look()

    def _use(self, built: "Built | None") -> None:
        self._streets = built.streets if built else None
        self._office.in_force = built.in_force if built else None
        self._office.ahead = None
        self.trouble = "; ".join(built.troubles) or None if built else None

    async def _go_live(self) -> None:
        """Apply the newest messages when there are others than before, and every so often for the time that passes."""
        in_force, ahead = self._office.in_force, self._office.ahead
        if in_force is None and ahead is None:
            return
        kept = await realtime_messages(self._pool)
        seen = (in_force and in_force.built_at, *((each.feed, each.received_at) for each in kept))
        is_due = bool(kept) and time.monotonic() - self._applied_at > RENEW_EVERY
        if seen == self._applied and not is_due:
            return
        if in_force is None:
            await self._put_ahead(ahead, kept)
        else:
            live = await self._with_messages(in_force, kept)
            if self._office.in_force is not in_force:  # another network has come into force meanwhile
                return
            self._office.in_force = live
        self._applied, self._applied_at = seen, time.monotonic()
        await self._changed()

    async def _put_ahead(self, boards: "Boards | None", kept: Sequence[Message]) -> None:
        """Have these boards answer, with what the messages expect, as long as there are no ways."""
        from ucity.router.messages import read_messages  # noqa: PLC0415 - see _read

        try:
            told = await asyncio.to_thread(lambda: boards and boards.told(read_messages(kept)))
        except Exception:
            log.exception("messages could not be applied; boards are as the timetable has them")
            told = boards
        if self._office.in_force is None:
            self._office.ahead = told

    async def _share(self) -> None:
        """Offer the shared bicycles that there are now, when there are others than before."""
        if self._office.in_force is None:
            return
        kept = await shared_systems(self._pool)
        seen = (self._office.in_force.built_at, *((each.feed, each.received_at) for each in kept))
        if seen == self._offered:
            return
        in_force = self._office.in_force
        shared = await self._with_bicycles(in_force, kept)
        if self._office.in_force is in_force:  # else another network has come into force meanwhile
            self._office.in_force, self._offered = shared, seen
            await self._changed()

    async def _with_bicycles(self, in_force: InForce, kept: Sequence[Message]) -> InForce:
        from ucity.router.messages import with_bicycles  # noqa: PLC0415 - see _build

        try:
            return await asyncio.to_thread(with_bicycles, in_force, kept)
        except Exception:
            log.exception("shared bicycles could not be offered; what was offered before still is")
            return in_force

    async def _with_messages(self, in_force: InForce, kept: Sequence[Message]) -> InForce:
        from ucity.router.messages import applied  # noqa: PLC0415 - see _read

        try:
            return await asyncio.to_thread(applied, in_force, kept, datetime.now(UTC))
        except Exception:
            log.exception("messages could not be applied; what was expected before still is")
            return in_force

    async def _build(self, versions: Sequence[Version]) -> "Built":
        with tempfile.TemporaryDirectory(prefix="ucity-feeds-") as folder:
            files = [(each, Path(folder) / f"{each.id}{_SUFFIXES[each.format]}") for each in versions]
            for version, file in files:
                await fetch_file(self._objects, version, file)
            read: list[Timetables] = []

            async def read_timetables() -> None:
                read.append(await self._read(files))

            await compile_ahead(files, read_timetables)
            from ucity.router.building import build_upon  # noqa: PLC0415 - see _read

            return await asyncio.to_thread(build_upon, read[0], files, self._streets)

    async def _read(self, files: Sequence[tuple[Version, Path]]) -> "Timetables":
        """Read timetables; if there is nothing in force, their boards are from now on."""
        # Loaded now and not before: a city without timetables does without what it takes.
        from ucity.router.building import read_timetables  # noqa: PLC0415

        timetables = await asyncio.to_thread(read_timetables, files)
        if self._office.in_force is None:
            await self._put_ahead(timetables.boards, await realtime_messages(self._pool))
            await self._changed()
        return timetables
