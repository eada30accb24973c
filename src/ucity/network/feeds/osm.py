"""OpenStreetMap extracts (``.osm.pbf``): cheap to tell from anything else, without reading the map.

The file is a row of blobs, each after a header that tells its type and length; the first one says what is in the file.
Source: https://wiki.openstreetmap.org/wiki/PBF_Format.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ucity.network.feeds.refusal import FeedRefused, Reason

_MOST_HEADER, _MOST_BLOB = 64 * 1024, 32 * 1024 * 1024
_KNOWN = frozenset({"OsmSchema-V0.6", "DenseNodes", "HistoricalInformation", "Sort.Type_then_ID"})
_NANO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """``bounds``: west, south, east, north in degrees, where the file tells; ``at``: of which time the map is."""

    bounds: tuple[float, float, float, float] | None
    at: datetime | None
    blobs: int


def inspect(path: Path) -> Extract:
    """What the file says of itself. Raises FeedRefused when it is no extract, or is cut off."""
    with path.open("rb") as file:
        size = path.stat().st_size
        kind, length = _blob_header(file, size)
        if kind != "OSMHeader":
            raise _refused("It does not begin as an OpenStreetMap extract in PBF does.")
        head = _fields(_unpacked(file.read(length)))
        missing = {_text(value) for number, value in head if number == 4} - _KNOWN
        if missing:
            raise _refused(f"It needs a reader that knows {', '.join(sorted(missing))[:100]}.")
        blobs = _count(file, size)
    if not blobs:
        raise _refused("There is no map in it.")
    values = dict(head)
    return Extract(bounds=_bounds(values.get(1)), at=_instant(values.get(32)), blobs=blobs)


def _count(file: BinaryIO, size: int) -> int:
    count = 0
    while file.tell() < size:
        kind, length = _blob_header(file, size)
        file.seek(length, 1)
        count += kind == "OSMData"
    return count


def _blob_header(file: BinaryIO, size: int) -> tuple[str, int]:
    """Type and length of the blob that follows; it lies wholly within the file."""
    start = file.read(4)
    if len(start) < 4:
        raise _refused("It is cut off.")
    (length,) = struct.unpack(">I", start)
    if length > _MOST_HEADER:
        raise _refused("It is no OpenStreetMap extract in PBF.")
    values = dict(_fields(file.read(length)))
    kind, blob = _text(values.get(1, b"")), values.get(3)
    if not isinstance(blob, int) or not 0 <= blob <= _MOST_BLOB:
        raise _refused("It is no OpenStreetMap extract in PBF.")
    if file.tell() + blob > size:
        raise _refused("It is cut off.")
    return kind, blob


def _unpacked(blob: bytes) -> bytes:
    values = dict(_fields(blob))
    plain, packed = values.get(1), values.get(3)
    if isinstance(plain, bytes):
        return plain
    if not isinstance(packed, bytes):
        raise _refused("It is packed in another way than with zlib.")
    try:
        return zlib.decompressobj().decompress(packed, _MOST_BLOB)
    except zlib.error as error:
        raise _refused("Its first part cannot be unpacked.") from error


def _fields(message: bytes) -> list[tuple[int, int | bytes]]:
    """Field numbers and values of a protobuf message: numbers as they stand, everything else as bytes."""
    try:
        return list(_walk(message))
    except IndexError as error:
        raise _refused("It is no OpenStreetMap extract in PBF.") from error


def _walk(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                value, at = _varint(message, at)
                yield key >> 3, value
                continue
            case 1:
                length = 8
            case 2:
                length, at = _varint(message, at)
            case 5:
                length = 4
            case _:
                raise IndexError
        if at + length > len(message):
            raise IndexError
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise IndexError


def _bounds(message: int | bytes | None) -> tuple[float, float, float, float] | None:
    if not isinstance(message, bytes):
        return None
    sides = {number: _signed(value) * _NANO for number, value in _fields(message) if isinstance(value, int)}
    if not {1, 2, 3, 4} <= sides.keys():
        return None
    west, south, east, north = sides[1], sides[4], sides[2], sides[3]
    fits = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if fits else None


def _signed(value: int) -> int:
    """Protobuf's zigzag."""
    return (value >> 1) ^ -(value & 1)


def _instant(seconds: int | bytes | None) -> datetime | None:
    in_range = isinstance(seconds, int) and 0 < seconds < 4_102_444_800
    return datetime.fromtimestamp(seconds, UTC) if in_range and isinstance(seconds, int) else None


def _text(value: int | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _refused(detail: str) -> FeedRefused:
    return FeedRefused(Reason.WRONG_FORMAT, detail)
