"""A service's streams and rules in memory, for tests of pure calculations: no server, no store, the same contract.

Rules are woken as the city wakes them: each by the new readings of its stream, with what lies around them, and the
readings that it returns wake the next.
"""

from replay.asking import answered
from replay.made_up import made_up
from replay.memory import Memory

__all__ = ["Memory", "answered", "made_up"]
