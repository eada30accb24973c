"""JSON and NDJSON bodies as lists of readings. One bad line of NDJSON is that line's problem only."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from ucity.errors import BadInput, TooLarge, UnsupportedMedia

MOST_ITEMS = 50_000
"""Readings in one request; it bounds the answer, which names every rejected one."""

_JSON = "application/json"
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_decoder = msgspec.json.Decoder()
_raw_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_BYTE = re.compile(r" \(byte (\d+)\)$")
# msgspec raises subclasses of ValueError, and Python's own for a number of too many digits.
_BAD = (ValueError, RecursionError)


@dataclass(frozen=True)
class Broken:
    """A line that is not JSON: its index among the readings sent, and why."""

    index: int
    detail: str


@dataclass(frozen=True)
class Decoded:
    """``items`` are the readings that could be decoded, ``indices`` their places among all that were sent.

    ``raw`` gives the bytes of sent readings by index, as they arrived.
    """

    items: list[Any]
    indices: list[int]
    broken: list[Broken]
    raw: Callable[[Iterable[int]], dict[int, bytes]]


def decode(body: bytes, media_type: str) -> Decoded:
    """The readings in a body. Raises BadInput where nothing can be made of it, TooLarge, UnsupportedMedia."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _LINES:
        decoded = decode_lines(body)
    elif essence == _JSON:
        decoded = decode_json(body)
    else:
        raise UnsupportedMedia(f"Send {_JSON} or application/x-ndjson, not {essence[:100]!r}.")
    if not decoded.items and not decoded.broken:
        raise BadInput("The body holds no reading.")
    return decoded


def decode_json(body: bytes) -> Decoded:
    """The readings in one JSON array, or the single one that is a JSON object."""
    try:
        said = _decoder.decode(body)
    except _BAD as error:
        raise BadInput(explain(body, error)) from error
    if not isinstance(said, list):
        return Decoded([said], [0], [], lambda _: {0: body})
    _check_number(len(said))
    return Decoded(said, list(range(len(said))), [], lambda indices: _raw_items(body, indices))


def decode_lines(body: bytes) -> Decoded:
    """The readings of NDJSON, one a line; blank lines do not count."""
    _check_number(body.count(b"\n"))
    try:
        items = _decoder.decode_lines(body)
    except _BAD:
        return _line_by_line(_lines(body))
    lines = _lines(body)
    if len(lines) != len(items):  # some reading stands on two lines, or two stand on one
        return _line_by_line(lines)
    return Decoded(items, list(range(len(items))), [], lambda indices: {n: lines[n] for n in indices})


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line.strip()]


def _line_by_line(lines: list[bytes]) -> Decoded:
    items, indices, broken = [], [], []
    for index, line in enumerate(lines):
        try:
            items.append(_decoder.decode(line))
            indices.append(index)
        except _BAD as error:
            broken.append(Broken(index, explain(line, error)))
    return Decoded(items, indices, broken, lambda wanted: {n: lines[n] for n in wanted})


def _raw_items(body: bytes, indices: Iterable[int]) -> dict[int, bytes]:
    raw = _raw_decoder.decode(body)
    return {n: bytes(raw[n]) for n in indices}


def _check_number(number: int) -> None:
    if number > MOST_ITEMS:
        raise TooLarge(f"One request takes at most {MOST_ITEMS} readings. Send them in several parts.")


def explain(text: bytes, error: Exception) -> str:
    """Why ``text`` is not JSON, and where: the line, counted from 1, and the byte in it, counted from 0."""
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    if isinstance(error, UnicodeDecodeError):
        return "The JSON is not valid UTF-8."
    if not isinstance(error, msgspec.MsgspecError):
        return "A number in the JSON has too many digits."
    reason = str(error)
    found = _BYTE.search(reason)
    if found is None:
        return f"The JSON cannot be read: {reason}."
    offset = int(found[1])
    line = text.count(b"\n", 0, offset) + 1
    column = offset - (text.rfind(b"\n", 0, offset) + 1)
    return f"{_BYTE.sub('', reason)}, in line {line} at byte {column}."
