"""Current state and history as columns. Every function takes the predicate that policy made for the asker."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl

from ucity.blueprint import Kind, Stream
from ucity.blueprint.readings import TIME, ColumnType
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, short, type_iri
from ucity.cloud.ioc.store.database import Pool, session, transaction

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_AT_ONCE = 5_000
"""Values fetched at a time: no longer than some ten milliseconds of the event loop."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which part of a stream's history: since <= observed_at < until, of these subjects or of all.

    ``as_of``: only what had been recorded by then; None for all that is known now.

    """

    since: datetime
    until: datetime
    subjects: tuple[str, ...] | None = None
    as_of: datetime | None = None


def readable(stream: Stream, predicate: Predicate) -> list[str]:
    """Measures and labels of the stream that the predicate lets be read."""
    allowed = predicate.attributes([type_iri(stream.entity_type)])
    names = (*stream.by_key, *stream.labels)
    return [name for name in names if allowed is None or attribute_iri(name) in allowed]


def _shows_place(stream: Stream, predicate: Predicate) -> bool:
    allowed = predicate.attributes([type_iri(stream.entity_type)])
    return allowed is None or LOCATION in allowed


def _subject_of(stream: Stream, id_: str) -> str:
    return id_.removeprefix(stream.entity_id(""))


_CURRENT = """
SELECT id, lon, lat, district, attrs FROM entity
WHERE tenant = $1 AND types @> ARRAY[$2::text] AND deleted_at IS NULL AND ($3::text IS NULL OR district = $3)
AND ($4::text[] IS NULL OR id = ANY($4)) ORDER BY id
"""


async def current_frame(
    pool: Pool,
    stream: Stream,
    predicate: Predicate,
    *,
    district: str | None = None,
    subjects: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Newest value of every measure of each thing, with the columns that ``blueprint.City.current`` promises."""
    names, shows_place = readable(stream, predicate), _shows_place(stream, predicate)
    ids = None if subjects is None else [stream.entity_id(subject) for subject in subjects]
    rows: list[asyncpg.Record] = []
    # Whoever may not know where things are may not ask for those of a district either.
    if names and (shows_place or district is None):
        async with session(pool) as connection:
            rows = await connection.fetch(_CURRENT, predicate.tenant, type_iri(stream.entity_type), district, ids)
    states = [_state(stream, row, names) for row in rows]
    frame = pl.DataFrame(states, schema=_state_schema(stream, names), orient="row")
    return frame if shows_place else _without(frame, "district", "lon", "lat")


def _without(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, frame.schema[name]).alias(name) for name in names)


def _state_schema(stream: Stream, names: list[str]) -> dict[str, ColumnType]:
    texts = dict.fromkeys(("id", "subject", "district"), pl.String)
    kinds = {name: _kind(stream, name) for name in names}
    return {**texts, "lon": pl.Float64, "lat": pl.Float64, "observed_at": TIME, **kinds}


def _kind(stream: Stream, name: str) -> type[pl.DataType]:
    measure = stream.by_key.get(name)
    return pl.Float64 if measure and measure.kind is Kind.NUMBER else pl.String


def _state(stream: Stream, row: asyncpg.Record, names: list[str]) -> tuple[Any, ...]:
    attrs = _decode(row["attrs"])
    found = [attrs.get(attribute_iri(name), {}) for name in names]
    times = [
        each["observedAt"]
        for name, each in zip(names, found, strict=True)
        if name in stream.by_key and "observedAt" in each
    ]
    newest = max(map(datetime.fromisoformat, times), default=None)
    values = [_fitting(stream, name, each.get("value")) for name, each in zip(names, found, strict=True)]
    return (row["id"], _subject_of(stream, row["id"]), row["district"], row["lon"], row["lat"], newest, *values)


def _fitting(stream: Stream, name: str, value: Any) -> float | str | None:
    """The value, unless another writer has put something of another kind in its place."""
    if _kind(stream, name) is pl.Float64:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if isinstance(value, str) else None


