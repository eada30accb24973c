"""Taking in goes first: while a log has much waiting, what is computed of readings stands back for some seconds.

Rules write to the same things as the readings that they are about, so that each commit waits for the other's end; and
what comes in meanwhile costs less when it is worked on together.
"""

import asyncio
from contextlib import suppress

LONGEST = 5.0
"""Seconds that rules stand back for at most, however much there is to take in."""


class Rush:
    """Tells whether any log has much waiting."""

    def __init__(self) -> None:
        self._logs: set[str] = set()
        self._over = asyncio.Event()
        self._over.set()

    def tell(self, log: str, *, much: bool) -> None:
        """Whether this log has much waiting now."""
        if much:
            self._logs.add(log)
            self._over.clear()
        else:
            self._logs.discard(log)
            if not self._logs:
                self._over.set()

    async def stand_back(self, longest: float = LONGEST) -> bool:
        """Wait until it is over, but not for longer than some seconds; whether there was anything to wait for."""
        if self._over.is_set():
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._over.wait()
        return True
