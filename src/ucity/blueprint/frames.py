"""The columns of readings, and frames of them."""

import polars as pl

from ucity.blueprint.readings import Readings
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


def columns_of(stream: Stream) -> dict[str, ColumnType]:
    """Column names and types of a stream's readings, in order."""
    columns = dict(FIXED_COLUMNS)
    if stream.identity:
        columns["identity"] = pl.String
    for measure in stream.measures:
        columns[measure.key] = pl.Float64 if measure.kind is Kind.NUMBER else pl.String
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
