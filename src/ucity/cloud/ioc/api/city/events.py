"""``/events``: what the services' rules have told, the newest first."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field

from ucity.blueprint import Catalogue, Declared, Text
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.api.city.times import Moment, Subjects, check_order, in_utc
from ucity.cloud.ioc.store.events import Asked, KeptEvent, Place, newest_events
from ucity.errors import Unfit

_NO_PLACE: Text = {
    "ko": "앞 쪽의 next를 받은 그대로 적어 주세요.",
    "en": "Give next of the page before, unchanged.",
}
_SHOWN = {
    "events": [
        {
            "rule": "bus_information.late",
            "key": "city:1001-07~2026-11-24",
            "kind": "late",
            "stream": "bus_information/stop_events",
            "subject": "city:stop-17",
            "at": "2026-11-24T08:12:40Z",
            "data": {"trip": "city:1001-07", "route": "city:1001", "vehicle": "city:3312", "delay": 640.0},
            "recordedAt": "2026-11-24T08:13:02.115000Z",
        }
    ],
    "next": "WyIyMDI2LTExLTI0VDA4OjEyOjQwWiIsImJ1c19pbmZvcm1hdGlvbi5sYXRlIiwiY2l0eToxMDAxLTA3fjIwMjYtMTEtMjQiXQ",
}


class EventInfo(BaseModel):
    """Something that happened, as a rule found it. `rule` and `key` together are its identity: it is told once."""

    rule: str = Field(description="Which rule tells it.")
    key: str
    kind: str = Field(description="What happened; a stable word of the rule.")
    stream: str | None = Field(
        description="`service/stream` that the rule is on, and to whose sharing it is shared; null once no service "
        "declares the rule any more."
    )
    subject: str = Field(description="What it is about, as in the readings of the stream.")
    at: datetime = Field(description="When it happened.")
    data: dict[str, Any] = Field(description="What else the rule says of it; the page of its service tells.")
    recorded_at: datetime = Field(serialization_alias="recordedAt", description="When the city stored it.")


class EventPage(BaseModel):
    """Some events, the newest first."""

    events: list[EventInfo]
    next: str | None = Field(description="For `before`, to read on; null when nothing older is there.")


def _names_a_place(text: str) -> str:
    """Check that a text is one that ``_written`` makes."""
    _read(text)
    return text


def _read(text: str) -> Place:
    """From what ``_written`` makes; raises Unfit."""
    try:
        at, rule, key = msgspec.json.decode(
            urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=tuple[datetime, str, str]
        )
        place = Place(at.astimezone(UTC), rule, key)
    except (ValueError, OverflowError):
        raise Unfit(_NO_PLACE) from None
    if at.tzinfo is None or "\0" in rule + key:
        raise Unfit(_NO_PLACE)
    return place


def _written(place: Place) -> str:
    """A place as a text for addresses."""
    return urlsafe_b64encode(msgspec.json.encode(tuple(place))).rstrip(b"=").decode()


_Name = Annotated[str, Query(max_length=200)]
_Cursor = Annotated[
    str, Query(max_length=4500, description="`next` of the page before, unchanged."), AfterValidator(_names_a_place)
]


def events_router(parts: Parts) -> APIRouter:
    """The endpoint of events."""
    router = APIRouter(prefix=PREFIX, tags=["events"])
    streams = _streams(parts.catalogue)

    @router.get("/events", responses={200: {"content": {"application/json": {"example": _SHOWN}}}})
    async def events(  # noqa: PLR0913 - one parameter a query
        who: Asker,
        *,
        rule: Annotated[_Name | None, Query(examples=["bus_information.late"])] = None,
        kind: Annotated[_Name | None, Query(examples=["late"])] = None,
        subjects: Subjects = None,
        since: Annotated[Moment | None, Query(description="That happened at this time or later.")] = None,
        until: Annotated[Moment | None, Query(description="That happened before this time.")] = None,
        before: _Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> EventPage:
        """What rules have told, by when it happened, the newest first; `next` leads to older ones. Events that come
        while one pages move nothing. Those of a rule on open streams are for anyone, others take a key with `read`."""
        predicate = parts.access.reads_streams(who, "events")
        if rule is not None:
            parts.access.check_read_events(predicate, who, rule)
        since, until = since and in_utc("since", since), until and in_utc("until", until)
        if since and until:
            check_order(since, until)
        asked = Asked(
            rule=rule,
            kind=kind,
            subjects=subjects or None,
            since=since,
            until=until,
            before=_read(before) if before else None,
        )
        found = await newest_events(parts.pool, parts.access, predicate, asked, limit=limit + 1)
        more = len(found) > limit
        shown = [_info(each, streams.get(each.rule)) for each in found[:limit]]
        return EventPage(events=shown, next=_written(found[limit - 1].place) if more else None)

    return router


def _streams(catalogue: Catalogue) -> dict[str, str]:
    """Rule to the path of the stream that it is on."""
    return {rule.name: Declared(service, rule.on).path for service, rule in catalogue.rules}


def _info(event: KeptEvent, stream: str | None) -> EventInfo:
    return EventInfo(
        rule=event.rule,
        key=event.key,
        kind=event.kind,
        stream=stream,
        subject=event.subject,
        at=event.at,
        data=event.data,
        recorded_at=event.recorded_at,
    )
