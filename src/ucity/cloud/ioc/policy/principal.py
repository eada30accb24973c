"""Who is asking."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What an API key was made for."""

    READ = "read"
    """Read everything of its tenant, PRIVATE streams included."""
    WRITE = "write"
    """Send readings and write entities of its tenant."""
    MANAGE = "manage"
    """Keys, devices, feeds, quarantine and the city's own health."""


@dataclass(frozen=True)
class Principal:
    """``kind``: anyone, key or device. ``name`` identifies it within its kind. ``streams``: ``service/stream`` paths
    that a device may send. ``speaks_for``: subjects that a gateway may send readings of, or None for itself alone.
    ``until``: when its credential expires, or None."""

    kind: str
    name: str
    tenant: str = ""
    scopes: frozenset[Scope] = frozenset()
    streams: frozenset[str] = frozenset()
    speaks_for: frozenset[str] | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


ANYONE = Principal("anyone", "")
"""A visitor without a key."""
