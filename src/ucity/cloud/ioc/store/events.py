"""What rules have told: events, the newest first, in pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ucity.cloud.ioc.policy import Access, Predicate
from ucity.cloud.ioc.store.database import Pool
from ucity.cloud.ioc.store.fetching import fetch


class Place(NamedTuple):
    """Where an event stands among all, which never changes: by time, then by rule and key."""

    at: datetime
    rule: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which events: of this rule, of this kind, about one of these subjects, with since <= at < until, and older than
    the one at ``before``. None: any."""

    rule: str | None = None
    kind: str | None = None
    subjects: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Place | None = None


@dataclass(frozen=True, kw_only=True)
class KeptEvent:
    """One event as it is kept; see ``blueprint.Event``. ``recorded_at``: when the city stored it."""

    rule: str
    key: str
    kind: str
    at: datetime
    subject: str
    data: dict[str, Any]
    recorded_at: datetime

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.at, self.rule, self.key)


# One bound at each end, always there if only at infinity: PostgreSQL looks it up in the index and sifts nothing.
_EVENTS = """
SELECT rule, key, kind, at, subject, data, recorded_at FROM event
WHERE ($1::text[] IS NULL OR rule = ANY($1)) AND ($2::text IS NULL OR rule = $2) AND ($3::text IS NULL OR kind = $3)
AND ($4::text[] IS NULL OR subject = ANY($4)) AND at >= coalesce($5::timestamptz, '-infinity')
AND (at, rule, key) < (coalesce($6::timestamptz, 'infinity'), coalesce($7::text, ''), coalesce($8::text, ''))
ORDER BY at DESC, rule DESC, key DESC LIMIT $9
"""


async def newest_events(
    pool: Pool, access: Access, predicate: Predicate, asked: Asked, *, limit: int
) -> list[KeptEvent]:
    """At most ``limit`` of them, the newest first; those alone that the predicate lets be read. Raises TooSlow."""
    subjects = None if asked.subjects is None else list(asked.subjects)
    filters = (asked.rule, asked.kind, subjects, asked.since)
    rows = await fetch(pool, _EVENTS, access.rules_read(predicate), *filters, *_end(asked), limit)
    return [KeptEvent(**{**row, "data": msgspec.json.decode(row["data"])}) for row in rows]


def _end(asked: Asked) -> Place | tuple[None, None, None]:
    """The place before which all that is asked for stands: no rule and no key is before the empty text."""
    ends = [asked.before] if asked.before else []
    if asked.until:
        ends.append(Place(asked.until, "", ""))
    return min(ends, default=(None, None, None))
