"""What a service keeps besides readings: records, each a table of rows that a rule writes and views read.

A reading says what was observed once; a row says what stands now: the one with the same key takes its place.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ucity.blueprint.sharing import Sharing
from ucity.blueprint.stream import NAME, Measure
from ucity.blueprint.text import Text

if TYPE_CHECKING:  # as in readings.py
    import polars as pl

RECORDED_AT = "recorded_at"
"""The column that every table has besides what is declared: when the row became what it is."""
KeyValue = str | date | datetime


class KeyKind(StrEnum):
    """What a part of a key holds."""

    TEXT = "text"
    TIME = "time"
    DAY = "day"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One part of what identifies a row: a text, a time (UTC, microseconds) or a day of the calendar."""

    name: str
    kind: KeyKind = KeyKind.TEXT


@dataclass(frozen=True, kw_only=True)
class Records:
    """One table of a service.

    ``name``: of the table, so no other service may have one of the same; it begins with the service's own name.
    ``key``: what identifies a row, in the order in which rows are told.
    ``measures``: what a row says; null where it says nothing.
    ``sharing``: OPEN rows may be read by anyone, others only by who may read the city's own data.
    """

    name: str
    title: Text
    key: tuple[Key, ...]
    measures: tuple[Measure, ...]
    sharing: Sharing = Sharing.PRIVATE

    def __post_init__(self) -> None:
        columns = [*(part.name for part in self.key), *(measure.key for measure in self.measures)]
        for name in (self.name, *columns):
            if not NAME.fullmatch(name):
                raise ValueError(f"records {self.name}: {name!r} is not lower case letters, digits and _")
        if len({*columns, RECORDED_AT}) <= len(columns):
            raise ValueError(f"records {self.name}: names of columns repeat, or one is {RECORDED_AT}")
        if not self.key or not self.measures:
            raise ValueError(f"records {self.name}: a row has a key and says something")


@dataclass(frozen=True)
class Rows:
    """Rows for one table. ``frame``: the columns of ``frames.columns_of_records(records)``, no part of a key null. Of
    several with one key the last one stands."""

    records: Records
    frame: "pl.DataFrame"

    def __len__(self) -> int:
        return self.frame.height
