"""Bodies of readings as lists: what is right comes through, what is wrong is named."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.errors import BadInput, TooLarge, UnsupportedMedia
from ucity.network.http.decode import MOST_ITEMS, decode

JSON, LINES = "application/json; charset=utf-8", "application/x-ndjson"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(items=st.lists(VALUES, min_size=1, max_size=5))
def test_arrays_and_lines_come_through_and_can_be_had_as_they_arrived(items: list[Any]) -> None:
    texts = [json.dumps(item) for item in items]
    for body, media_type in ((f"[{','.join(texts)}]", JSON), ("\n".join(texts), LINES)):
        decoded = decode(body.encode(), media_type)
        assert decoded.items == items
        assert decoded.indices == list(range(len(items)))
        assert decoded.raw(range(len(items))) == {n: text.encode() for n, text in enumerate(texts)}


@given(lines=st.lists(st.tuples(st.booleans(), VALUES), min_size=1, max_size=6))
def test_a_bad_line_is_its_own_problem_only(lines: list[tuple[bool, Any]]) -> None:
    texts = [json.dumps(value) if good else "{" + json.dumps(value) for good, value in lines]
    decoded = decode("\n".join(texts).encode(), LINES)
    assert decoded.items == [value for good, value in lines if good]
    assert decoded.indices == [n for n, (good, _) in enumerate(lines) if good]
    assert [each.index for each in decoded.broken] == [n for n, (good, _) in enumerate(lines) if not good]
    assert decoded.raw([0]) == {0: texts[0].encode()}


@given(body=st.binary(max_size=200))
def test_nothing_that_can_be_sent_is_more_than_bad_input(body: bytes) -> None:
    for media_type in (JSON, LINES):
        with suppress(BadInput):
            decode(body, media_type)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'[\n{"id": "a"},\n{"id" "b"}]', "in line 3 at byte 6"),
        (b'[{"a": 1}', "truncated"),
        (b'["\xff"]', "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[1e999]", "out of range"),
        (b"[" + b"1" * 5000 + b"]", "out of range"),
        (b"[NaN]", "in line 1 at byte 1"),
        (b"[]", "no reading"),
    ],
)
def test_bad_json_is_explained(body: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        decode(body, JSON)


def test_a_reading_over_two_lines_is_two_bad_lines() -> None:
    decoded = decode(b'{"a":\n1}\n{"a": 2}\n', LINES)
    assert ([each.index for each in decoded.broken], decoded.items) == ([0, 1], [{"a": 2}]) or (
        decoded.items == [1, {"a": 2}]
    )


def test_blank_lines_and_carriage_returns_do_not_count() -> None:
    decoded = decode(b'\r\n{"a": 1}\r\n\r\n\n{"a": 2}', LINES)
    assert (decoded.items, decoded.indices) == ([{"a": 1}, {"a": 2}], [0, 1])


def test_one_object_is_one_reading() -> None:
    assert decode(msgspec.json.encode({"id": "a"}), JSON).items == [{"id": "a"}]


def test_too_many_readings_and_other_media_are_refused() -> None:
    with pytest.raises(TooLarge):
        decode(b"[" + b"1," * MOST_ITEMS + b"1]", JSON)
    with pytest.raises(UnsupportedMedia):
        decode(b"a,b\n1,2", "text/csv")
