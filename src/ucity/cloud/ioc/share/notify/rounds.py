"""One batch of notices on its way to one endpoint, and what this stands on."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.share.notify.batch import MOST_TOLD, Pair, Told, pieces, told_together
from ucity.cloud.ioc.share.notify.figures import DROPPED, SENT
from ucity.cloud.ioc.share.notify.owners import Owners
from ucity.cloud.ioc.share.notify.recent import Recent
from ucity.cloud.ioc.share.notify.together import Together
from ucity.cloud.ioc.share.notify.troubles import Troubles, pause_after
from ucity.cloud.ioc.store.alterations import Alteration, Altered
from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.notices import Endpoint, Notice, Notices
from ucity.cloud.ioc.store.subscriptions import Subscription
from ucity.errors import UcityError, Unavailable
from ucity.network.notify import Message, NotDeliveredError, RefusedError, Sender, Senders

log = structlog.get_logger()
KEPT = timedelta(days=1)
"""How long it is tried to send a notice."""
REFUSALS = 3
"""How often an endpoint may refuse a notice (4xx) until it is given up, and how often one is tried that a fault of ours
keeps from being made."""
UNWRITTEN = 6
"""How often it is tried, within half a minute, to make a notification for which something is away, as a context."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is sent. ``cooldown``: seconds to leave the endpoint alone after a failure, if given."""

    message: Message
    cooldown: float | None = None


Write = Callable[[Subscription, list[Alteration] | None, Predicate, str], AsyncGenerator[Letter, None]]
"""Makes the letters about these alterations (None: about how everything stands) for who may see what the predicate
says, each when the one before was sent; the text tells the notice from all others. None come when there is nothing to
say any more."""


_GATHER = 0.01
"""Seconds in which outcomes are gathered: answers of many endpoints come one by one, and are settled together."""
TOGETHER = 25
"""Notices taken off the queue together, and so sent again at most after a kill."""
Batch = list[tuple[Notice, Subscription]]


class Desk:
    """What sending stands on. Many endpoints are read for, and settled, together."""

    def __init__(self, notices: Notices, recent: Recent, write: Write, owners: Owners, senders: Senders) -> None:
        self.notices, self.recent, self.write, self.owners, self.senders = notices, recent, write, owners, senders
        self._ahead: Together[tuple[str, int], Batch] = Together(lambda asked: notices.ahead(asked, TOGETHER))
        self._settled: Together[Told, None] = Together(self._settle, _GATHER)

    async def next(self, endpoint: str, after: int) -> Batch:
        """What waits for an endpoint after this notice."""
        return await self._ahead.ask((endpoint, after))

    async def settle(self, told: Told) -> None:
        """Take off the queues what was done, and count."""
        await self._settled.ask(told)

    async def _settle(self, some: list[Told]) -> list[None]:
        done = [notice for told in some for notice in told.done]
        await self.notices.settle(done, [outcome for told in some for outcome in told.outcomes()])
        return [None] * len(some)


