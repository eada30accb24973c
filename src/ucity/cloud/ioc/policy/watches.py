"""Answers that do not end by themselves, like an open map: how many one asker may have, and their end when its
credential changes."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ucity.cloud.ioc.policy.announcements import Announcement
from ucity.cloud.ioc.policy.principal import ANYONE, Principal
from ucity.errors import TooManyRequests
from ucity.network.limits import address_key

MOST = 2_000
MOST_OF_ONE = 200
"""Of one key, or of one address without a key: behind it may be a whole school."""


class Watches:
    """All that are open in this process. Of a key that changed, all end; who still may opens them anew."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._open: dict[asyncio.Event, Principal] = {}
        self._held: Counter[str] = Counter()

    @contextmanager
    def watch(self, who: Principal, address: str) -> Iterator[asyncio.Event]:
        """Open one for as long as the context lasts; the event is set when it has to end. Raises TooManyRequests."""
        holder = f"address:{address_key(address)}" if who == ANYONE else str(who)
        if len(self._open) >= self._most or self._held[holder] >= self._most_of_one:
            raise TooManyRequests("Too many live answers are open just now. Close one, or try later.", retry_after=10)
        ended = asyncio.Event()
        self._open[ended] = who
        self._held[holder] += 1
        try:
            yield ended
        finally:
            del self._open[ended]
            self._held[holder] -= 1
            if not self._held[holder]:
                del self._held[holder]

    def end(self, which: Announcement) -> None:
        """This credential has changed."""
        for ended, who in self._open.items():
            if (who.kind, who.name) == which:
                ended.set()

    def end_all(self) -> None:
        """Any credential may have changed: whoever showed one has to show it again."""
        for ended, who in self._open.items():
            if who != ANYONE:
                ended.set()
