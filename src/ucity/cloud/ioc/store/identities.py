"""Readings with an identity of their own: the same identity again is stored once, whatever sends it again."""

import polars as pl

from ucity.blueprint import Readings
from ucity.cloud.ioc.store.database import Connection


def _content(frame: pl.DataFrame) -> list[bytes]:
    hashed = frame.select(pl.struct(pl.all()).hash(seed=7).cast(pl.UInt64).alias("hash"))["hash"]
    return [value.to_bytes(8, "big") for value in hashed.to_list()]


async def first_seen(connection: Connection, readings: Readings) -> Readings:
    """Without readings whose identity is known with the same content; the others' identities are remembered."""
    frame = readings.frame.unique("identity", keep="last", maintain_order=True)
    name = f"{readings.service}/{readings.stream.name}"
    content = _content(frame)
    known = await connection.fetch(
        "INSERT INTO reading_identity AS r (stream, identity, content, observed_at)"
        " SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::timestamptz[]) AS new(identity, content, observed_at)"
        " ORDER BY identity ON CONFLICT (stream, identity) DO UPDATE"
        " SET content = EXCLUDED.content, observed_at = EXCLUDED.observed_at WHERE r.content <> EXCLUDED.content"
        " RETURNING identity",
        name,
        frame["identity"].to_list(),
        content,
        frame["observed_at"].to_list(),
    )
    new = {row["identity"] for row in known}
    return Readings(readings.service, readings.stream, frame.filter(pl.col("identity").is_in(new)))
