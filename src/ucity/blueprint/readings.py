"""Readings: the form in which they travel through validation, storage and rules."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ucity.blueprint.stream import Stream

if TYPE_CHECKING:  # declarations are read by processes, too, that have no use for a library of data frames
    import polars as pl


@dataclass(frozen=True)
class Readings:
    """Readings of one stream of one service.

    ``service``: ``sector/name`` of the service that declares the stream.
    ``frame``: one row a reading, with the columns of ``frames.columns_of(stream)``: subject (identifier within its
    type), observed_at (UTC, microseconds), lon and lat (WGS 84 degrees; null when the message gave no place), identity
    (only where the stream declares one), then one column a measure in its declared unit and one a label. Null is a
    gap.
    """

    service: str
    stream: Stream
    frame: "pl.DataFrame"

    def __len__(self) -> int:
        return self.frame.height
