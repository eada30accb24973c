"""How far a stream's readings may travel. The decision itself is taken in ``ucity.cloud.ioc.policy``."""

from enum import StrEnum


class Sharing(StrEnum):
    """From closed to open; a stream that says nothing is PRIVATE."""

    PRIVATE = "private"
    """Its owner and those who hold a grant."""
    AGGREGATED = "aggregated"
    """Sums and means over declared buckets may be read by anyone, single readings by its owner only."""
    OPEN = "open"
    """Anyone, without a key."""
