"""Taking in goes first: while a log has much waiting, what is computed of readings stands back for some seconds.

Rules write to the same things as the readings that they are about, so that each commit waits for the other's end; and
what comes in meanwhile costs less when it is worked on together.
"""

import asyncio
from contextlib import suppress

LONGEST = 5.0


class Rush:
    """Tells whether any log has much waiting. ``longest``: seconds to stand back for at most, however much it is."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
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

    async def stand_back(self) -> bool:
        """Wait until it is over, but not for too long; whether there was anything to wait for."""
        if self._over.is_set():
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._longest):
                await self._over.wait()
        return True
