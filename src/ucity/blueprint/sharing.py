"""How far a stream's readings may travel. The decision itself is taken in ``ucity.cloud.ioc.policy``."""

from enum import StrEnum


class Sharing(StrEnum):
    """From closed to open; a stream that says nothing is PRIVATE."""

    PRIVATE = "private"
    """Its owner and those who hold a grant."""
    AGGREGATED = "aggregated"
    """As PRIVATE, for single readings. Figures over its bucket are for anyone once a rule computes them into an OPEN
    stream: the city makes none by itself yet (docs/adr/0012)."""
    OPEN = "open"
    """Anyone, without a key."""
