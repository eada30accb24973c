"""One file of a feed as a frame: its columns typed, bad values and repeated rows reported."""

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ucity.network.feeds.gtfs.columns import absent, text, value
from ucity.network.feeds.gtfs.problems import Problems
from ucity.network.feeds.gtfs.schema import Column, Table
from ucity.network.feeds.refusal import FeedRefused, Reason

ROW = "__row"
"""Name of the column with the 0-based number of the row in its file, until the feed is complete."""
_BAD = "__bad_"
_LONGEST_HEADER = 65_536


@dataclass(frozen=True, slots=True)
class _File:
    """A CSV file and the names in its first line."""

    path: Path
    header: list[str]

    def scan(self) -> pl.LazyFrame:
        """All of it as text. Columns are named by place first: names may be missing, or twice where it does not
        matter."""
        places = [f"{index}" for index in range(len(self.header))]
        names = {f"{index}": name for index, name in enumerate(self.header) if name and self.header.count(name) == 1}
        return pl.scan_csv(
            self.path,
            infer_schema=False,
            new_columns=places,
            truncate_ragged_lines=True,
            raise_if_empty=False,
            row_index_name=ROW,
        ).rename(names)


def read_table(table: Table, path: Path, problems: Problems) -> pl.DataFrame:
    """The table's columns and ``ROW``. Raises FeedRefused when the file is no CSV or misses a required column."""
    file = _File(path, _header(table, path))
    _check_columns(table, file.header)
    present = [column for column in table.columns if column.name in file.header]
    frame = _typed(table, file, present) if present else no_rows(table)
    for column in present:
        _report(table, column, file, frame, problems)
    missing = [absent(column).alias(column.name) for column in table.columns if column not in present]
    defaults = [pl.col(column.name).fill_null(column.default) for column in present if column.default is not None]
    required = [column.name for column in present if column.required]
    kept = frame.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in required)) if required else frame
    return _without_repeats(table, kept.with_columns(*missing, *defaults).select(*table.schema, ROW), problems)


def no_rows(table: Table) -> pl.DataFrame:
    """The table as a feed has it that has not the file."""
    return table.empty().with_columns(pl.lit(None, pl.UInt32).alias(ROW))


def _header(table: Table, path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        line = lines.readline(_LONGEST_HEADER)
    try:
        names = next(csv.reader([line]), [])
    except csv.Error as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "Its first line is not CSV.", file=table.file) from error
    return [name.strip() for name in names]


def _check_columns(table: Table, header: list[str]) -> None:
    for column in table.columns:
        if header.count(column.name) > 1:
            raise FeedRefused(Reason.REPEATED_COLUMN, f"It has two columns {column.name}.", file=table.file)
        if column.required and column.name not in header:
            raise FeedRefused(Reason.MISSING_COLUMN, f"It has no column {column.name}.", file=table.file)


def _typed(table: Table, file: _File, present: list[Column]) -> pl.DataFrame:
    """Typed columns, and for each another that says where its value could not be read."""
    typed = [value(column).alias(column.name) for column in present]
    bad = [(text(column.name).is_not_null() & value(column).is_null()).alias(_BAD + column.name) for column in present]
    said = pl.any_horizontal(text(column.name).is_not_null() for column in present)
    try:
        return file.scan().filter(said).select(ROW, *typed, *bad).collect()
    except pl.exceptions.PolarsError as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "It is not CSV that can be read.", file=table.file) from error


def _report(table: Table, column: Column, file: _File, frame: pl.DataFrame, problems: Problems) -> None:
    bad = frame.filter(pl.col(_BAD + column.name))[ROW]
    if not bad.is_empty():
        done = "the row is left out" if column.required else "it counts as not said"
        detail = f"{_sample(file, column, int(bad[0]))!r} is no {column.type}, or not a possible one: {done}."
        problems.rows(table.file, Reason.BAD_VALUE, detail, bad, column.name)
    if column.required:
        empty = frame.filter(pl.col(column.name).is_null() & ~pl.col(_BAD + column.name))[ROW]
        detail = "There is nothing, and it is required: the row is left out."
        problems.rows(table.file, Reason.MISSING_VALUE, detail, empty, column.name)


def _sample(file: _File, column: Column, row: int) -> str:
    found = file.scan().filter(pl.col(ROW) == row).select(column.name).collect()
    return str(found.item())[:60]


def _without_repeats(table: Table, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    if not table.key:
        return frame
    # Keys are compared only where their hashes are the same: to compare all takes as much memory again as the table.
    hashes = frame.select(table.key).hash_rows()
    ordered = hashes.sort()
    alike = frame.filter(hashes.is_in(ordered.filter(ordered == ordered.shift()).implode()))
    again = alike.filter(~alike.select(pl.struct(table.key).is_first_distinct()).to_series())[ROW]
    detail = f"The same {', '.join(table.key)} again: the row is left out."
    problems.rows(table.file, Reason.DUPLICATE, detail, again)
    return frame if again.is_empty() else frame.filter(~pl.col(ROW).is_in(again.implode()))
