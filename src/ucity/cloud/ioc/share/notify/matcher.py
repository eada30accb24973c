"""Follows the change feed, holds each change against the subscriptions, and queues what has to be told.

Its place in the feed moves in the transaction that queues the notices: each change is matched once, whenever and
wherever the process is killed. Several may run; one works and the others stand by.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.share.notify.figures import DROPPED
from ucity.cloud.ioc.share.notify.index import Index
from ucity.cloud.ioc.share.notify.owners import Owners
from ucity.cloud.ioc.share.notify.wanted import Wanted, fires, seen
from ucity.cloud.ioc.store import Document, Feed, Pool, StalePosition, transaction
from ucity.cloud.ioc.store.alterations import Alteration, Altered, altered_after
from ucity.cloud.ioc.store.commit import move
from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.entities import Finder
from ucity.cloud.ioc.store.feed import ALTERED
from ucity.cloud.ioc.store.notices import MATCHER, Notice, Notices, enqueue, place
from ucity.cloud.ioc.store.positions import position_of
from ucity.cloud.ioc.store.subscriptions import Subscription, Subscriptions
from ucity.errors import UcityError

log = structlog.get_logger()
Read = Callable[[Subscription], Wanted | None]
"""What a subscription wants to hear of; None when no change is (paused, or told by the clock)."""
Told = Callable[[list[Altered], set[str]], None]
_FULL_EVERY = 5.0
_PAUSE = 0.5
_GATHER = 0.02
"""Seconds between two looks at the feed while there is news: what comes meanwhile is matched and queued together."""
_DEEPEST = 16


class Matcher:
    """``told`` hears what was matched, and for which endpoints something was queued. ``run`` must be running."""

    def __init__(self, pool: Pool, feed: Feed, read: Read, owners: Owners, told: Told) -> None:
        self._pool, self._feed, self._read, self._owners, self._told = pool, feed, read, owners, told
        self._subscriptions, self._notices, self._finder = Subscriptions(pool), Notices(pool), Finder(pool)
        self._index = Index()
        self._revision = 0
        self._full: frozenset[str] = frozenset()
        self._looked = -_FULL_EVERY

    async def run(self) -> None:
        """Match until cancelled; whatever is away is waited for."""
        while True:
            try:
                await self._follow()
            except StalePosition:
                await asyncio.sleep(_PAUSE)
            except UcityError as error:
                log.warning("subscriptions wait", why=error.detail)
                await asyncio.sleep(_PAUSE)
            except Exception:
                # A fault here must not end the worker; it is tried again, and falls behind for all to see.
                log.exception("matching fails")
                await asyncio.sleep(5)

    async def _follow(self) -> None:
        at = await position_of(self._pool, MATCHER)
        while True:
            news = self._feed.waiter(ALTERED)
            altered = await altered_after(self._pool, at)
            if altered:
                await self.take(at, altered)
                at = altered[-1].seq
                await asyncio.sleep(_GATHER)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await news.wait()

    async def take(self, at: int, altered: list[Altered]) -> None:
        """Match what follows ``at`` in the feed, and store what comes of it."""
        # After the changes were read: whoever had subscribed before they were committed is known by now.
        await self._refresh()
        await self._look_for_full()
        notices = [notice for each in altered for notice in await self._notices_of(each)]
        merging = {key for key in {each.subscription for each in notices} if self._index.merges(key)}
        async with transaction(self._pool) as connection:
            await move(connection, place(at, altered[-1].seq), datetime.now(UTC))
            await enqueue(connection, notices, lambda each: each.subscription in merging or each.endpoint in self._full)
        self._told(altered, {each.endpoint for each in notices})

    async def _refresh(self) -> None:
        while changed := await self._subscriptions.changed_after(self._revision):
            for each in changed:
                wanted = None if each.deleted else self._wanted(each)
                if wanted is None:
                    self._index.remove(each.key)
                else:
                    self._index.put(wanted)
                self._revision = each.revision
            await asyncio.sleep(0)

    def _wanted(self, subscription: Subscription) -> Wanted | None:
        try:
            return self._read(subscription)
        except UcityError as error:
            # It was accepted once, by rules that have changed since. It must not stop the others.
            log.warning("subscription not understood", subscription=subscription.id, why=error.detail)
            return None

    async def _look_for_full(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked >= _FULL_EVERY:
            self._looked = now
            self._full = await self._notices.full()

    async def _notices_of(self, altered: Altered) -> list[Notice]:
        """One notice for each subscription that a row of the feed concerns, with all entities that do."""
        told: dict[int, tuple[Wanted, list[str]]] = {}
        for each in altered.alterations:
            for wanted in self._index.candidates(each):
                if altered.seq > wanted.since and await self._concerns_or_fails(each, wanted):
                    told.setdefault(wanted.key, (wanted, []))[1].append(each.document.id)
        await asyncio.sleep(0)
        return [
            Notice(
                subscription=key,
                endpoint=wanted.endpoint,
                changes=[altered.seq] * len(ids),
                entities=ids,
                made_at=datetime.now(UTC),
            )
            for key, (wanted, found) in told.items()
            if (ids := list(dict.fromkeys(found)))
        ]

    async def _concerns_or_fails(self, alteration: Alteration, wanted: Wanted) -> bool:
        """``_concerns``; a fault in it costs this subscription this change, and no other anything."""
        try:
            return await self._concerns(alteration, wanted)
        except (*LOST, UcityError):
            raise
        except Exception:
            log.exception("a change cannot be matched", subscription=wanted.key, entity=alteration.document.id)
            DROPPED.labels("fault").inc()
            return False

    async def _concerns(self, alteration: Alteration, wanted: Wanted) -> bool:
        if wanted.until is not None and wanted.until <= datetime.now(UTC):
            return False
        predicate = await self._owners.predicate(wanted.owner, wanted.tenant)
        known = seen(alteration, predicate) if predicate else None
        return known is not None and predicate is not None and await concerns(wanted, known, predicate, self._finder)


async def concerns(wanted: Wanted, alteration: Alteration, predicate: Predicate, finder: Finder) -> bool:
    """``fires``, with the entities found that a query of the subscription looks into by Relationships."""
    known: dict[str, Document | None] = {}
    for _ in range(_DEEPEST + 1):
        missing: set[str] = set()
        result = fires(wanted, alteration, partial(_known, known, missing))
        if not missing:
            return result
        there = await finder.find_all(predicate, missing)
        known |= {id_: there.get(id_) for id_ in missing}
    return False


def _known(known: dict[str, Document | None], missing: set[str], id_: str) -> Document | None:
    if id_ not in known:
        missing.add(id_)
    return known.get(id_)
