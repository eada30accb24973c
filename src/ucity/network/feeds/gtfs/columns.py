"""Texts of a CSV column as values: expressions over whole columns."""

import polars as pl

from ucity.network.feeds.gtfs.schema import DTYPES, Column, Type

_TIME = r"^(\d{1,3}):([0-5]\d):([0-5]\d)$"
_LATEST = 168 * 3600
"""Seconds in a week: no run of a vehicle is longer."""


def text(name: str) -> pl.Expr:
    """The column's text without space around it; null where there is none."""
    stripped = pl.col(name).str.strip_chars(" \t\r\n\u00a0\ufeff")
    return pl.when(stripped != "").then(stripped)


def value(column: Column) -> pl.Expr:
    """The column in its type; null where nothing is said or it cannot be read as that."""
    raw = text(column.name)
    match column.type:
        case Type.WHOLE:
            parsed = raw.cast(pl.Int64, strict=False)
            return _within(parsed, column).cast(pl.Int32, strict=False)
        case Type.NUMBER:
            parsed = raw.cast(pl.Float64, strict=False)
            return _within(pl.when(parsed.is_finite()).then(parsed), column)
        case Type.TIME:
            return _seconds(raw)
        case Type.DAY:
            return pl.when(raw.str.contains(r"^\d{8}$")).then(raw).str.to_date("%Y%m%d", strict=False)
        case Type.COLOR:
            return raw.str.extract("^#?([0-9A-Fa-f]{6})$", 1).str.to_uppercase()
        case _:
            return raw


def absent(column: Column) -> pl.Expr:
    """What a column that the file has not is: its default, or null."""
    return pl.lit(column.default, dtype=DTYPES[column.type])


def _within(parsed: pl.Expr, column: Column) -> pl.Expr:
    return pl.when(parsed.is_between(column.low, column.high)).then(parsed)


def _seconds(raw: pl.Expr) -> pl.Expr:
    parts = [raw.str.extract(_TIME, group).cast(pl.Int32, strict=False) for group in (1, 2, 3)]
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    return pl.when(seconds <= _LATEST).then(seconds)
