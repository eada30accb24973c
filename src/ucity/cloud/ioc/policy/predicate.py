"""What a query may see. Every query, subscription and export takes one; without one it cannot be built."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ucity.blueprint import Sharing


@dataclass(frozen=True)
class Predicate:
    """Rows and attributes that one asker may read, for one purpose, until a time.

    ``tenant``: whose data. ``types``: NGSI-LD entity type (expanded) to the attributes (expanded) that may be read,
    or None for all of them; ``types`` itself None means every type. ``until``: when it ends, None for no end.
    """

    purpose: str
    tenant: str
    types: Mapping[str, frozenset[str] | None] | None
    until: datetime | None = None

    def has_ended(self, now: datetime) -> bool:
        """Whether nothing may be read any more."""
        return self.until is not None and self.until <= now

    @property
    def everything(self) -> bool:
        """Whether every row and attribute of the tenant may be read."""
        return self.types is None

    def attributes(self, types: list[str]) -> frozenset[str] | None:
        """Attributes that may be read of an entity of these types; None for all, empty for none."""
        if self.types is None:
            return None
        allowed: set[str] = set()
        for each in types:
            if each not in self.types:
                continue
            attributes = self.types[each]
            if attributes is None:
                return None
            allowed |= attributes
        return frozenset(allowed)

    def shows_records(self, sharing: Sharing) -> bool:
        """Whether rows of the city's records that are shared so may be read."""
        return self.tenant == "" and (self.everything or sharing is Sharing.OPEN)

    def row_types(self) -> list[str] | None:
        """Types of which rows may be read, for ``types && $n``; None for all."""
        return None if self.types is None else sorted(self.types)
