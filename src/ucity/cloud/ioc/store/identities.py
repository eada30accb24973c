"""Readings with an identity of their own: where each stands, so that a corrected one is not counted twice.

An identity stands for one reading. When it comes again about another thing or time, the reading has moved: it is
withdrawn from where it stood.
"""

import polars as pl

from ucity.blueprint import Readings
from ucity.cloud.ioc.store.database import Connection

_PLACE = ("identity", "subject", "observed_at")
_NEW = """
INSERT INTO reading_identity (stream, identity, subject, observed_at)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS new(identity, subject, observed_at)
ORDER BY identity ON CONFLICT DO NOTHING
"""
_KNOWN = """
SELECT identity, subject, observed_at FROM reading_identity WHERE stream = $1 AND identity = ANY($2)
ORDER BY identity FOR UPDATE
"""
_MOVED = """
UPDATE reading_identity AS r SET subject = new.subject, observed_at = new.observed_at
FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS new(identity, subject, observed_at)
WHERE r.stream = $1 AND r.identity = new.identity
AND (r.subject, r.observed_at) IS DISTINCT FROM (new.subject, new.observed_at)
"""


async def placed(connection: Connection, readings: Readings) -> tuple[Readings, int]:
    """The readings, and behind them as many as the number says that are withdrawn: they have no values."""
    if not readings.stream.identity:
        return readings, 0
    frame = readings.frame
    places = frame.select(_PLACE).unique(maintain_order=True)
    last = frame.select(_PLACE).unique("identity", keep="last", maintain_order=True)
    name = f"{readings.service}/{readings.stream.name}"
    arguments = [last[column].to_list() for column in _PLACE]
    await connection.execute(_NEW, name, *arguments)
    known = await connection.fetch(_KNOWN, name, arguments[0])
    stood = pl.DataFrame([tuple(row) for row in known], schema=places.schema, orient="row")
    await connection.execute(_MOVED, name, *arguments)
    left = pl.concat([stood, places]).unique(maintain_order=True).join(last, on=_PLACE, how="anti")
    return Readings(readings.service, readings.stream, pl.concat([frame, left], how="diagonal")), left.height
