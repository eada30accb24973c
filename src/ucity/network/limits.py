"""Limits on how often somebody may do something, in bounded memory."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache


class Buckets:
    """A token bucket for each key, refilled evenly.

    Kept as the one instant at which the bucket would be full again (the generic cell rate algorithm of ITU-T I.371), so
    a key costs one number. At most ``remembered`` keys are kept, the most recently used: a forgotten one starts full.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        burst: float | None = None,
        remembered: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``burst``: tokens that a full bucket holds; ten seconds' worth when not given."""
        self._interval = 60 / per_minute
        self._room = self._interval * max(1.0, per_minute / 6 if burst is None else burst)
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._remembered = remembered
        self._clock = clock

    def take(self, key: str) -> float:
        """Take a token: 0 when there was one, otherwise the seconds until there is, and nothing is taken."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + self._interval
        if full_at - now > self._room + 1e-9:
            return full_at - now - self._room
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._full_at)


@lru_cache(4096)
def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, which one home or firm has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
