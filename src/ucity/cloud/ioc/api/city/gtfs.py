"""``/gtfs`` and ``/gtfs-realtime``: what the city publishes of its public transport, for other journey planners."""

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from ucity.blueprint import Sharing
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.api.city.streaming import Streamed
from ucity.cloud.ioc.policy import Principal
from ucity.cloud.ioc.share.gtfs_realtime import Kind, as_json, merged, positions
from ucity.cloud.ioc.store.feeds import realtime_messages
from ucity.cloud.ioc.store.read import current_frame
from ucity.errors import NotFound
from ucity.network.feeds.formats import FeedFormat

_PROTOBUF, _JSON, _ZIP = "application/x-protobuf", "application/json", "application/zip"
_VEHICLES = "bus_information/vehicles"
_VIEW = "gtfs"
_NAME = r"^[a-z0-9-]{1,32}$"

OfFeed = Annotated[
    str | None,
    Query(
        pattern=_NAME,
        description="Only what is about this feed's timetable, with its own identifiers. Without it, all feeds, with "
        "identifiers `<feed>:<id>`.",
    ),
]


def gtfs_router(parts: Parts) -> APIRouter:
    """The endpoints; open to anyone, as the stream of vehicles and the boards are."""
    router = APIRouter(prefix=PREFIX, tags=["gtfs"])
    documents: dict[int | str, dict[str, Any]] = {200: {"content": {_PROTOBUF: {}, _JSON: {}}}}

    @router.get("/gtfs-realtime/{kind}", response_class=Response, responses=documents)
    async def realtime(request: Request, who: Asker, kind: Kind, feed: OfFeed = None) -> Response:
        """A GTFS-Realtime message: protobuf, or JSON for those who accept that alone."""
        parts.access.check_read_view(who, _VIEW, Sharing.OPEN)
        wants_json = _wants_json(request.headers.get("accept", ""))
        body = await _made(parts, who, kind, feed, wants_json=wants_json)
        return _answer(request, body, _JSON if wants_json else _PROTOBUF)

    @router.get("/gtfs/{name}.zip", response_class=Response, responses={200: {"content": {_ZIP: {}}}})
    async def static(request: Request, who: Asker, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        """The timetable of a feed that counts, as GTFS."""
        parts.access.check_read_view(who, _VIEW, Sharing.OPEN)
        found = await parts.feeds.feed(name)
        if found.version is None or found.format is not FeedFormat.GTFS:
            raise NotFound(f"There is no timetable {name!r}.")
        etag = f'"{found.version.sha256}"'
        if _has_it(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        return Streamed(parts.feeds.content(found.version), _ZIP, headers={"ETag": etag})

    return router


async def _made(parts: Parts, who: Principal, kind: Kind, feed: str | None, *, wants_json: bool) -> bytes:
    now = parts.clock()
    if kind is Kind.VEHICLES:
        declared = parts.catalogue.streams.get(_VEHICLES)
        if declared is None:
            raise NotFound("This city has no vehicles.")
        parts.access.check_read_stream(who, declared)
        frame = await current_frame(parts.pool, declared.stream, parts.access.reads_streams(who, _VIEW))
        message = await asyncio.to_thread(positions, frame, now, feed)
    else:
        message = await asyncio.to_thread(merged, await realtime_messages(parts.pool), kind, now, feed)
    return as_json(message) if wants_json else message.SerializeToString()


def _wants_json(accept: str) -> bool:
    """Whether JSON is accepted and protobuf is not, since that is what a feed's reader expects."""
    kinds = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    return _JSON in kinds and not kinds & {_PROTOBUF, "application/protobuf", "application/octet-stream"}


def _answer(request: Request, body: bytes, kind: str) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Vary": "Accept"}
    if _has_it(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _has_it(request: Request, etag: str) -> bool:
    return etag in {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
