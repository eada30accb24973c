"""What the makers of subscriptions may see now: asked when a change is matched and again when it is sent."""

from collections.abc import Callable
from datetime import UTC, datetime

from cachetools import TTLCache

from ucity.cloud.ioc.policy import ANYONE, Access, Credentials, Predicate, Principal

PURPOSE = "subscription"
_SECONDS = 5.0


class Owners:
    """Remembers for some seconds what it found."""

    def __init__(
        self, access: Access, credentials: Credentials, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._access, self._credentials, self._clock = access, credentials, clock
        self._known: TTLCache[tuple[str, str], Predicate | None] = TTLCache(10_000, _SECONDS)

    async def predicate(self, owner: str, tenant: str) -> Predicate | None:
        """What the owner (kind:name) may see of this tenant; None when nothing, because its key is no longer good."""
        if (owner, tenant) not in self._known:
            who = await self._principal(owner)
            good = who is not None and who.tenant == tenant
            self._known[owner, tenant] = self._access.reads(who, PURPOSE) if who and good else None
        found = self._known.get((owner, tenant))
        return None if found is None or found.has_ended(self._clock()) else found

    async def _principal(self, owner: str) -> Principal | None:
        kind, _, name = owner.partition(":")
        if kind == ANYONE.kind:
            return ANYONE
        key = await self._credentials.key(name) if kind == "key" else None
        return key.principal(self._clock()) if key else None
