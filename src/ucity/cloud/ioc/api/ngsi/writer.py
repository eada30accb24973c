"""Writes of many clients, committed together: one transaction at a time, with all that came in during the one before.

Each caller hears of its own edit alone. The queue is bounded, and a caller that finds it full is told to wait, as is
one that writes while subscribers have to be told of more than the city tells them. Two edits of the same entity never
share a commit, because each of them belongs into its history.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from prometheus_client import Counter

from ucity.cloud.ioc.api.ngsi.edits import Change, Changed
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit
from ucity.cloud.ioc.store.backlog import Backlog
from ucity.cloud.ioc.store.documents import rfc3339
from ucity.errors import TooManyRequests, UcityError

REFUSED = Counter(
    "ucity_writes_refused_total", "NGSI-LD requests that were told to write later, by what was behind.", ["behind"]
)


@dataclass(eq=False)
class Job:
    """One edit and what became of it. ``check`` sees the document before and after; it raises what forbids it."""

    tenant: str
    id: str
    change: Change
    check: Callable[[Document | None, Document | None], None]
    done: "asyncio.Future[Changed]" = field(init=False)
    outcome: Changed | UcityError | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.done = asyncio.get_running_loop().create_future()

    def apply(self, doc: Document | None, now: str) -> Document | None:
        """Compute the edit; where it may not be, leave the document as it is and keep the reason."""
        try:
            outcome = self.change(doc, now)
            if outcome.document is not doc:
                self.check(doc, outcome.document)
        except UcityError as error:
            self.outcome = error
            return doc
        self.outcome = outcome
        return outcome.document

    def tell(self, failure: BaseException | None = None) -> None:
        """Let the caller know."""
        if self.done.cancelled():
            return
        if failure is not None:
            self.done.set_exception(failure)
        elif isinstance(self.outcome, Changed):
            self.done.set_result(self.outcome)
        else:
            self.done.set_exception(self.outcome or RuntimeError("the commit did not apply this edit"))


class Writer:
    """``backlog``: what subscribers have to be told; ``waiting``: edits that may wait; ``together``: edits in one
    commit."""

    def __init__(
        self,
        committer: Committer,
        clock: Callable[[], datetime],
        backlog: Backlog,
        *,
        waiting: int = 4000,
        together: int = 500,
    ) -> None:
        self._committer = committer
        self._backlog = backlog
        self._clock = clock
        self._waiting = waiting
        self._together = together
        self._queue: deque[Job] = deque()
        self._working: asyncio.Task[None] | None = None

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take edits in, in order. Raises TooManyRequests when those that wait already are too many, or what has to be
        told of earlier ones is."""
        if self._backlog.is_long():
            REFUSED.labels("telling").inc()
            raise TooManyRequests(
                "Subscribers have to be told of more changes than the city can tell just now.", retry_after=2
            )
        if len(self._queue) >= self._waiting:
            REFUSED.labels("storing").inc()
            raise TooManyRequests("The city is taking in more changes than it can store just now.", retry_after=1)
        self._queue.extend(jobs)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    async def write(self, job: Job) -> Changed:
        """Take one edit in and wait until it is stored."""
        self.submit([job])
        return await job.done

    async def _work(self) -> None:
        while self._queue:
            await self._commit(self._next())

    def _next(self) -> list[Job]:
        """The next edits, in order, at most one of each entity."""
        taken: dict[tuple[str, str], Job] = {}
        later: list[Job] = []
        while self._queue and len(taken) < self._together and len(later) < self._together:
            job = self._queue.popleft()
            if (job.tenant, job.id) in taken:
                later.append(job)
            else:
                taken[job.tenant, job.id] = job
        self._queue.extendleft(reversed(later))
        return list(taken.values())

    async def _commit(self, jobs: list[Job]) -> None:
        now = self._clock()
        edits = tuple(Edit(tenant=job.tenant, id=job.id, apply=_at(job, rfc3339(now))) for job in jobs)
        try:
            await self._committer.commit(Batch(edits=edits, at=now))
        except UcityError as error:
            _tell_all(jobs, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller has to hear of it
            await self._commit_apart(jobs, error)
        else:
            _tell_all(jobs)

    async def _commit_apart(self, jobs: list[Job], error: Exception) -> None:
        """One edit that the database does not take must not spoil the others."""
        if len(jobs) == 1:
            jobs[0].tell(_refusal(error))
            return
        for job in jobs:
            await self._commit([job])


def _at(job: Job, now: str) -> Callable[[Document | None], Document | None]:
    return lambda doc: job.apply(doc, now)


def _tell_all(jobs: list[Job], failure: BaseException | None = None) -> None:
    for job in jobs:
        job.tell(failure)


def _refusal(error: Exception) -> Any:
    if isinstance(error, asyncpg.DataError):
        return BadRequestData("The database cannot keep a value in this entity.")
    return error
