"""Subscriptions that cannot be told for a reason of their own, while others are told at the same endpoint.

Such is a context that is gone, or an answer of the 4xx kind, as to a wrong token. Kept in memory, by whoever sends to
the endpoint.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONGEST = 300.0
"""Seconds after which it is tried again at the latest."""


@dataclass(frozen=True)
class Trouble:
    """``times``: how often it came to nothing, one after another; ``until``: not to be tried before."""

    times: int
    until: datetime


class Troubles:
    """One for each revision of a subscription: whoever changes a subscription may have mended it."""

    def __init__(self) -> None:
        self._of: dict[int, Trouble] = {}

    def of(self, revision: int) -> Trouble | None:
        """What there is."""
        return self._of.get(revision)

    def times(self, revision: int) -> int:
        """How often it came to nothing, one after another."""
        found = self._of.get(revision)
        return found.times if found else 0

    def add(self, revision: int) -> Trouble:
        """It came to nothing once more, and is left alone for a while."""
        times = self.times(revision) + 1
        until = datetime.now(UTC) + timedelta(seconds=pause_after(times))
        found = self._of[revision] = Trouble(times, until)
        return found

    def over(self, revision: int) -> None:
        """It was told."""
        self._of.pop(revision, None)


def pause_after(times: int, least: float | None = None) -> float:
    """Seconds to wait after so many failures one after another: 1, 2, 4 ... and no less than is asked for."""
    return max(least or 0.0, min(_LONGEST, 2.0 ** min(times - 1, 20)))
