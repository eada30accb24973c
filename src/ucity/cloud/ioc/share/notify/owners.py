"""What the makers of subscriptions may see now: asked when a change is matched and again when it is sent."""

from collections.abc import Callable
from datetime import UTC, datetime

from cachetools import TTLCache

from ucity.cloud.ioc.policy import (
    ANYONE,
    Access,
    Announcement,
    Announcements,
    Credentials,
    Predicate,
    Principal,
    hear_credentials,
)

PURPOSE = "subscription"
_SECONDS = 5.0


class Owners:
    """Remembers for some seconds what it found, and forgets at once what a key could do that changes."""

    def __init__(
        self, access: Access, credentials: Credentials, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._access, self._credentials, self._clock = access, credentials, clock
        self._known: TTLCache[tuple[str, str], Predicate | None] = TTLCache(10_000, _SECONDS)
        self._changes = 0

    def hear(self, announcements: Announcements) -> None:
        """Forget what is announced to have changed; before the announcements run."""
        hear_credentials(announcements, self._changed, missed=self._missed)

    def _changed(self, which: Announcement) -> None:
        self._changes += 1
        for owner, tenant in [known for known in self._known if known[0] == str(which)]:
            self._known.pop((owner, tenant), None)

    def _missed(self) -> None:
        self._changes += 1
        self._known.clear()

    async def predicate(self, owner: str, tenant: str) -> Predicate | None:
        """What the owner (kind:name) may see of this tenant; None when nothing, because its key is no longer good."""
        try:
            found = self._known[owner, tenant]
        except KeyError:
            found = await self._looked_up(owner, tenant)
        return None if found is None or found.has_ended(self._clock()) else found

    async def _looked_up(self, owner: str, tenant: str) -> Predicate | None:
        changes = self._changes
        maker = await self._principal(owner)
        who = self._access.in_tenant(maker, tenant) if maker is not None else None
        found = self._access.reads(who, PURPOSE) if who is not None else None
        if changes != self._changes:
            # A key has changed since it was read: it may have been this one.
            return await self._looked_up(owner, tenant)
        self._known[owner, tenant] = found
        return found

    async def _principal(self, owner: str) -> Principal | None:
        kind, _, name = owner.partition(":")
        if kind == ANYONE.kind:
            return ANYONE
        key = await self._credentials.key(name) if kind == "key" else None
        return key.principal(self._clock()) if key else None
