"""Readings turned into history rows, and the decision which of them are new. Pure calculations over columns.

A *value* is one measure of one reading: (entity, attr, observed_at, instance) says what it is, ``number``, ``text`` or
``lon`` and ``lat`` what it is worth. The same value again is a repeat; other worth for the same value is a new version.
"""

import hashlib

import polars as pl

from ucity.blueprint import Kind, Readings
from ucity.blueprint.readings import TIME
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri

KEY = ("entity", "attr", "observed_at", "instance")
WORTH = ("number", "text", "lon", "lat")
LONG: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.UInt32,
    "entity": pl.Int64,
    "attr": pl.Int32,
    "observed_at": TIME,
    "instance": pl.Int64,
    "number": pl.Float64,
    "text": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
}


def instance_of(identity: str) -> int:
    """A signed 64-bit number, never 0, that stands for a reading's own identity."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big", signed=True) or 1


def attributes_of(readings: Readings) -> list[str]:
    """Expanded names of the attributes whose history these readings carry."""
    names = [attribute_iri(key) for key in readings.stream.by_key]
    return [*names, LOCATION] if readings.stream.moves else names


def long_form(readings: Readings, entities: dict[str, int], attrs: dict[str, int]) -> pl.DataFrame:
    """One row a value, with the columns of LONG; ``row`` is the reading's place in the frame; gaps are left out.

    ``entities``: subject to entity key. ``attrs``: expanded attribute name to its number.
    """
    frame = readings.frame.with_row_index("row").with_columns(
        entity=pl.col("subject").replace_strict(entities, return_dtype=pl.Int64),
        instance=pl.col("identity").map_elements(instance_of, return_dtype=pl.Int64)
        if readings.stream.identity
        else pl.lit(0, pl.Int64),
    )
    parts = [
        _values(frame, [m.key for m in readings.stream.measures if m.kind is Kind.NUMBER], "number", attrs),
        _values(frame, [m.key for m in readings.stream.measures if m.kind is Kind.TEXT], "text", attrs),
    ]
    if readings.stream.moves:
        parts.append(frame.filter(pl.col("lon").is_not_null()).with_columns(attr=pl.lit(attrs[LOCATION], pl.Int32)))
    return pl.concat([_complete(part) for part in parts])


def _values(frame: pl.DataFrame, keys: list[str], worth: str, attrs: dict[str, int]) -> pl.DataFrame:
    numbers = {key: attrs[attribute_iri(key)] for key in keys}
    return (
        frame.select("row", "entity", "observed_at", "instance", *keys)
        .unpivot(keys, index=["row", "entity", "observed_at", "instance"], variable_name="attr", value_name=worth)
        .filter(pl.col(worth).is_not_null())
        .with_columns(pl.col("attr").replace_strict(numbers, return_dtype=pl.Int32))
    )


def _complete(part: pl.DataFrame) -> pl.DataFrame:
    return part.select(
        pl.col(name).cast(kind) if name in part.columns else pl.lit(None, kind).alias(name)
        for name, kind in LONG.items()
    )


def versions(values: pl.DataFrame) -> pl.DataFrame:
    """Values in order of key and arrival, without immediate repeats, with their ``version`` counted from 0."""
    if not values.select(KEY).is_duplicated().any():
        return values.with_columns(version=pl.lit(0, pl.UInt32))
    ordered = values.sort(*KEY, "row", maintain_order=True)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in (*KEY, *WORTH))
    kept = ordered.filter(~same.fill_null(value=False))
    return kept.with_columns(version=pl.int_range(pl.len(), dtype=pl.UInt32).over(KEY))


def split_fresh(values: pl.DataFrame, latest: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(fresh, doubtful): fresh values are later than all that is known of their attribute, so nothing to compare with.

    ``latest``: columns entity, attr, latest; attributes without any value yet are missing from it.
    """
    joined = values.join(latest, on=["entity", "attr"], how="left", maintain_order="left")
    is_fresh = pl.col("latest").is_null() | (pl.col("observed_at") > pl.col("latest"))
    return joined.filter(is_fresh), joined.filter(~is_fresh)


def without_repeats(doubtful: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Doubtful values that are not stored with the same worth already.

    ``stored``: newest version of each, with the columns KEY and WORTH.
    """
    joined = doubtful.join(
        stored.with_columns(found=pl.lit(value=True)), on=list(KEY), how="left", suffix="_stored", maintain_order="left"
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_stored")) for name in WORTH)
    repeat = pl.col("found").fill_null(value=False) & same & (pl.col("version") == 0)
    return joined.filter(~repeat).select(doubtful.columns)


def news(frame: pl.DataFrame, fresh: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    """Readings of which any value was stored, with the column ``current``: whether any became current state."""
    rows = fresh["row"].unique().sort()
    return frame[rows].with_columns(current=rows.is_in(newest["row"].implode()))


def newest(values: pl.DataFrame) -> pl.DataFrame:
    """The values that become current state: the latest of each attribute, unless a later one is known already."""
    current = values.filter(pl.col("latest").is_null() | (pl.col("observed_at") >= pl.col("latest")))
    return current.sort("observed_at", "version", "row").unique(["entity", "attr"], keep="last", maintain_order=True)
