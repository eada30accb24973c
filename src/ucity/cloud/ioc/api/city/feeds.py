"""``/feeds``: what others publish and the city takes in: timetables, real-time messages, maps."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.api.city.streaming import Streamed
from ucity.cloud.ioc.collect.feeds.door import Wish
from ucity.cloud.ioc.store.feeds import FeedState, KnownFeed, Version
from ucity.errors import NotFound, TooManyRequests
from ucity.network.feeds.formats import FeedFormat
from ucity.network.http.uploads import pieces

_AT_ONCE = 2
"""Files that one process takes in at a time."""
_TYPES = {FeedFormat.GTFS: "application/zip", FeedFormat.OSM: "application/vnd.openstreetmap.data+pbf"}


Bounds = Annotated[list[float], Field(min_length=4, max_length=4)]


class FindingInfo(BaseModel):
    """Something wrong in a file that is used all the same. `rows` are the first ones, counted after the header."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    field: str | None
    reason: str = Field(description="A stable code.")
    detail: str
    count: int
    rows: tuple[int, ...]


class FileInfo(BaseModel):
    """The file of a feed that counts."""

    version: int
    received_at: datetime = Field(serialization_alias="receivedAt")
    bytes: int
    sha256: str
    time_zone: str | None = Field(serialization_alias="timeZone")
    first_day: date | None = Field(serialization_alias="firstDay", description="First service day of a timetable.")
    last_day: date | None = Field(serialization_alias="lastDay")
    bounds: Bounds | None = Field(description="West, south, east, north in degrees.")
    counts: dict[str, int] = Field(description="Rows of each table.")
    warnings: list[FindingInfo]


class MatchingInfo(BaseModel):
    """How much of the newest answer of a feed that has numbers of its own (BIMS) its timetable has."""

    model_config = ConfigDict(from_attributes=True)

    stops: int = Field(description="Stops that it names.")
    stops_known: int = Field(serialization_alias="stopsKnown", description="Those of them that the timetable has.")
    lines: int
    lines_known: int = Field(serialization_alias="linesKnown")
    unknown: list[str] = Field(description="Some that the timetable does not have: name (number).")


class FeedInfo(BaseModel):
    """A feed and how it fares."""

    name: str
    format: FeedFormat
    state: FeedState
    timetable: str | None = Field(description="The feed whose trips and stops a real-time feed speaks of.")
    every: int = Field(description="Seconds between looks at the URL.")
    added_at: datetime = Field(serialization_alias="addedAt")
    checked_at: datetime | None = Field(serialization_alias="checkedAt")
    succeeded_at: datetime | None = Field(serialization_alias="succeededAt")
    failing_since: datetime | None = Field(serialization_alias="failingSince")
    reason: str | None = Field(description="Of the failure: a stable code.")
    detail: str | None
    file: FileInfo | None
    message_made_at: datetime | None = Field(
        serialization_alias="messageMadeAt", description="When the newest real-time message was made, as it says."
    )
    message_received_at: datetime | None = Field(serialization_alias="messageReceivedAt")
    matching: MatchingInfo | None
    url: str | None = Field(description="Only for those who manage the city.")
    headers: list[str] = Field(description="Names of the headers that are sent to its server.")


class FeedList(BaseModel):
    """All feeds, by name."""

    feeds: list[FeedInfo]


