"""Binary COPY of number rows straight from columns: no Python object is made for a value.

Source of the format: PostgreSQL documentation, COPY, Binary Format; a row is a 16-bit field count, then each field as a
32-bit length and its bytes, all big-endian; timestamps are microseconds since 2000-01-01 UTC.
"""

from collections.abc import AsyncIterator

import numpy as np
import polars as pl

from ucity.cloud.ioc.store.database import Connection

NUMBER_COLUMNS = ("entity", "attr", "observed_at", "recorded_at", "instance", "number")
OTHER_COLUMNS = ("entity", "attr", "observed_at", "recorded_at", "instance", "number", "text", "lon", "lat", "json")

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH_US = 946_684_800_000_000
_TYPES = {"attr": ">i4", "number": ">f8"}
_ROW = np.dtype(
    [("fields", ">i2")]
    + [part for name in NUMBER_COLUMNS for part in ((f"{name}_length", ">i4"), (name, _TYPES.get(name, ">i8")))]
)
_CHUNK = 1 << 20


def encode_numbers(rows: pl.DataFrame) -> bytes:
    """Rows with the columns of NUMBER_COLUMNS, none null, in COPY's binary format."""
    out = np.empty(rows.height, dtype=_ROW)
    out["fields"] = len(NUMBER_COLUMNS)
    for name in NUMBER_COLUMNS:
        column = rows[name]
        values = column.dt.epoch("us").to_numpy() - _EPOCH_US if column.dtype.is_temporal() else column.to_numpy()
        out[f"{name}_length"] = _ROW[name].itemsize
        out[name] = values
    return _HEADER + out.tobytes() + _TRAILER


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


async def copy_history(connection: Connection, rows: pl.DataFrame) -> None:
    """Append history rows with the columns of NUMBER_COLUMNS and OTHER_COLUMNS."""
    plain = pl.col("number").is_not_null() & pl.col("json").is_null()
    numbers = rows.filter(plain)
    if numbers.height:
        await connection.copy_to_table(
            "observation", source=_chunks(encode_numbers(numbers)), columns=NUMBER_COLUMNS, format="binary"
        )
    others = rows.filter(~plain)
    if others.height:
        await connection.copy_records_to_table(
            "observation", records=others.select(OTHER_COLUMNS).rows(), columns=OTHER_COLUMNS
        )