_HISTORY = """
SELECT * FROM (SELECT DISTINCT ON (e.id, o.observed_at, o.instance, o.attr)
    e.id, o.observed_at, o.instance, o.attr, o.number, o.text, o.lon, o.lat, e.lon AS here_lon, e.lat AS here_lat
FROM entity AS e JOIN observation AS o ON o.entity = e.key
WHERE e.tenant = $1 AND e.types @> ARRAY[$2::text] AND ($3::text[] IS NULL OR e.id = ANY($3))
AND o.attr = ANY($4) AND o.observed_at >= $5 AND o.observed_at < $6
AND ($7::timestamptz IS NULL OR o.recorded_at <= $7)
ORDER BY e.id, o.observed_at, o.instance, o.attr, o.recorded_at DESC
) AS newest WHERE number IS NOT NULL OR text IS NOT NULL OR lon IS NOT NULL
ORDER BY id, observed_at, instance, attr
"""
_RAW: dict[str, ColumnType] = {
    "id": pl.String,
    "observed_at": TIME,
    "instance": pl.Int64,
    "attr": pl.Int32,
    "number": pl.Float64,
    "text": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "here_lon": pl.Float64,
    "here_lat": pl.Float64,
}


async def history_frame(pool: Pool, stream: Stream, predicate: Predicate, span: Span) -> pl.DataFrame:
    """The whole span in memory, in order of subject and time: subject, observed_at, lon, lat and the measures."""
    frames = [frame async for frame in history_batches(pool, stream, predicate, span)]
    return pl.concat(frames) if frames else no_history(stream, predicate)


def no_history(stream: Stream, predicate: Predicate) -> pl.DataFrame:
    """A frame without rows, with the columns of ``history_frame``."""
    return pl.DataFrame(schema=_history_schema(stream, predicate))


async def history_batches(pool: Pool, stream: Stream, predicate: Predicate, span: Span) -> AsyncGenerator[pl.DataFrame]:
    """The span in frames of some thousand readings, for streaming; columns and order as in ``history_frame``."""
    measures = [name for name in readable(stream, predicate) if name in stream.by_key]
    hidden = () if _shows_place(stream, predicate) else ("lon", "lat")
    schema = _history_schema(stream, predicate)
    if not measures:
        return
    async with transaction(pool) as connection:
        wanted = [attribute_iri(name) for name in measures] + ([LOCATION] if stream.moves else [])
        known = await connection.fetch("SELECT id, name FROM attribute WHERE name = ANY($1)", wanted)
        names = {row["id"]: short(row["name"]) for row in known}
        ids = None if span.subjects is None else [stream.entity_id(subject) for subject in span.subjects]
        kind = type_iri(stream.entity_type)
        arguments = (predicate.tenant, kind, ids, list(names), span.since, span.until, span.as_of)
        cursor = await connection.cursor(_HISTORY, *arguments)
        held: list[asyncpg.Record] = []
        while rows := await cursor.fetch(_AT_ONCE):
            whole, held = _whole_readings(held + rows)
            if whole:
                yield _without(_wide(stream, whole, names, schema), *hidden)
        if held:
            yield _without(_wide(stream, held, names, schema), *hidden)


def _history_schema(stream: Stream, predicate: Predicate) -> dict[str, ColumnType]:
    schema: dict[str, ColumnType] = {"subject": pl.String, "observed_at": TIME, "lon": pl.Float64, "lat": pl.Float64}
    return schema | {name: _kind(stream, name) for name in readable(stream, predicate) if name in stream.by_key}


def _whole_readings(rows: list[asyncpg.Record]) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """Split off the last reading, of which more values may follow."""
    last = (rows[-1]["id"], rows[-1]["observed_at"], rows[-1]["instance"])
    cut = len(rows)
    while cut and (rows[cut - 1]["id"], rows[cut - 1]["observed_at"], rows[cut - 1]["instance"]) == last:
        cut -= 1
    return rows[:cut], rows[cut:]


def _wide(
    stream: Stream, rows: list[asyncpg.Record], names: dict[int, str], schema: dict[str, ColumnType]
) -> pl.DataFrame:
    raw = pl.DataFrame([tuple(row) for row in rows], schema=_RAW, orient="row")
    pick = {name: pl.col("attr") == number for number, name in names.items()}
    columns = [
        pl.col("number" if kind is pl.Float64 else "text").filter(pick[name]).first().alias(name)
        for name, kind in schema.items()
        if name in pick
    ]
    # Where a thing that stays put is, its current state says.
    track = pick.get("location")
    place = [
        (pl.col(f"here_{axis}") if track is None else pl.col(axis).filter(track)).first().alias(axis)
        for axis in ("lon", "lat")
    ]
    wide = raw.group_by("id", "observed_at", "instance", maintain_order=True).agg(*columns, *place)
    subject = pl.col("id").str.strip_prefix(stream.entity_id("")).alias("subject")
    return wide.with_columns(subject).select(
        pl.col(name) if name in wide.columns or name == "subject" else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )
