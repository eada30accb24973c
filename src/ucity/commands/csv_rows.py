"""Rows of a CSV file as readings, by a mapping that the operator gives. Pure but for reading the file.

What cannot be understood is sent as it stands: the city says what is wrong with it, and keeps it in quarantine.
"""

import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ucity.errors import BadInput

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Row(NamedTuple):
    """``line``: of the file, counted from 1, the header included."""

    line: int
    reading: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Which column is what.

    ``measures``: key of a measure or label to its column. ``texts``: those of the keys that are text. ``units``:
    measure to UCUM code, where the file's is another than the declared one. ``missing``: texts that stand for a gap.
    """

    time: str
    zone: ZoneInfo
    time_format: str | None = None
    subject: str | None = None
    subject_column: str | None = None
    lon: str | None = None
    lat: str | None = None
    measures: Mapping[str, str]
    texts: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    def completed(self, declared: Mapping[str, Any], columns: Sequence[str]) -> "ColumnMap":
        """The same for a stream, as the catalogue declares it: columns that are named like one of its measures or
        labels are it. Raises BadInput unless it fits the file's columns."""
        known = [*(measure["key"] for measure in declared["measures"]), *declared["labels"]]
        for key in (*self.measures, *self.units):
            if key not in known:
                raise BadInput(f"The stream has no measure {key!r}. It has: {', '.join(known)}.")
        measures = {key: self.measures.get(key, key) for key in known if key in self.measures or key in columns}
        if not measures:
            raise BadInput("No column is named like a measure of the stream. Name them with --column measure=COLUMN.")
        for name in (self.time, self.subject_column, self.lon, self.lat, *measures.values()):
            if name is not None and name not in columns:
                raise BadInput(f"The file has no column {name!r}. It has: {', '.join(columns)}.")
        texts = {measure["key"] for measure in declared["measures"] if measure["kind"] == "text"}
        return replace(self, measures=measures, texts=frozenset(texts | set(declared["labels"])))

    def reading(self, row: Mapping[str, str]) -> dict[str, Any]:
        """One row as a message of the stream."""
        reading: dict[str, Any] = {"observedAt": self._moment(row[self.time])}
        subject = row[self.subject_column] if self.subject_column else self.subject
        if subject:
            reading["id"] = subject
        if self.lon and self.lat and row[self.lon] and row[self.lat]:
            reading["location"] = {"type": "Point", "coordinates": [_value(row[self.lon]), _value(row[self.lat])]}
        for key, column in self.measures.items():
            text = row[column].strip()
            if text and text not in self.missing:
                reading[key] = text if key in self.texts else _value(text)
        units = {key: unit for key, unit in self.units.items() if key in reading}
        if units:
            reading["units"] = units
        return reading

    def _moment(self, text: str) -> str:
        """A local time belongs to ``zone``; of the hour that comes twice in autumn it is taken as the first."""
        try:
            time = datetime.strptime(text, self.time_format) if self.time_format else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone follows
            local = time if time.tzinfo else time.replace(tzinfo=self.zone)
            return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
        except (ValueError, OverflowError):
            return text


def _value(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


class Table(NamedTuple):
    """``columns`` in their order, ``rows`` as they come; of the file's ``size`` bytes ``done()`` have been read."""

    columns: list[str]
    rows: Iterator[tuple[int, dict[str, str]]]
    size: int
    done: Callable[[], int]


@contextmanager
def opened(path: Path, delimiter: str = ",") -> Iterator[Table]:
    """A CSV file, packed with gzip or not. Raises BadInput when it is none."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        plain = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(plain, "utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, delimiter=delimiter, restval="")
            try:
                columns = list(reader.fieldnames or ())
            except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
                raise BadInput(f"{path} is not a CSV file in UTF-8: {error}") from error
            if not columns:
                raise BadInput(f"{path} is empty.")
            yield Table(columns, _rows(reader, path), path.stat().st_size, raw.tell)


def _rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for row in reader:
            yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(f"{path} cannot be read beyond line {reader.line_num}: {error}") from error


def batches(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    """The rows, at most so many at a time."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch
