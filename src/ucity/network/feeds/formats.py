"""The kinds of feeds that a city takes, and what there is to say of a file of one."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec


class FeedFormat(StrEnum):
    """What a feed's file is."""

    GTFS = "gtfs"
    REALTIME = "gtfs-realtime"
    BIMS = "bims"
    """Answers of Busan's bus information system about one line or one stop; kept as the GTFS-Realtime message that they
    mean."""
    GBFS = "gbfs"
    """A system of shared bicycles: several documents, which ``gbfs.json`` names; kept together as one message."""
    OSM = "osm"

    @property
    def is_realtime(self) -> bool:
        """Whether it is fetched for what is going on now, and not kept as a file."""
        return self in {FeedFormat.REALTIME, FeedFormat.BIMS, FeedFormat.GBFS}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A problem in a feed that can be used all the same; see ``gtfs.Problem``."""

    file: str
    reason: str
    detail: str
    field: str | None = None
    count: int = 1
    rows: tuple[int, ...] = ()


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of a feed holds. ``days``: first and last service day; ``bounds``: west, south, east, north."""

    timezone: str | None = None
    days: tuple[date, date] | None = None
    bounds: tuple[float, float, float, float] | None = None
    at: datetime | None = None
    counts: dict[str, int] = {}
    warnings: tuple[Finding, ...] = ()


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """How many stops and lines the newest message of a feed names that has identifiers of its own, and how many of them
    its timetable has; ``unknown`` are some that it does not have."""

    stops: int
    stops_known: int
    lines: int
    lines_known: int
    unknown: tuple[str, ...] = ()


BIMS_LINE = "businfobyrouteid"
BIMS_ARRIVALS = frozenset({"stoparrbybstopid", "busstoparrbybstopidlineid"})
"""What BIMS is asked for: the buses of a line, and those on their way to a stop; see ``last_part``."""
BIMS_LISTS = frozenset({"businfo", "busstoplist"})
"""What else it can be asked for, which says nothing of what is going on: its lines, and its stops."""


def last_part(url: str) -> str:
    """The last part of an address's path, in lower case."""
    return PurePosixPath(urlsplit(url).path).name.lower()


def guessed(url: str) -> FeedFormat:
    """The format that an address or a file name speaks of; everything unknown is a real-time feed."""
    name = last_part(url)
    if name == BIMS_LINE or name in BIMS_ARRIVALS:
        return FeedFormat.BIMS
    if name in {"gbfs", "gbfs.json"}:
        return FeedFormat.GBFS
    if name.endswith(".pbf") and (".osm" in name or "latest" in name):
        return FeedFormat.OSM
    return FeedFormat.GTFS if name.endswith(".zip") else FeedFormat.REALTIME
