"""Puts together what tells subscribers: to be run in a worker."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ucity.cloud.ioc.api.ngsi.contexts import Contexts
from ucity.cloud.ioc.api.ngsi.fetch import Fetcher
from ucity.cloud.ioc.api.ngsi.subscriptions.letters import Letters
from ucity.cloud.ioc.policy import Access, Announcements, Credentials
from ucity.cloud.ioc.share.notify import Delivery, Desk, Matcher, Owners, Recent, keep_intervals
from ucity.cloud.ioc.store import Feed, Pool
from ucity.cloud.ioc.store.alterations import Altered
from ucity.cloud.ioc.store.contexts import StoredContexts
from ucity.cloud.ioc.store.notices import Notices
from ucity.network.notify import Senders


@dataclass(frozen=True, kw_only=True)
class Notifying:
    """``announcements``: what the process hears of, not running yet. ``private``: endpoints may lie in the city's own
    network."""

    pool: Pool
    url: str
    feed: Feed
    announcements: Announcements
    access: Access
    credentials: Credentials
    private: bool

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run, each until it is cancelled."""
        contexts = Contexts(Fetcher(private=self.access.open), StoredContexts(self.pool))
        letters = Letters(self.pool, contexts, private=self.private)
        owners, recent = Owners(self.access, self.credentials), Recent(self.pool)
        owners.hear(self.announcements)
        desk = Desk(Notices(self.pool), recent, letters.write, owners, Senders(private=self.private))
        delivery = Delivery(self.url, desk)

        def told(altered: list[Altered], endpoints: set[str]) -> None:
            if endpoints:
                recent.put(altered)
            delivery.wake(endpoints)

        matcher = Matcher(self.pool, self.feed, letters.wanted, owners, told)
        return [matcher.run(), delivery.run(), keep_intervals(self.pool, delivery.wake)]
