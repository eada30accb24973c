"""Readings turned into history rows, and the decision which of them are new. Pure calculations over columns.

A *value* is one measure of one reading: (entity, attr, observed_at, instance) says what it is, ``number``, ``text`` or
``lon`` and ``lat`` what it is worth. The same value again is a repeat; other worth for the same value is a new version.
"""

from collections.abc import Collection
from datetime import datetime

import polars as pl

from ucity.blueprint import Kind, Readings
from ucity.blueprint.frames import TIME
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri
from ucity.cloud.ioc.store.documents import instance_of

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


def attributes_of(readings: Readings) -> list[str]:
    """Expanded names of the attributes whose history these readings carry."""
    names = [attribute_iri(key) for key in readings.stream.by_key]
    return [*names, LOCATION] if readings.stream.moves else names


def long_form(readings: Readings, entities: dict[str, int], attrs: dict[str, int], withdrawn: int = 0) -> pl.DataFrame:
    """One row a value, with the columns of LONG; ``row`` is the reading's place in the frame; gaps are left out.

    ``entities``: subject to entity key. ``attrs``: expanded attribute name to its number. ``withdrawn``: so many of the
    last readings are withdrawn; of them there is a row without worth for each attribute.
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
    if withdrawn:
        gone = frame.tail(withdrawn).select("row", "entity", "observed_at", "instance")
        parts += [gone.with_columns(attr=pl.lit(attrs[name], pl.Int32)) for name in attributes_of(readings)]
    return pl.concat([_complete(part) for part in parts])


def _values(frame: pl.DataFrame, keys: list[str], worth: str, attrs: dict[str, int]) -> pl.DataFrame:
    numbers = {key: attrs[attribute_iri(key)] for key in keys}
    return (
        frame.select("row", "entity", "observed_at", "instance", *keys)
        .unpivot(keys, index=["row", "entity", "observed_at", "instance"], variable_name="attr", value_name=worth)
        .filter(pl.col(worth).is_finite() if worth == "number" else pl.col(worth).is_not_null())
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


def split_fresh(
    values: pl.DataFrame, latest: pl.DataFrame, edited: Collection[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(fresh, doubtful): fresh values are later than all that is known of their attribute, so nothing to compare with.

    ``latest``: columns entity, attr, latest; attributes without any value yet are missing from it. ``edited``: entities
    of which current state does not tell what is known, since anybody may have changed it.
    """
    joined = values.join(latest, on=["entity", "attr"], how="left", maintain_order="left")
    joined = joined.with_columns(after=pl.lit(None, TIME))
    is_later = pl.col("latest").is_null() | (pl.col("observed_at") > pl.col("latest"))
    is_fresh = is_later & ~pl.col("entity").is_in(list(edited)) & _has_worth()
    return joined.filter(is_fresh), joined.filter(~is_fresh)


def _has_worth() -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_not_null() for name in WORTH)


def after_stored(values: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """The values with the column ``after``: when the newest stored version of each was recorded."""
    recorded = stored.select(*KEY, after="recorded_at")
    return values.drop("after", strict=False).join(recorded, on=list(KEY), how="left", maintain_order="left")


def without_repeats(doubtful: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Doubtful values that are not stored with the same worth already. What is not there is not withdrawn either.

    ``stored``: newest version of each, with the columns KEY, WORTH and recorded_at.
    """
    joined = after_stored(doubtful, stored).join(
        stored.drop("recorded_at"), on=list(KEY), how="left", suffix="_stored", maintain_order="left"
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_stored")) for name in WORTH)
    repeat = (pl.col("after").is_not_null() | ~_has_worth()) & same & (pl.col("version") == 0)
    return joined.filter(~repeat).select(doubtful.columns)


def recorded(values: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The values with recorded_at, for the history.

    Each version is recorded later than the one before, by a microsecond at least, whatever the clock says: the latest
    is what counts.
    """
    first = pl.max_horizontal(pl.lit(now, TIME), pl.col("after") + pl.duration(microseconds=1))
    return values.with_columns(recorded_at=first + pl.duration(microseconds=pl.col("version")))


def news(frame: pl.DataFrame, fresh: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    """Readings of which any value was stored, with the column ``current``: whether any became current state."""
    rows = fresh["row"].unique().sort()
    return frame[rows].with_columns(current=rows.is_in(newest["row"].implode()))


def newest(values: pl.DataFrame) -> pl.DataFrame:
    """The values that become current state: the latest of each attribute, unless a later one is known already."""
    is_current = pl.col("latest").is_null() | (pl.col("observed_at") >= pl.col("latest"))
    current = values.filter(is_current & _has_worth())
    return current.sort("observed_at", "version", "row").unique(["entity", "attr"], keep="last", maintain_order=True)