class NewFeedInfo(BaseModel):
    """A feed to be fetched from now on."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000, description="http or https, of a server in the public internet.")
    name: str | None = Field(None, pattern="^[a-z0-9-]{1,32}$", description="After its URL unless given.")
    format: FeedFormat | None = Field(None, description="By the look of the URL unless given.")
    timetable: str | None = Field(
        None, max_length=32, description="Of a real-time feed; the only one that there is unless given."
    )
    every: int | None = Field(None, ge=1, le=604_800, description="Seconds between looks at the URL.")
    headers: dict[str, str] | None = Field(
        None, max_length=10, description="To be sent to this URL's server, e.g. a key. They are never shown again."
    )


Name = Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$", description="Name of the feed.")]
SentAs = Annotated[FeedFormat, Query(alias="format", description="`gtfs`, `gtfs-realtime` or `osm`.")]
SpeaksOf = Annotated[
    str | None,
    Query(max_length=32, description="Of a real-time message: its timetable; the only one that there is unless given."),
]
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself: a GTFS zip, an OpenStreetMap extract in PBF, or a GTFS-Realtime message.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {media_type: {} for media_type in _TYPES.values()}}
}


def feeds_router(parts: Parts) -> APIRouter:
    """The endpoints of feeds: to see them takes a key with ``read`` or ``manage``, to change them ``manage``."""
    router = APIRouter(prefix=f"{PREFIX}/feeds", tags=["feeds"])
    _reading(router, parts)
    _changing(router, parts)
    return router


def _reading(router: APIRouter, parts: Parts) -> None:
    @router.get("")
    async def feeds(who: Asker) -> FeedList:
        """All feeds and their states."""
        parts.access.check_see_feeds(who)
        manages = parts.access.manages(who)
        now = parts.clock()
        return FeedList(feeds=[_info(feed, now, manages=manages) for feed in await parts.feeds.feeds()])

    @router.get("/{name}")
    async def feed(who: Asker, name: Name) -> FeedInfo:
        """One feed."""
        parts.access.check_see_feeds(who)
        return _info(await parts.feeds.feed(name), parts.clock(), manages=parts.access.manages(who))

    @router.get("/{name}/file", response_class=Response, responses=_FILE_ANSWER)
    async def file(who: Asker, name: Name) -> Response:
        """The file of a timetable or map that counts, as it came."""
        parts.access.check_see_feeds(who)
        found = await parts.feeds.feed(name)
        if found.version is None:
            raise NotFound(f"The feed {name!r} has no file.")
        headers = {"ETag": f'"{found.version.sha256}"'}
        return Streamed(parts.feeds.content(found.version), _TYPES[found.format], headers=headers)


def _changing(router: APIRouter, parts: Parts) -> None:
    taking = asyncio.Semaphore(_AT_ONCE)

    def managed(who: Asker) -> None:
        parts.access.check_manage(who)

    manage = [Depends(managed)]

    @router.post("", status_code=201, dependencies=manage)
    async def add(new: NewFeedInfo) -> FeedInfo:
        """Add a feed by its URL. It is fetched within seconds; its state then tells how that went."""
        added = await parts.feeds.add(Wish(**new.model_dump()))
        return _info(added, parts.clock(), manages=True)

    @router.delete("/{name}", status_code=204, dependencies=manage)
    async def remove(name: Name) -> None:
        """Remove a feed with its files. Readings that came from it stay."""
        await parts.feeds.remove(name)

    @router.put("/{name}/file", dependencies=manage, openapi_extra=_FILE)
    async def take(name: Name, request: Request, as_: SentAs, timetable: SpeaksOf = None) -> FeedInfo:
        """Send a file in. It is looked at before it counts: `422` tells why it does not, and all stays as it was. A
        feed that there is not yet is added."""
        if taking.locked():
            raise TooManyRequests("Other files are being taken in just now.", retry_after=10)
        async with taking:
            taken = await parts.feeds.take(name, as_, pieces(request), timetable)
        return _info(taken, parts.clock(), manages=True)


def _info(feed: KnownFeed, now: datetime, *, manages: bool) -> FeedInfo:
    fields = {name: getattr(feed, name) for name in FeedInfo.model_fields if hasattr(feed, name)}
    fields |= {
        "state": feed.state(now),
        "file": feed.version and _file_info(feed.version),
        "matching": feed.matching and MatchingInfo.model_validate(feed.matching),
        "url": feed.url if manages else None,
        "headers": sorted(feed.headers) if manages else [],
    }
    return FeedInfo(**fields)


def _file_info(version: Version) -> FileInfo:
    summary = version.summary
    first, last = summary.days or (None, None)
    return FileInfo(
        version=version.id,
        received_at=version.received_at,
        bytes=version.bytes,
        sha256=version.sha256,
        time_zone=summary.timezone,
        first_day=first,
        last_day=last,
        bounds=summary.bounds and list(summary.bounds),
        counts=summary.counts,
        warnings=[FindingInfo.model_validate(each) for each in summary.warnings],
    )
