"""What all documents of GBFS share: an envelope with a time, texts in one or several languages, lenient numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from ucity.network.feeds.refusal import FeedRefused, Reason

MOST_BYTES = 16 * 1024 * 1024
"""Of one document."""
_LONGEST_TEXT = 300
_LONGEST_TTL = 86_400
_LARGEST_NUMBER = 1 << 64
_UNKNOWN = "und"
_YEAR_2000, _YEAR_2100 = 946_684_800, 4_102_444_800

Json = Mapping[str, Any]


class Envelope(NamedTuple):
    """``at``: ``last_updated``. ``ttl`` in seconds."""

    at: datetime
    ttl: int
    data: Json


def opened(body: bytes, name: str) -> Envelope:
    """A document. Raises FeedRefused."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "It is no JSON.", file=name) from error
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(data, dict):
        raise FeedRefused(Reason.WRONG_FORMAT, "It is no document of GBFS: it has no data.", file=name)
    at = time(told.get("last_updated"))
    if at is None:
        raise FeedRefused(Reason.NO_TIME, "It does not say when it was made (last_updated).", file=name)
    return Envelope(at, min(count(told.get("ttl")) or 0, _LONGEST_TTL), data)


def rows(data: Json, field: str, name: str) -> list[Any]:
    """The list in a field of a document. Raises FeedRefused."""
    found = data.get(field)
    if not isinstance(found, list):
        raise FeedRefused(Reason.MISSING_VALUE, f"It has no list {field!r}.", file=name)
    return found


def time(told: object) -> datetime | None:
    """POSIX seconds (before version 3) or RFC 3339."""
    if isinstance(told, str):
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            return None
        return at.astimezone(UTC) if at.tzinfo and 2000 <= at.year < 2100 else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not _YEAR_2000 <= told < _YEAR_2100:
        return None
    return datetime.fromtimestamp(told, UTC)


def texts(told: object) -> dict[str, str]:
    """By language: a text (before version 3) is of none, later there is a list of texts with their languages."""
    if isinstance(told, str):
        return {_UNKNOWN: told.strip()[:_LONGEST_TEXT]} if told.strip() else {}
    found = {}
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and isinstance(each.get("text"), str) and isinstance(each.get("language"), str):
            found[each["language"][:35]] = each["text"].strip()[:_LONGEST_TEXT]
    return {language: text for language, text in found.items() if text}


def name(told: object) -> str | None:
    """An identifier; numbers, which some systems send, count as their digits."""
    if isinstance(told, int) and not isinstance(told, bool):
        return str(told) if abs(told) < _LARGEST_NUMBER else None
    return told if isinstance(told, str) and 0 < len(told) <= _LONGEST_TEXT and told.isprintable() else None


def count(told: object) -> int | None:
    """A whole number that is not negative."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 1_000_000:
        return None
    return int(told)


def truth(told: object, *, default: bool) -> bool:
    """A boolean; the oldest versions have 1 and 0."""
    return bool(told) if isinstance(told, bool) or told in (0, 1) else default


def place(row: Json) -> tuple[float, float] | None:
    """Longitude and latitude, unless they are none, or those of nowhere."""
    lon, lat = row.get("lon"), row.get("lat")
    if isinstance(lon, bool) or isinstance(lat, bool):
        return None
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90) or lon == lat == 0:
        return None
    return float(lon), float(lat)
