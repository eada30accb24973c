"""One rule, followed along the change feed.

The rule itself is pure. What it returns is committed in the same transaction as its place in the feed, so each change
has its effects once, whenever and wherever the process is killed.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo

import polars as pl
import structlog

from ucity.blueprint import Catalogue, Declared, Effects, Given, Readings, Rule, Stream
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Change, Committer, Feed, Pool, Position, StalePosition
from ucity.cloud.ioc.store.read import Span, history_frame
from ucity.errors import UcityError

log = structlog.get_logger()
GATHER = 0.5
"""Seconds between two runs of a rule: what arrives meanwhile is worked on together."""
_PAUSE = 0.2
_APART = timedelta(days=30)
_TICK = timedelta(microseconds=1)
_OWN = Predicate("rule", "", None)
"""The city's own rules read everything of the city's; what they write is shared as its stream declares."""


@dataclass(frozen=True)
class RuleRunner:
    """Runs ``rule`` of ``service`` (``sector/name``) in the city's time ``zone``. Several may run; one works and the
    others stand by."""

    service: str
    rule: Rule
    catalogue: Catalogue
    pool: Pool
    feed: Feed
    committer: Committer
    zone: tzinfo

    async def run(self) -> None:
        """Follow the feed until cancelled; whatever is away is waited for."""
        pause, place = _PAUSE, -1
        while True:
            try:
                began = await self.committer.position(self.rule.name)
                pause, place = (pause if began == place else _PAUSE), began
                await self._follow(place)
            except StalePosition:
                await asyncio.sleep(1)
            except UcityError as error:
                log.warning("rule waits", rule=self.rule.name, why=error.detail)
                await asyncio.sleep(min(pause, 5))
                pause *= 2
            except Exception:
                # A rule that fails must not stop the others. It is tried again, and falls behind for all to see.
                log.exception("rule fails", rule=self.rule.name)
                await asyncio.sleep(min(pause, 60))
                pause *= 2

    async def _follow(self, place: int) -> None:
        async for changes in self.feed.follow(place, stream=self._path):
            if await self.committer.rush.stand_back():
                await self.catch_up(place)
                return
            await self.take(place, changes)
            place = changes[-1].seq
            await asyncio.sleep(GATHER)

    async def catch_up(self, place: int) -> None:
        """Work on all that follows ``place``, however much has come by now: who stands back must not fall behind."""
        while changes := await self.feed.after(place, stream=self._path):
            await self.take(place, changes)
            place = changes[-1].seq

    @property
    def _path(self) -> str:
        return self._declared(self.rule.on).path

    def _declared(self, stream: Stream) -> Declared:
        return Declared(self.service, stream)

    async def take(self, place: int, changes: list[Change]) -> None:
        """Work on these changes, which follow ``place`` in the feed, and store what comes of them."""
        effects = await self._effects([each.readings for each in changes if each.readings])
        position = Position(name=self.rule.name, after=place, seq=changes[-1].seq)
        await self.committer.commit(
            Batch(
                readings=effects.readings,
                events=effects.events,
                records=effects.records,
                rule=self.rule.name,
                position=position,
            )
        )

    async def _effects(self, some: list[Readings]) -> Effects:
        if not some:
            return Effects()
        new = pl.concat([each.frame for each in some])
        effects = [await self._effects_of(part) for part in parts(new, max(_APART, 2 * self.rule.window))]
        return Effects(
            readings=tuple(readings for each in effects for readings in each.readings),
            events=tuple(event for each in effects for event in each.events),
            records=tuple(rows for each in effects for rows in each.records),
        )

    async def _effects_of(self, frame: pl.DataFrame) -> Effects:
        new = Readings(self.service, self.rule.on, frame)
        times = frame["observed_at"].sort().to_list()
        subjects = tuple(frame["subject"].unique().sort().to_list())
        wide = Span(since=times[0] - self.rule.window, until=times[-1] + self.rule.window + _TICK)
        span = replace(wide, subjects=subjects, measures=self.rule.around)
        around = await history_frame(self.pool, self.rule.on, _OWN, span)
        also = {each.name: await history_frame(self.pool, each, _OWN, wide) for each in self.rule.also}
        # Off the event loop: what a rule computes may take long.
        return await asyncio.to_thread(self.rule.then, Given(new=new, around=around, also=also, zone=self.zone))


def parts(frame: pl.DataFrame, apart: timedelta) -> list[pl.DataFrame]:
    """The readings in groups that lie further than ``apart`` from one another in time, the earliest first.

    So a reading of years ago that arrives with one of today does not have all the years between loaded.
    """
    begins = (pl.col("observed_at").diff() > apart).fill_null(value=False)
    numbered = frame.with_row_index("row").sort("observed_at").with_columns(part=begins.cum_sum())
    groups = numbered.partition_by("part", maintain_order=True)
    return [each.sort("row").drop("row", "part") for each in groups]
