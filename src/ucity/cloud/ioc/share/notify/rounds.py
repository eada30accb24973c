"""One batch of notices on its way to one endpoint, and what this stands on."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.share.notify.batch import Told, told_together
from ucity.cloud.ioc.share.notify.figures import DROPPED, SENT
from ucity.cloud.ioc.share.notify.owners import Owners
from ucity.cloud.ioc.share.notify.recent import Recent
from ucity.cloud.ioc.share.notify.together import Together
from ucity.cloud.ioc.store.alterations import Alteration, Altered
from ucity.cloud.ioc.store.database import LOST
from ucity.cloud.ioc.store.notices import Endpoint, Notice, Notices
from ucity.cloud.ioc.store.subscriptions import Subscription
from ucity.errors import UcityError
from ucity.network.notify import Message, NotDeliveredError, RefusedError, Sender, Senders

log = structlog.get_logger()
KEPT = timedelta(days=1)
"""How long it is tried to send a notice."""
REFUSALS = 3
"""How often an endpoint may refuse a notice (4xx) until it is given up, and how often it is tried to make one."""
_LONGEST = 300.0


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is sent for one notice. ``cooldown``: seconds to leave the endpoint alone after a failure, if given."""

    messages: tuple[Message, ...]
    cooldown: float | None = None


Write = Callable[[Subscription, list[Alteration] | None, Predicate, str], Awaitable[Letter | None]]
"""Makes the letter about these alterations (None: about how everything stands) for who may see what the predicate says;
the text tells the notice from all others. None when there is nothing to say any more."""


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
    told: Told = field(default_factory=Told)
    held: datetime | None = None
    failure: Endpoint | None = None

    async def through(self, batch: Batch) -> None:
        """Send these in order, until the endpoint fails."""
        await self._read_together(batch)
        for group, subscription in told_together(batch):
            if subscription.deleted or group[0].made_at < datetime.now(UTC) - KEPT:
                self._give_up(group, "ended" if subscription.deleted else "late")
            elif not self._must_wait(subscription):
                await self._try(subscription, group)
            if self.failure is not None:
                return

    async def _read_together(self, batch: Batch) -> None:
        """Have all that they tell of in memory."""
        try:
            await self.desk.recent.get({seq for notice, _ in batch for seq in notice.changes})
        except (*LOST, UcityError):
            raise
        except Exception as error:  # noqa: BLE001 - the one that cannot be read is found when its turn comes
            log.warning("changes cannot be read together", why=type(error).__name__)

    def _must_wait(self, subscription: Subscription) -> bool:
        last = self.told.last.get(subscription.key, subscription.sending.last)
        throttling = subscription.document.get("throttling")
        if throttling is None or last is None:
            return False
        free = last + timedelta(seconds=min(throttling, 1e9))
        if free <= datetime.now(UTC):
            return False
        self.held = free if self.held is None else min(self.held, free)
        return True

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
        changes = await self.desk.recent.get({seq for notice in group for seq in notice.changes})
        alterations = list(_alterations(group, changes)) if group[0].changes else None
        try:
            letter = await self.desk.write(subscription, alterations, predicate, f"{group[-1].seq}.{group[-1].version}")
        except UcityError as error:
            self._unwritten(error, subscription, group)
            return
        if letter is None:
            self.told.done += group
        else:
            await self._send(subscription, letter, group)

    def _unwritten(self, error: UcityError, subscription: Subscription, group: list[Notice]) -> None:
        """A notification cannot be made: not now, because a context or the database is away, or not at all."""
        log.warning("a notification cannot be made", subscription=subscription.id, why=error.detail)
        if error.status < 500:
            self._give_up(group, "unwritten")
        else:
            self._leave_alone(None)

    async def _send(self, subscription: Subscription, letter: Letter, group: list[Notice]) -> None:
        for message in letter.messages:
            try:
                is_well = await self.sender.send(message)
            except NotDeliveredError as error:
                self.told.failed(subscription.key)
                await self._failed(error, letter, group)
                return
            if is_well:
                self.told.succeeded(subscription.key)
            else:
                self.told.failed(subscription.key)
            SENT.labels("ok").inc()
        self.told.done += group

    async def _failed(self, error: NotDeliveredError, letter: Letter, group: list[Notice]) -> None:
        SENT.labels("failed").inc()
        if isinstance(error, RefusedError):
            if group[0].refusals + 1 >= REFUSALS:
                self._give_up(group, "refused")
                return
            await self.desk.notices.tried(group[:1])
        log.info("an endpoint fails", why=str(error), failures=self.state.failures + 1)
        self._leave_alone(letter.cooldown)

    def _leave_alone(self, cooldown: float | None) -> None:
        """Send nothing more here for a while, the longer the more often it failed."""
        now, failures = datetime.now(UTC), self.state.failures + 1
        pause = cooldown or min(_LONGEST, 2.0 ** min(failures - 1, 20))
        self.failure = Endpoint(self.state.endpoint, now + timedelta(seconds=pause), failures, now)

    def _give_up(self, group: list[Notice], why: str) -> None:
        DROPPED.labels(why).inc(len(group))
        self.told.done += group


def _alterations(group: list[Notice], changes: dict[int, Altered]) -> Iterable[Alteration]:
    """The alterations that notices are about, in order."""
    for notice in group:
        for seq, id_ in zip(notice.changes, notice.entities, strict=True):
            if seq in changes:
                yield from changes[seq].of(id_)
