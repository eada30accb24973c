"""Readings, in and out: the door for them, what is current, and history."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ucity.blueprint import Stream
from ucity.cloud.ioc.api.city.formats import Format, chosen, written
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts, ServiceName, StreamName
from ucity.cloud.ioc.api.city.streaming import Streamed
from ucity.cloud.ioc.api.city.times import Moment, Subjects, check_order, in_utc, too_far
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.read import Span, current_frame, history_batches, no_history
from ucity.errors import BadInput, TooManyRequests

MOST_ROWS = 1_000_000
_STREAMS_AT_ONCE = 3
_DAY = timedelta(days=1)

As = Annotated[Format | None, Query(alias="format", description="In place of the `Accept` header.")]

_READING = {
    "type": "object",
    "description": "`id` (what it is about), `observedAt` (RFC 3339), `location` (GeoJSON Point), the stream's "
    "measures and labels, and `units` (measure to UCUM code, where it is not the declared one).",
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "One reading, an array of them, or one a line. May be packed with gzip.",
        "content": {
            "application/json": {"schema": {"oneOf": [_READING, {"type": "array", "items": _READING}]}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}
_ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Rows with `subject`, `observedAt`, the place and the stream's measures.",
        "content": {fmt.media_type.split(";")[0]: {} for fmt in Format},
    }
}


def readings_router(parts: Parts) -> APIRouter:
    """The endpoints of readings."""
    router = APIRouter(prefix=PREFIX, tags=["readings"])
    slots = asyncio.Semaphore(_STREAMS_AT_ONCE)

    @router.post("/readings/{service}/{stream}", status_code=202, openapi_extra=_BODY)
    async def send(service: ServiceName, stream: StreamName, request: Request) -> Response:
        """Send readings. `202` says that those accepted are durable; each rejected one is named with the reason, and
        kept in quarantine. The same reading sent again is recognised, so that a request whose answer was lost can be
        repeated; with an `Idempotency-Key` it is not even logged twice."""
        return await parts.door.receive(request)

    @router.get("/streams/{service}/{stream}/current", responses=_ROWS)
    async def current(  # noqa: PLR0913 - one parameter a query
        service: ServiceName,
        stream: StreamName,
        request: Request,
        who: Asker,
        *,
        district: Annotated[str | None, Query(max_length=100)] = None,
        subjects: Subjects = None,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
        as_: As = None,
    ) -> Response:
        """The newest value of every measure of each thing."""
        declared = parts.declared(service, stream)
        parts.access.check_read_stream(who, declared)
        predicate = parts.access.reads_streams(who, f"current {declared.path}")
        frame = await current_frame(parts.pool, declared.stream, predicate, district=district, subjects=subjects)
        fmt = chosen(as_, request.headers.get("accept", ""))
        return _answer(_once(written(frame.head(limit), fmt, first=True)), fmt)

    @router.get("/streams/{service}/{stream}/history", responses=_ROWS)
    async def history(  # noqa: PLR0913 - one parameter a query
        service: ServiceName,
        stream: StreamName,
        request: Request,
        who: Asker,
        *,
        since: Annotated[
            Moment | None, Query(description="From this time on; a day before `until` unless given.")
        ] = None,
        until: Annotated[Moment | None, Query(description="Before this time; now unless given.")] = None,
        as_of: Annotated[
            Moment | None, Query(alias="asOf", description="What was known at this time: later corrections left out.")
        ] = None,
        subjects: Subjects = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100_000,
        as_: As = None,
    ) -> Response:
        """Readings of a span of time, by thing and time; the newest version of each."""
        declared = parts.declared(service, stream)
        parts.access.check_read_stream(who, declared)
        predicate = parts.access.reads_streams(who, f"history {declared.path}")
        span = _span(parts.clock(), since, until, subjects, as_of)
        fmt = chosen(as_, request.headers.get("accept", ""))
        frames = _frames(parts.pool, declared.stream, predicate, span)
        return _answer(_in_turn(slots, _rows(frames, limit, fmt)), fmt)

    return router


def _span(
    now: datetime, since: datetime | None, until: datetime | None, subjects: list[str] | None, as_of: datetime | None
) -> Span:
    end = in_utc("until", until or now)
    try:
        start = in_utc("since", since or end - _DAY)
    except OverflowError as error:
        raise BadInput(too_far("until")) from error
    check_order(start, end)
    known = as_of and in_utc("asOf", as_of)
    return Span(since=start, until=end, subjects=tuple(subjects) if subjects else None, as_of=known)


async def _in_turn(slots: asyncio.Semaphore, rows: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Each of them holds a connection to the database for as long as its reader takes."""
    try:
        await asyncio.wait_for(slots.acquire(), 10)
    except TimeoutError as error:
        raise TooManyRequests("Others are reading long histories just now.", retry_after=10) from error
    try:
        async with aclosing(rows):
            async for piece in rows:
                yield piece
    finally:
        slots.release()


async def _rows(frames: AsyncGenerator[pl.DataFrame], limit: int, fmt: Format) -> AsyncGenerator[bytes]:
    first = True
    async with aclosing(frames):
        async for frame in frames:
            yield await asyncio.to_thread(written, frame.head(limit), fmt, first=first)
            first = False
            limit -= frame.height
            if limit <= 0:
                return


async def _frames(pool: Pool, stream: Stream, predicate: Predicate, span: Span) -> AsyncGenerator[pl.DataFrame]:
    """The history; one empty frame when there is none, whose columns head a CSV all the same."""
    some = False
    async with aclosing(history_batches(pool, stream, predicate, span)) as frames:
        async for frame in frames:
            some = True
            yield frame
    if not some:
        yield no_history(stream, predicate)


async def _once(piece: bytes) -> AsyncGenerator[bytes]:
    yield piece


def _answer(rows: AsyncGenerator[bytes], fmt: Format) -> Response:
    pieces = _in_brackets(rows) if fmt is Format.JSON else rows
    return Streamed(pieces, fmt.media_type, headers={"Vary": "Accept"})


async def _in_brackets(rows: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rows):
        yield b"[" + await anext(rows, b"")
        async for piece in rows:
            yield piece
        yield b"]\n"
