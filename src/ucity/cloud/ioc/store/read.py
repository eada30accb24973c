"""Current state and history as columns. Every function takes the predicate that policy made for the asker."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl

from ucity.blueprint import Kind, Stream
from ucity.blueprint.frames import TIME, ColumnType
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, short, type_iri
from ucity.cloud.ioc.store.copy import copy_from
from ucity.cloud.ioc.store.database import Connection, Pool, session, transaction

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_AT_ONCE = 5_000
"""Values fetched at a time: no longer than some ten milliseconds of the event loop."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which part of a stream's history: since <= observed_at < until, of these subjects or of all.

    ``as_of``: only what had been recorded by then; None for all that is known now. ``measures``: only these; None for
    all. Of what moves, the place is told whatever the measures.
    """

    since: datetime
    until: datetime
    subjects: tuple[str, ...] | None = None
    as_of: datetime | None = None
    measures: tuple[str, ...] | None = None


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
AND ($4::text[] IS NULL OR id = ANY($4)) AND ($5::text[] IS NULL OR attrs ?| $5) ORDER BY id
"""


async def current_frame(
    pool: Pool,
    stream: Stream,
    predicate: Predicate,
    *,
    district: str | None = None,
    subjects: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Newest value of every measure of each thing of which the stream has told something, with the columns that
    ``blueprint.City.current`` promises."""
    names, shows_place = readable(stream, predicate), _shows_place(stream, predicate)
    ids = None if subjects is None else [stream.entity_id(subject) for subject in subjects]
    rows: list[asyncpg.Record] = []
    # Whoever may not know where things are may not ask for those of a district either.
    if names and (shows_place or district is None):
        async with session(pool) as connection:
            kind = type_iri(stream.entity_type)
            rows = await connection.fetch(_CURRENT, predicate.tenant, kind, district, ids, _telling(stream))
    states = [_state(stream, row, names) for row in rows]
    frame = pl.DataFrame(states, schema=_state_schema(stream, names), orient="row")
    return frame if shows_place else _without(frame, "district", "lon", "lat")


def _telling(stream: Stream) -> list[str] | None:
    """Attributes of which a thing has one once the stream has told of it; None where it tells labels alone."""
    names = [attribute_iri(key) for key in stream.by_key] + ([LOCATION] if stream.moves else [])
    return names or None


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


_THINGS = """
SELECT key AS entity, id, lon AS here_lon, lat AS here_lat FROM entity
WHERE tenant = $1 AND types @> ARRAY[$2::text] AND ($3::text[] IS NULL OR id = ANY($3))
"""
# The same as _HISTORY in an order that the index has, for streams of numbers. Nulls travel as NaN, which nobody can
# send, so that all rows are of one length.
_NUMBERS = """
SELECT entity, attr, observed_at, instance, coalesce(number, 'NaN'), coalesce(lon, 'NaN'), coalesce(lat, 'NaN') FROM (
SELECT DISTINCT ON (o.entity, o.attr, o.observed_at, o.instance) o.*
FROM entity AS e JOIN observation AS o ON o.entity = e.key
WHERE e.tenant = $1 AND e.types @> ARRAY[$2::text] AND ($3::text[] IS NULL OR e.id = ANY($3))
AND o.attr = ANY($4) AND o.observed_at >= $5 AND o.observed_at < $6
AND ($7::timestamptz IS NULL OR o.recorded_at <= $7)
ORDER BY o.entity, o.attr, o.observed_at, o.instance, o.recorded_at DESC
) AS newest WHERE number IS NOT NULL OR text IS NOT NULL OR lon IS NOT NULL
"""
_NUMBERS_COLUMNS = ("entity", "attr", "observed_at", "instance", "number", "lon", "lat")


@dataclass(frozen=True)
class _Question:
    """What is asked of the history. ``names``: attribute numbers to names; ``hidden``: columns that may not be seen;
    ``arguments`` of the statements above."""

    stream: Stream
    names: dict[int, str]
    schema: dict[str, ColumnType]
    hidden: tuple[str, ...]
    arguments: tuple[Any, ...]


async def history_frame(pool: Pool, stream: Stream, predicate: Predicate, span: Span) -> pl.DataFrame:
    """The whole span in memory, in order of subject and time: subject, observed_at, lon, lat and the measures."""
    if any(stream.by_key[name].kind is Kind.TEXT for name in _measures(stream, predicate, span.measures)):
        frames = [frame async for frame in history_batches(pool, stream, predicate, span)]
        return pl.concat(frames) if frames else no_history(stream, predicate, span.measures)
    async with session(pool) as connection, connection.transaction(isolation="repeatable_read"):
        question = await _question(connection, stream, predicate, span)
        if question is None:
            return no_history(stream, predicate, span.measures)
        things = await connection.fetch(_THINGS, *question.arguments[:3])
        found = await copy_from(connection, _NUMBERS, *question.arguments, columns=_NUMBERS_COLUMNS)
    # Off the event loop: a day of a whole city is some millions of values.
    return await asyncio.to_thread(_from_numbers, question, things, found)


def _from_numbers(question: _Question, things: list[asyncpg.Record], found: pl.DataFrame) -> pl.DataFrame:
    schema = {"entity": pl.Int64, "id": pl.String, "here_lon": pl.Float64, "here_lat": pl.Float64}
    known = pl.DataFrame([tuple(row) for row in things], schema=schema, orient="row")
    nulls = pl.col("number", "lon", "lat").fill_nan(None)
    raw = found.with_columns(nulls, text=pl.lit(None, pl.String)).join(known, on="entity")
    return _wide(question, raw.sort("id", "observed_at", "instance"))


def no_history(stream: Stream, predicate: Predicate, measures: tuple[str, ...] | None = None) -> pl.DataFrame:
    """A frame without rows, with the columns of ``history_frame``."""
    return pl.DataFrame(schema=_history_schema(stream, _measures(stream, predicate, measures)))


def _measures(stream: Stream, predicate: Predicate, wanted: tuple[str, ...] | None) -> list[str]:
    """Measures that are wanted and may be read."""
    allowed = [name for name in readable(stream, predicate) if name in stream.by_key]
    return allowed if wanted is None else [name for name in allowed if name in wanted]


async def history_batches(pool: Pool, stream: Stream, predicate: Predicate, span: Span) -> AsyncGenerator[pl.DataFrame]:
    """The span in frames of some thousand readings, for streaming; columns and order as in ``history_frame``."""
    async with transaction(pool) as connection:
        question = await _question(connection, stream, predicate, span)
        if question is None:
            return
        cursor = await connection.cursor(_HISTORY, *question.arguments)
        held: list[asyncpg.Record] = []
        while rows := await cursor.fetch(_AT_ONCE):
            whole, held = _whole_readings(held + rows)
            if whole:
                yield _wide(question, _raw(whole))
        if held:
            yield _wide(question, _raw(held))


async def _question(connection: Connection, stream: Stream, predicate: Predicate, span: Span) -> _Question | None:
    """None when there is nothing that the predicate lets be seen."""
    measures = _measures(stream, predicate, span.measures)
    # Whoever may read nothing of a stream may not know its times either.
    if not _measures(stream, predicate, None):
        return None
    wanted = [attribute_iri(name) for name in measures] + ([LOCATION] if stream.moves else [])
    known = await connection.fetch("SELECT id, name FROM attribute WHERE name = ANY($1)", wanted)
    names = {row["id"]: short(row["name"]) for row in known}
    ids = None if span.subjects is None else [stream.entity_id(subject) for subject in span.subjects]
    kind = type_iri(stream.entity_type)
    return _Question(
        stream=stream,
        names=names,
        schema=_history_schema(stream, measures),
        hidden=() if _shows_place(stream, predicate) else ("lon", "lat"),
        arguments=(predicate.tenant, kind, ids, list(names), span.since, span.until, span.as_of),
    )


def _history_schema(stream: Stream, measures: Sequence[str]) -> dict[str, ColumnType]:
    schema: dict[str, ColumnType] = {"subject": pl.String, "observed_at": TIME, "lon": pl.Float64, "lat": pl.Float64}
    return schema | {name: _kind(stream, name) for name in measures}


def _whole_readings(rows: list[asyncpg.Record]) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """Split off the last reading, of which more values may follow."""
    last = (rows[-1]["id"], rows[-1]["observed_at"], rows[-1]["instance"])
    cut = len(rows)
    while cut and (rows[cut - 1]["id"], rows[cut - 1]["observed_at"], rows[cut - 1]["instance"]) == last:
        cut -= 1
    return rows[:cut], rows[cut:]


def _raw(rows: list[asyncpg.Record]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in rows], schema=_RAW, orient="row")


def _wide(question: _Question, raw: pl.DataFrame) -> pl.DataFrame:
    """Values with the columns of _RAW, in order of id, time and instance, as one row a reading."""
    pick = {name: pl.col("attr") == number for number, name in question.names.items()}
    columns = [
        pl.col("number" if kind is pl.Float64 else "text").filter(pick[name]).first().alias(name)
        for name, kind in question.schema.items()
        if name in pick
    ]
    # Where a thing that stays put is, its current state says.
    track = pick.get("location")
    place = [
        (pl.col(f"here_{axis}") if track is None else pl.col(axis).filter(track)).first().alias(axis)
        for axis in ("lon", "lat")
    ]
    wide = raw.group_by("id", "observed_at", "instance", maintain_order=True).agg(*columns, *place)
    subject = pl.col("id").str.strip_prefix(question.stream.entity_id("")).alias("subject")
    told = wide.with_columns(subject).select(
        pl.col(name) if name in wide.columns or name == "subject" else pl.lit(None, kind).alias(name)
        for name, kind in question.schema.items()
    )
    return _without(told, *question.hidden)
