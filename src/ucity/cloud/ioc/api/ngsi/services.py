"""What the NGSI-LD API stands on, and how much it takes at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from ucity.cloud.ioc.api.ngsi.contexts import Contexts
from ucity.cloud.ioc.api.ngsi.declared import DeclaredTypes
from ucity.cloud.ioc.api.ngsi.edits import Change, Changed
from ucity.cloud.ioc.api.ngsi.fetch import Fetcher
from ucity.cloud.ioc.api.ngsi.writer import Job, Writer
from ucity.cloud.ioc.policy import Access, Predicate, Principal
from ucity.cloud.ioc.store import Committer, Pool
from ucity.cloud.ioc.store.backlog import Backlog
from ucity.cloud.ioc.store.contexts import StoredContexts
from ucity.cloud.ioc.store.entities import Finder
from ucity.cloud.ioc.store.subscriptions import Subscriptions

PURPOSE = "ngsi-ld"


@dataclass(frozen=True, kw_only=True)
class NgsiServices:
    """``pool`` is for reading, ``committer`` for writing. ``body_bytes``: largest body; ``batch_entities``: most
    entities in one batch; ``page_entities``: most on one page. ``context_status``: the answer when a JSON-LD
    context cannot be had, 504 as the newest text has it, or 503 as older ones do. ``private_receivers``:
    notifications may go to addresses in the city's own network. ``subscriptions_per_key``: most that one may have."""

    pool: Pool
    committer: Committer
    access: Access
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    body_bytes: int = 16 * 1024 * 1024
    batch_entities: int = 1000
    page_entities: int = 1000
    context_status: int = 504
    private_receivers: bool = False
    subscriptions_per_key: int = 10_000


class Broker:
    """What the handlers share: the services, and what is remembered between requests."""

    def __init__(self, services: NgsiServices) -> None:
        self.services = services
        self.finder = Finder(services.pool)
        self.stored_contexts = StoredContexts(services.pool)
        self.contexts = Contexts(Fetcher(private=services.access.open), self.stored_contexts, services.clock)
        self.subscriptions = Subscriptions(services.pool, most=services.subscriptions_per_key)
        self.since = services.clock()
        self.writer = Writer(services.committer, services.clock, Backlog(services.pool))
        self.declared = DeclaredTypes(services.access.catalogue, services.clock)
        # Asked at each read, and always the same for the same asker.
        self.reads: Callable[[Principal], Predicate] = lru_cache(maxsize=1024)(self._reads)

    def _reads(self, who: Principal) -> Predicate:
        return self.services.access.reads(who, PURPOSE)

    def job(self, who: Principal, id_: str, change: Change) -> Job:
        """An edit for the writer, held against what the services declare."""
        return Job(who.tenant, id_, change, self.declared.check)

    async def write(self, who: Principal, id_: str, change: Change) -> Changed:
        """Make one edit and wait until it is stored."""
        return await self.writer.write(self.job(who, id_, change))
