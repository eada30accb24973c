"""History as edits make it: a few values of each of many entities, in one statement. Readings come in columns."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ucity.cloud.ioc.store.database import Connection
from ucity.cloud.ioc.store.documents import Observed

_WORTH = ("number", "text", "lon", "lat", "json")
# Each version of a value is recorded later than the one before, by a microsecond at least, whatever the clock says: the
# latest is what counts.
_APPEND = """
INSERT INTO observation (entity, attr, observed_at, recorded_at, instance, number, text, lon, lat, json)
SELECT new.entity, new.attr, new.observed_at,
    greatest($11, stored.recorded_at + interval '1 microsecond') + version * interval '1 microsecond',
    new.instance, new.number, new.text, new.lon, new.lat, new.json
FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::bigint[], $5::int[], $6::float8[], $7::text[],
    $8::float8[], $9::float8[], $10::jsonb[])
    AS new(entity, attr, observed_at, instance, version, number, text, lon, lat, json)
LEFT JOIN LATERAL (
    SELECT recorded_at FROM observation AS o WHERE o.entity = new.entity AND o.attr = new.attr
    AND o.observed_at = new.observed_at AND o.instance = new.instance ORDER BY recorded_at DESC LIMIT 1
) AS stored ON true
"""


async def append_observed(connection: Connection, values: Sequence[tuple[int, int, Observed]], now: datetime) -> None:
    """Append what was observed, as (key of the entity, number of the attribute, value), each as the newest version."""
    if not values:
        return
    seen: Counter[tuple[int, int, datetime, int]] = Counter()
    rows: list[tuple[Any, ...]] = []
    for entity, attr, each in values:
        key = (entity, attr, each.observed_at, each.instance)
        rows.append((*key, seen[key], *(each.worth.get(name) for name in _WORTH)))
        seen[key] += 1
    await connection.execute(_APPEND, *zip(*rows, strict=True), now)
