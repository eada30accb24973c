"""Records of services: for each declared table one of PostgreSQL's, in a schema of their own.

Their names come from declarations, which take only lower case letters, digits and _; they are quoted all the same.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg
import polars as pl

from ucity.blueprint import KeyKind, Kind, Measure, Records, Rows, Text
from ucity.blueprint.frames import columns_of_records
from ucity.blueprint.records import RECORDED_AT, KeyValue
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.database import Connection, Pool, transaction
from ucity.cloud.ioc.store.fetching import fetch
from ucity.errors import BadInput, StartupError

MOST_ROWS = 20_000
"""Rows that one question may find: what bounds its memory."""
_LOCK = 0x7563_6974_790B
_KEYS = {KeyKind.TEXT: "text", KeyKind.TIME: "timestamp with time zone", KeyKind.DAY: "date"}
_VALUES = {Kind.NUMBER: "double precision", Kind.TEXT: "text"}
_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    array_position(i.indkey::int2[], a.attnum) AS place
FROM pg_attribute AS a JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_TOO_MANY: Text = {
    "ko": f"기록이 {MOST_ROWS:,}건을 넘습니다. 기간이나 대상을 줄여 주세요.",
    "en": f"These are more than {MOST_ROWS:,} records. Ask for a shorter time, or for fewer things.",
}


def _table(records: Records) -> str:
    return f'records."{records.name}"'


def _list(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


def _key(records: Records) -> list[str]:
    return [part.name for part in records.key]


def _types(records: Records) -> dict[str, str]:
    """PostgreSQL's types of the declared columns, in their order."""
    keys = {part.name: _KEYS[part.kind] for part in records.key}
    return keys | {measure.key: _VALUES[measure.kind] for measure in records.measures}


async def make_tables(pool: Pool, declared: Sequence[Records]) -> None:
    """Make the tables that are missing, and the columns of measures that were declared since. Several processes may
    call it at once. Raises StartupError for a table that is there and cannot hold what is declared.

    A column that is declared no longer stays, with what is in it: an older version of the city may be running still.
    """
    async with transaction(pool) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        for records in declared:
            await _make_table(connection, records)


async def _make_table(connection: Connection, records: Records) -> None:
    types = _types(records)
    found = await connection.fetch(_COLUMNS, _table(records))
    if not found:
        columns = ", ".join(
            f'"{name}" {kind}' for name, kind in (types | {RECORDED_AT: "timestamptz NOT NULL"}).items()
        )
        await connection.execute(f"CREATE TABLE {_table(records)} ({columns}, PRIMARY KEY ({_list(_key(records))}))")
        return
    _check_fits(records, found)
    for name in types.keys() - {row["name"] for row in found}:
        await connection.execute(f'ALTER TABLE {_table(records)} ADD COLUMN "{name}" {types[name]}')


def _check_fits(records: Records, found: Sequence[asyncpg.Record]) -> None:
    of_key = (row for row in found if row["place"] is not None)
    key = [row["name"] for row in sorted(of_key, key=itemgetter("place"))]
    types, stored = _types(records), {row["name"]: row["type"] for row in found}
    other = [f"{name} is {stored[name]}" for name in types if stored.get(name, types[name]) != types[name]]
    if key != _key(records):
        other.append(f"its key is ({', '.join(key)})")
    if other:
        raise StartupError(
            f"The table {_table(records)} was made from another declaration: {'; '.join(other)}. Declare the records "
            "under a new name, or drop the table and have the rule that writes it begin anew under another name."
        )


async def store_rows(connection: Connection, some: Iterable[Rows], now: datetime) -> None:
    """Put rows in the place of those with the same keys; what stands there already is not written again.

    Raises ValueError, and stores nothing, for rows that are not as declared. Tables and rows are written in one order,
    so that commits do not wait in a circle.
    """
    ordered = sorted((each for each in some if len(each)), key=lambda each: each.records.name)
    for _, group in groupby(ordered, key=lambda each: each.records.name):
        each = list(group)
        records = each[0].records
        frame = pl.concat([checked(rows) for rows in each])
        newest = frame.unique(_key(records), keep="last", maintain_order=True).sort(_key(records))
        await connection.execute(_put(records), *(newest[name].to_list() for name in newest.columns), now)


