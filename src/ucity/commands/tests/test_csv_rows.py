"""CSV rows as readings: columns, times, gaps, units."""

import csv
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.commands.csv_rows import ColumnMap, Row, batches, opened
from ucity.errors import BadInput

SEOUL = ZoneInfo("Asia/Seoul")
DECLARED = {
    "measures": [{"key": "pm25", "kind": "number"}, {"key": "o3", "kind": "number"}, {"key": "state", "kind": "text"}],
    "labels": ["name"],
}


def columns(**more: Any) -> ColumnMap:
    given: dict[str, Any] = {"time": "t", "zone": SEOUL, "measures": {}}
    return ColumnMap(**given | more)


def test_a_row_becomes_a_message_of_the_stream() -> None:
    mapped = columns(
        subject_column="id", lon="x", lat="y", measures={"o3": "ozone"}, units={"o3": "[ppb]", "pm25": "mg/m3"}
    ).completed(DECLARED, ["t", "id", "x", "y", "ozone", "pm25", "state", "name", "else"])
    row = {"t": "2026-11-24 09:30", "id": "a", "x": "129.07", "y": "35.1", "ozone": "31", "pm25": "NA?", "else": "1"}
    assert mapped.reading(row | {"state": "7", "name": " Jung-gu "}) == {
        "observedAt": "2026-11-24T00:30:00Z",
        "id": "a",
        "location": {"type": "Point", "coordinates": [129.07, 35.1]},
        "o3": 31.0,
        "pm25": "NA?",
        "state": "7",
        "name": "Jung-gu",
        "units": {"o3": "[ppb]", "pm25": "mg/m3"},
    }


def test_what_is_missing_is_left_out_and_never_a_zero() -> None:
    mapped = columns(subject="s", missing=frozenset({"NA", "-999"}), units={"o3": "[ppb]"}).completed(
        DECLARED, ["t", "pm25", "o3"]
    )
    for text in ("", " ", "NA", "-999"):
        row = {"t": "2026-11-24T00:00:00Z", "pm25": "0", "o3": text}
        assert mapped.reading(row) == {"observedAt": "2026-11-24T00:00:00Z", "id": "s", "pm25": 0.0}


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("2026-11-24 09:00:00", None, "2026-11-24T00:00:00Z"),
        ("2026-11-24T09:00:00+01:00", None, "2026-11-24T08:00:00Z"),
        ("24/11/2026 09:00", "%d/%m/%Y %H:%M", "2026-11-24T00:00:00Z"),
        ("yesterday", None, "yesterday"),
        ("24/11/2026", "%Y", "24/11/2026"),
        ("0001-01-01T00:00:00", None, "0001-01-01T00:00:00"),
    ],
)
def test_times_are_told_in_utc_and_what_is_none_is_told_as_it_is(text: str, form: str | None, said: str) -> None:
    mapped = columns(time_format=form).completed(DECLARED, ["t", "pm25"])
    assert mapped.reading({"t": text, "pm25": "1"})["observedAt"] == said


def test_the_hour_that_comes_twice_in_autumn_is_taken_as_the_first() -> None:
    mapped = columns(zone=ZoneInfo("Europe/London")).completed(DECLARED, ["t", "pm25"])
    said = [mapped.reading({"t": f"2026-10-25 0{hour}:30", "pm25": "1"})["observedAt"] for hour in (0, 1, 2)]
    assert said == ["2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"]


@pytest.mark.parametrize(
    ("mapped", "names", "words"),
    [
        (columns(), ["t", "x"], "No column is named like a measure"),
        (columns(), ["pm25"], "no column 't'"),
        (columns(subject_column="id"), ["t", "pm25"], "no column 'id'"),
        (columns(measures={"co": "c"}), ["t", "c"], "no measure 'co'. It has: pm25, o3, state, name"),
        (columns(units={"co": "1"}), ["t", "pm25"], "no measure 'co'"),
        (columns(measures={"pm25": "c"}), ["t"], "no column 'c'"),
    ],
)
def test_a_mapping_that_does_not_fit_says_so(mapped: ColumnMap, names: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        mapped.completed(DECLARED, names)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_row_by_row_packed_or_not(tmp_path: Path, packed: bool) -> None:
    text = 'a;"b c"\r\n1;"x\ny"\r\n2;\r\n3\r\n'.encode("utf-8-sig")
    file = tmp_path / "some.csv"
    file.write_bytes(gzip.compress(text) if packed else text)
    with opened(file, ";") as table:
        assert table.columns == ["a", "b c"]
        assert list(table.rows) == [
            (3, {"a": "1", "b c": "x\ny"}),
            (4, {"a": "2", "b c": ""}),
            (5, {"a": "3", "b c": ""}),
        ]
        assert table.done() == table.size


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", gzip.compress(b"a,b\n1,2\n" * 9999, mtime=0)[:50]],
    ids=["nothing", "no text", "half of a file"],
)
def test_what_is_no_csv_says_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput), opened(file) as table:
        list(table.rows)


@given(
    number=st.floats(allow_nan=False, allow_infinity=False),
    time=st.datetimes(),
)
def test_numbers_and_times_arrive_as_they_were_written(number: float, time: datetime) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([time.isoformat(), repr(number)])
    (row,) = csv.DictReader(io.StringIO(out.getvalue()), fieldnames=["t", "pm25"])
    reading = columns(zone=ZoneInfo("UTC")).completed(DECLARED, ["t", "pm25"]).reading(row)
    assert reading["pm25"] == number
    assert datetime.fromisoformat(reading["observedAt"]) == time.replace(tzinfo=UTC)


@given(count=st.integers(0, 50), most=st.integers(1, 20))
def test_batches_hold_everything_in_order(count: int, most: int) -> None:
    rows = [Row(line, {}) for line in range(count)]
    found = list(batches(iter(rows), most))
    assert [row for batch in found for row in batch] == rows
    assert all(1 <= len(batch) <= most for batch in found)
