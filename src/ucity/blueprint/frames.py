"""The columns of readings and of records, and frames of them."""

from datetime import tzinfo

import polars as pl

from ucity.blueprint.readings import Readings
from ucity.blueprint.records import KeyKind, Records, Rows
from ucity.blueprint.stream import Kind, Stream

ColumnType = pl.DataType | type[pl.DataType]
TIME = pl.Datetime("us", "UTC")

FIXED_COLUMNS: dict[str, ColumnType] = {
    "subject": pl.String,
    "observed_at": TIME,
    "lon": pl.Float64,
    "lat": pl.Float64,
}
"""Columns that every frame of readings has before its measures and labels, with their types."""

_VALUES: dict[Kind, ColumnType] = {Kind.NUMBER: pl.Float64, Kind.TEXT: pl.String}
_KEYS: dict[KeyKind, ColumnType] = {KeyKind.TEXT: pl.String, KeyKind.TIME: TIME, KeyKind.DAY: pl.Date}


def columns_of(stream: Stream) -> dict[str, ColumnType]:
    """Column names and types of a stream's readings, in order."""
    columns = dict(FIXED_COLUMNS)
    if stream.identity:
        columns["identity"] = pl.String
    for measure in stream.measures:
        columns[measure.key] = _VALUES[measure.kind]
    for label in stream.labels:
        columns[label] = pl.String
    return columns


def empty(service: str, stream: Stream) -> Readings:
    """No readings, with all columns in place."""
    return Readings(service, stream, pl.DataFrame(schema=columns_of(stream)))


def shaped(service: str, stream: Stream, frame: pl.DataFrame) -> Readings:
    """Readings from a frame that has at least subject and observed_at: absent columns become nulls, columns that the
    stream does not declare are left out, types and order are those of ``columns_of(stream)``."""
    present = set(frame.columns)
    return Readings(
        service,
        stream,
        frame.select(
            (pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name)
            for name, kind in columns_of(stream).items()
        ),
    )


def columns_of_records(records: Records) -> dict[str, ColumnType]:
    """Column names and types of the rows of a table: those of its key, then those of its measures."""
    return {part.name: _KEYS[part.kind] for part in records.key} | {
        measure.key: _VALUES[measure.kind] for measure in records.measures
    }


def days_of(times: pl.Series, zone: tzinfo) -> pl.Series:
    """The day of the zone's calendar that each of these times falls on."""
    # By Python's time zones, which the city's profile was checked against; polars brings its own.
    return pl.Series([time.astimezone(zone).date() for time in times.to_list()], dtype=pl.Date)


def rows(records: Records, frame: pl.DataFrame) -> Rows:
    """Rows from a frame that has at least these columns, in their order and types; others are left out."""
    return Rows(records, frame.select(pl.col(name).cast(kind) for name, kind in columns_of_records(records).items()))