@dataclass(eq=False)
class Round:
    """One batch. ``state``: how the endpoint answered so far. Afterwards ``told`` is what was done, ``held`` when the
    first that must wait may be sent, ``failure`` how the endpoint stands when it failed."""

    desk: Desk
    sender: Sender
    state: Endpoint
    troubles: Troubles
    told: Told = field(default_factory=Told)
    held: datetime | None = None
    failure: Endpoint | None = None

    async def through(self, batch: Batch) -> None:
        """Send these in order, until the endpoint fails."""
        await self._read_together(batch)
        for group, subscription in told_together(batch):
            await self._take(subscription, group)
            if self.failure is not None:
                return

    async def _read_together(self, batch: Batch) -> None:
        """Have all that they tell of in memory, unless it is much, or is not to be told yet."""
        due = [notice for notice, subscription in batch if not self._is_held(subscription)]
        few = (notice.changes for notice in due if len(notice.changes) < MOST_TOLD / TOGETHER)
        try:
            await self.desk.recent.get({seq for changes in few for seq in changes})
        except (*LOST, UcityError):
            raise
        except Exception as error:  # noqa: BLE001 - the one that cannot be read is found when its turn comes
            log.warning("changes cannot be read together", why=type(error).__name__)

    async def _take(self, subscription: Subscription, group: list[Notice]) -> None:
        """Tell it, or let it wait for its time, or give it up."""
        now = datetime.now(UTC)
        free, trouble = self._free(subscription), self.troubles.of(subscription.revision)
        if subscription.deleted:
            self._give_up(group, "ended")
        elif (group[0].made_at if free is None else max(free, group[0].made_at)) < now - KEPT:
            self._give_up(group, "late")
        elif free is not None and free > now:
            self._hold(free)
        elif trouble is None or trouble.until <= now:
            await self._try(subscription, group)
        elif trouble.times < UNWRITTEN:
            self._hold(trouble.until)
        else:
            self._give_up(group, "unwritten")

    def _is_held(self, subscription: Subscription) -> bool:
        """Whether it is throttled, or in trouble of its own."""
        free = self._free(subscription)
        return self.troubles.of(subscription.revision) is not None or (free is not None and free > datetime.now(UTC))

    def _free(self, subscription: Subscription) -> datetime | None:
        """When a throttled subscription may be told again."""
        last = self.told.last.get(subscription.key, subscription.sending.last)
        throttling = subscription.document.get("throttling")
        if throttling is None or last is None:
            return None
        return last + timedelta(seconds=min(throttling, 1e9))

    def _hold(self, until: datetime) -> None:
        self.held = until if self.held is None else min(self.held, until)

    async def _try(self, subscription: Subscription, group: list[Notice]) -> None:
        """Tell it. What cannot be told for a fault of ours is tried some times, and then set aside for those after
        it; of several together, those that cannot be told alone."""
        try:
            await self._tell(subscription, group)
        except (*LOST, UcityError):
            raise
        except Exception as error:
            log.exception("a notification fails", subscription=subscription.id, notices=[each.seq for each in group])
            if group[0].refusals + 1 < REFUSALS:
                await self.desk.notices.tried(group)
                self._leave_alone(None)
            elif len(group) > 1:
                await self._try_each(subscription, group)
            else:
                await self.desk.notices.set_aside(group, f"{type(error).__name__}: {error}", datetime.now(UTC))
                DROPPED.labels("fault").inc(len(group))
                self.told.failed(subscription.key)

    async def _try_each(self, subscription: Subscription, group: list[Notice]) -> None:
        for each in group:
            await self._try(subscription, [each])
            if self.failure is not None:
                return

    async def _tell(self, subscription: Subscription, group: list[Notice]) -> None:
        predicate = await self.desk.owners.predicate(subscription.owner, subscription.tenant)
        if predicate is None:
            self._give_up(group, "policy")
            return
        try:
            for number, pairs in enumerate(pieces(group)):
                mark = f"{group[-1].seq}.{group[-1].version}{f'.{number}' if number else ''}"
                alterations = await self._read(pairs) if pairs else None
                async with aclosing(self.desk.write(subscription, alterations, predicate, mark)) as letters:
                    async for letter in letters:
                        if not await self._send(subscription, letter, group):
                            return
        except Unavailable:
            raise
        except UcityError as error:
            self._unwritten(error, subscription, group)
            return
        self.troubles.over(subscription.revision)
        self.told.done += group

    async def _read(self, pairs: list[Pair]) -> list[Alteration]:
        return list(_alterations(pairs, await self.desk.recent.get({seq for seq, _ in pairs})))

    def _unwritten(self, error: UcityError, subscription: Subscription, group: list[Notice]) -> None:
        """A notification cannot be made: not now, because a context is away, or not at all. It costs no other
        subscription anything."""
        log.warning("a notification cannot be made", subscription=subscription.id, why=error.detail)
        self.told.failed(subscription.key)
        is_for_good = error.status < 500
        if is_for_good or self.troubles.times(subscription.revision) + 1 >= UNWRITTEN:
            self._give_up(group, "unwritten")
        if not is_for_good:
            self._hold(self.troubles.add(subscription.revision).until)

    async def _send(self, subscription: Subscription, letter: Letter, group: list[Notice]) -> bool:
        """Send one; whether more may follow."""
        try:
            is_well = await self.sender.send(letter.message)
        except NotDeliveredError as error:
            SENT.labels("failed").inc()
            self.told.failed(subscription.key)
            if isinstance(error, RefusedError):
                await self._refused(subscription, letter, group)
            else:
                log.info("an endpoint fails", why=str(error), failures=self.state.failures + 1)
                self._leave_alone(letter.cooldown)
            return False
        if is_well:
            self.told.succeeded(subscription.key)
        else:
            self.told.failed(subscription.key)
        SENT.labels("ok").inc()
        return True

    async def _refused(self, subscription: Subscription, letter: Letter, group: list[Notice]) -> None:
        """The endpoint does not want this. What others send there it may want; so they are not held up, unless a
        cooldown asks for that."""
        if max(self.troubles.times(subscription.revision), group[0].refusals) + 1 >= REFUSALS:
            self._give_up(group, "refused")
        else:
            await self.desk.notices.tried(group[:1])
            self._hold(self.troubles.add(subscription.revision).until)
        if letter.cooldown:
            self._leave_alone(letter.cooldown)

    def _leave_alone(self, cooldown: float | None) -> None:
        """Send nothing more here for a while, the longer the more often it failed."""
        now, failures = datetime.now(UTC), self.state.failures + 1
        self.failure = Endpoint(
            self.state.endpoint, now + timedelta(seconds=pause_after(failures, cooldown)), failures, now
        )

    def _give_up(self, group: list[Notice], why: str) -> None:
        DROPPED.labels(why).inc(len(group))
        self.told.done += group


def _alterations(pairs: Iterable[Pair], changes: dict[int, Altered]) -> Iterable[Alteration]:
    """The alterations at places in the feed, each of one entity, in order."""
    for seq, id_ in pairs:
        if seq in changes:
            yield from changes[seq].of(id_)
