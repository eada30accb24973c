"""Values of attributes taken together over periods, in the database and on typed columns.

Source: ETSI GS CIM 009 V1.9.1, clause 4.5.19.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store.database import Pool
from ucity.cloud.ioc.store.evolution import Subject, Wanted, newest
from ucity.cloud.ioc.store.fetching import fetch
from ucity.cloud.ioc.store.query.compile import Compiler

_MEASURE = (
    "CASE WHEN number IS NOT NULL THEN number"
    " WHEN jsonb_typeof(json->'value') = 'number' THEN (json->'value')::float8"
    " WHEN jsonb_typeof(json->'value') = 'boolean' THEN (json->'value')::boolean::int"
    " WHEN jsonb_typeof(held) = 'array' THEN jsonb_array_length(held) END"
)
_HELD = "coalesce(json->'value', json->'valueList')"
_TEXT = "coalesce(text, json->'value'->>'@value')"
_WORTH = (
    "coalesce(text, (json->'value')::text, (json->'object')::text, (json->'vocab')::text,"
    " (json->'languageMap')::text, (json->'json')::text, (json->'valueList')::text, (json->'objectList')::text)"
    ' COLLATE "C"'
)
_DATASET = "CASE WHEN instance <> 0 THEN json->>'datasetId' END"
_NO_NUMBER = "(WHERE number IS NULL)"
"""Of numbers, nothing need be looked up in JSON."""
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d{1,6})?Z?$"
_TIME_OF_DAY = (
    "CASE WHEN json->'value'->>'@type' IN ('Time', 'https://uri.etsi.org/ngsi-ld/Time')"
    f" AND json->'value'->>'@value' ~ '{_CLOCK}'"
    " THEN extract(epoch FROM rtrim(replace(json->'value'->>'@value', ',', '.'), 'Z')::time) END"
)
_MEAN_TIME = f"time '00:00' + make_interval(secs => round(avg({_TIME_OF_DAY}) FILTER {_NO_NUMBER}, 6)::float8)"
_LARGE = 1e140
"""The square of a number below it is far enough from the end of doubles for sums of any length."""
_SQUARE = "CASE WHEN abs(measure) > 1e-140 THEN measure * measure ELSE 0 END"


def _below(bound: float, aggregate: str) -> str:
    """What the aggregate makes of measures that are all below the bound; nothing otherwise, where it could overflow."""
    below = f"abs(measure) < {bound}::float8"
    return f"CASE WHEN bool_and({below}) THEN {aggregate} FILTER (WHERE {below}) END"


METHODS = {
    "totalCount": "count(*)",
    "distinctCount": f"count(DISTINCT number) + count(DISTINCT {_WORTH}) FILTER {_NO_NUMBER}",
    "sum": _below(1e290, "sum(measure)"),
    "avg": f"coalesce(to_jsonb({_below(_LARGE, 'avg(measure)')}), to_jsonb(({_MEAN_TIME})::text || 'Z'))",
    "min": f'coalesce(to_jsonb(min(measure)), to_jsonb(min({_TEXT} COLLATE "C") FILTER {_NO_NUMBER}))',
    "max": f'coalesce(to_jsonb(max(measure)), to_jsonb(max({_TEXT} COLLATE "C") FILTER {_NO_NUMBER}))',
    "stddev": _below(_LARGE, "stddev_pop(measure)"),
    "sumsq": _below(_LARGE, f"sum({_SQUARE})"),
}
"""Method to its expression. What it does not apply to has no value."""


@dataclass(frozen=True)
class Aggregate:
    """What came of the instances of one attribute and of one datasetId within one period, counted from 0; ``values`` by
    method."""

    entity: int
    name: str
    dataset: str | None
    kind: str
    period: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Aggregation:
    """``methods``, applied to each period; ``starts``: where the periods begin, in order; ``most``: attributes and
    periods of which it is told."""

    methods: Sequence[str]
    starts: Sequence[datetime]
    most: int


async def span(
    pool: Pool, predicate: Predicate, of: Sequence[Subject], wanted: Wanted
) -> tuple[datetime, datetime] | None:
    """The first and the last time of all wanted instances; None when there are none."""
    compiler = Compiler(predicate)
    sql = f"SELECT min(time), max(time) FROM ({newest(compiler, predicate, of, wanted)}) AS v"  # noqa: S608 - see search
    row = (await fetch(pool, sql, *compiler.arguments))[0]
    return None if row["min"] is None else (row["min"], row["max"])


async def aggregates(
    pool: Pool, predicate: Predicate, of: Sequence[Subject], wanted: Wanted, how: Aggregation
) -> list[Aggregate]:
    """What the methods make of the wanted instances of each attribute, by datasetId and period. Marks of deletion are
    no values."""
    compiler = Compiler(predicate)
    values = (
        f"SELECT entity, attr, {_DATASET} AS dataset, number, text, json, {_HELD} AS held,"  # noqa: S608 - see search
        f" coalesce(json->>'type', CASE WHEN lon IS NULL THEN 'Property' ELSE 'GeoProperty' END) AS kind,"
        f" width_bucket(time, {compiler.given(list(how.starts), 'timestamptz[]')}) - 1 AS period"
        f" FROM ({newest(compiler, predicate, of, wanted)}) AS v"
    )
    measured = f"SELECT *, ({_MEASURE})::float8 AS measure FROM ({values}) AS w"  # noqa: S608 - see search
    columns = ", ".join(f'{METHODS[each]} AS "{each}"' for each in how.methods)
    grouped = (
        f'SELECT entity, attr, dataset, min(kind COLLATE "C") AS kind, period, {columns} FROM ({measured}) AS m'  # noqa: S608 - see search
        " GROUP BY entity, attr, dataset, period"
    )
    sql = (
        f"SELECT g.*, a.name FROM ({grouped}) AS g JOIN attribute AS a ON a.id = g.attr"  # noqa: S608 - see search
        f" ORDER BY entity, a.name, dataset NULLS FIRST, period LIMIT {compiler.given(how.most, 'bigint')}"
    )
    rows = await fetch(pool, sql, *compiler.arguments)
    return [
        Aggregate(
            row["entity"],
            row["name"],
            row["dataset"],
            row["kind"],
            row["period"],
            {each: _plain(row[each]) for each in how.methods},
        )
        for row in rows
    ]


def _plain(value: Any) -> Any:
    """A value as JSON has it; least and greatest ones come as JSON already."""
    if isinstance(value, str):
        return msgspec.json.decode(value)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
