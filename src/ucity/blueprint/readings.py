"""Readings as columns: the form in which they travel through validation, storage and rules."""

from dataclasses import dataclass

import polars as pl

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


@dataclass(frozen=True)
class Readings:
    """Readings of one stream of one service.

    ``service``: ``sector/name`` of the service that declares the stream.
    ``frame``: one row a reading, with the columns of ``columns_of(stream)``: subject (identifier within its type),
    observed_at (UTC, microseconds), lon and lat (WGS 84 degrees; null when the message gave no place), identity
    (only where the stream declares one), then one column a measure in its declared unit and one a label. Null is a gap.
    """

    service: str
    stream: Stream
    frame: pl.DataFrame

    def __len__(self) -> int:
        return self.frame.height


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
