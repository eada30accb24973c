"""Frames as JSON, NDJSON or CSV, piece by piece, in the names that the API uses. Pure calculations."""

from enum import StrEnum

import polars as pl

_TIMES = "%Y-%m-%dT%H:%M:%S%.fZ"
_PLACE = ("lon", "lat")


class Format(StrEnum):
    """How rows are written."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """For the Content-Type header."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8",
}


def chosen(asked: Format | None, accept: str) -> Format:
    """The format that was asked for; else the one of ``Accept`` that is liked best; else JSON."""
    if asked:
        return asked
    liked = {part.split(";")[0].strip().lower(): _quality(part) for part in accept.split(",")}
    found = [(liked.get(each.media_type.split(";")[0], 0.0), each) for each in Format]
    best, fmt = max(found, key=lambda pair: pair[0])
    return fmt if best > 0 else Format.JSON


def _quality(part: str) -> float:
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def written(frame: pl.DataFrame, fmt: Format, *, first: bool) -> bytes:
    """Rows in this format. ``first``: nothing was written before, so CSV begins with its header.

    JSON comes without the brackets around it: a comma goes before every row but the very first.
    """
    if fmt is Format.CSV:
        return _flat(frame).write_csv(include_header=first).encode()
    if not frame.height:
        return b""
    lines = _nested(frame).write_ndjson().encode().rstrip(b"\n")
    if fmt is Format.NDJSON:
        return lines + b"\n"
    return (b"" if first else b",\n") + lines.replace(b"\n", b",\n")


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("observed_at").dt.strftime(_TIMES)).rename({"observed_at": "observedAt"})


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    return _timed(frame)


def _nested(frame: pl.DataFrame) -> pl.DataFrame:
    """The place as a GeoJSON point, as readings are sent."""
    point = pl.struct(type=pl.lit("Point"), coordinates=pl.concat_list(*_PLACE))
    place = pl.when(pl.col("lon").is_not_null() & pl.col("lat").is_not_null()).then(point).alias("location")
    return _timed(frame).with_columns(place).drop(_PLACE)