def checked(rows: Rows) -> pl.DataFrame:
    """The frame. Raises ValueError unless its columns are those declared, keys known, and values within their range."""
    records, frame = rows.records, rows.frame
    if dict(frame.schema) != dict(pl.Schema(columns_of_records(records))):
        raise ValueError(f"rows of {records.name} have the columns {dict(frame.schema)}")
    if missing := [name for name in _key(records) if frame[name].null_count()]:
        raise ValueError(f"rows of {records.name} without {missing[0]}, which is of their key")
    for measure in records.measures:
        if wrong := _not_valid(measure, frame[measure.key].drop_nulls()):
            raise ValueError(f"rows of {records.name} with {measure.key} {wrong[0]!r}, which cannot be")
    return frame


def _not_valid(measure: Measure, values: pl.Series) -> list[Any]:
    if measure.valid:
        return values.filter(~values.is_between(*measure.valid) | values.is_nan()).to_list()
    return values.filter(~values.is_in(list(measure.options))).to_list() if measure.options else []


def _put(records: Records) -> str:
    types, key = _types(records), _key(records)
    said = [measure.key for measure in records.measures]
    given = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types.values(), 1))
    moved = ", ".join(f'"{name}" = excluded."{name}"' for name in (*said, RECORDED_AT))
    return (
        f"INSERT INTO {_table(records)} AS kept ({_list((*types, RECORDED_AT))})"  # noqa: S608 - declared names
        f" SELECT *, ${len(types) + 1}::timestamptz FROM unnest({given})"
        f" ON CONFLICT ({_list(key)}) DO UPDATE SET {moved}"
        f" WHERE ROW({_list(said, 'kept.')}) IS DISTINCT FROM ROW({_list(said, 'excluded.')})"
    )


async def records_frame(
    pool: Pool,
    records: Records,
    predicate: Predicate,
    *,
    having: Mapping[str, Collection[KeyValue]],
    between: Mapping[str, tuple[KeyValue, KeyValue]],
) -> pl.DataFrame:
    """Rows as ``blueprint.City.records`` promises them. Raises BadInput for more than MOST_ROWS, and TooSlow."""
    types = columns_of_records(records)
    rows: list[asyncpg.Record] = []
    if predicate.shows_records(records.sharing):
        rows = await fetch(pool, *_question(records, having, between))
    if len(rows) > MOST_ROWS:
        raise BadInput(_TOO_MANY)
    # Off the event loop: some thousand rows take longer than others should wait.
    return await asyncio.to_thread(_frame, rows, types, _key(records))


def _frame(rows: Sequence[asyncpg.Record], schema: Mapping[str, Any], key: list[str]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row").sort(key)


def _question(
    records: Records, having: Mapping[str, Collection[KeyValue]], between: Mapping[str, tuple[KeyValue, KeyValue]]
) -> tuple[Any, ...]:
    """The statement and its arguments. Raises ValueError for a column that is not of the key."""
    if unknown := {*having, *between}.difference(_key(records)):
        raise ValueError(f"{sorted(unknown)} are not of the key of {records.name}")
    kinds = _types(records)
    conditions: list[str] = []
    arguments: list[Any] = []
    for name, values in having.items():
        arguments.append(list(values))
        conditions.append(f'"{name}" = ANY(${len(arguments)}::{kinds[name]}[])')
    for name, ends in between.items():
        arguments += ends
        conditions.append(f'"{name}" BETWEEN ${len(arguments) - 1} AND ${len(arguments)}')
    which = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = MOST_ROWS + 1
    return f"SELECT {_list(kinds)} FROM {_table(records)}{which} LIMIT {limit}", *arguments  # noqa: S608 - as above
