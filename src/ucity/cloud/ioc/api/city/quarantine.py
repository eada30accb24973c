"""``/quarantine``: readings that failed validation, for those who manage the city."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, Field

from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.collect.quarantine import Entry
from ucity.cloud.ioc.policy import Predicate

_MOST_ID = 2**63 - 1


class State(StrEnum):
    """What has become of an entry."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DISMISSED = "dismissed"


class EntryInfo(BaseModel):
    """A reading in quarantine."""

    id: int
    received_at: datetime = Field(serialization_alias="receivedAt")
    last_received_at: datetime = Field(serialization_alias="lastReceivedAt")
    times: int = Field(description="How often it was sent, from its first receipt to its last.")
    door: str = Field(description="`http`, `mqtt` or the name of the log that it came from.")
    sender: str
    stream: str = Field(description="`service/stream`.")
    reason: str = Field(description="A stable code.")
    field: str | None
    detail: str
    state: State
    closed_at: datetime | None = Field(serialization_alias="closedAt")
    closed_by: str | None = Field(serialization_alias="closedBy")


class EntryWhole(EntryInfo):
    """A reading in quarantine with what arrived."""

    payload: Any = Field(description="What arrived, if it is JSON; otherwise its text, with what is no text replaced.")


class EntryList(BaseModel):
    """Some entries, in the order of their ids."""

    entries: list[EntryInfo]


class Closed(BaseModel):
    """How many entries were closed."""

    closed: int


Id = Annotated[int, Path(ge=1, le=_MOST_ID)]


def quarantine_router(parts: Parts) -> APIRouter:
    """The endpoints of the quarantine."""

    def visible(who: Asker) -> Predicate:
        return parts.access.reads_quarantine(who)

    Visible = Annotated[Predicate, Depends(visible)]
    router = APIRouter(prefix=f"{PREFIX}/quarantine", tags=["quarantine"], dependencies=[Depends(visible)])
    quarantine = parts.quarantine

    @router.get("")
    async def entries(
        predicate: Visible,
        state: State = State.WAITING,
        stream: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}/[a-z0-9_]{1,48}$")] = None,
        after: Annotated[int, Query(ge=0, le=_MOST_ID, description="The last id of the page before.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> EntryList:
        """Entries, without what arrived."""
        found = await quarantine.entries(predicate, state=state, stream=stream, after=after, limit=limit)
        return EntryList(entries=[_info(each) for each in found])

    @router.get("/{id}")
    async def entry(predicate: Visible, id_: Annotated[Id, Path(alias="id")]) -> EntryWhole:
        """One entry with what arrived."""
        found = await quarantine.entry(predicate, id_)
        return EntryWhole(**_info(found).model_dump(), payload=_shown(found.payload or b""))

    @router.post("/{id}/replay")
    async def replay(
        id_: Annotated[Id, Path(alias="id")],
        who: Asker,
        predicate: Visible,
        mended: Annotated[dict[str, Any] | None, Body(description="The reading as it should have been.")] = None,
    ) -> Closed:
        """Take the reading in now, as it arrived or mended. It closes every entry of the same reading."""
        raw = None if mended is None else msgspec.json.encode(mended)
        return Closed(closed=await quarantine.replay(predicate, id_, str(who), raw))

    @router.post("/{id}/dismiss")
    async def dismiss(id_: Annotated[Id, Path(alias="id")], who: Asker, predicate: Visible) -> Closed:
        """Close an entry without taking it in. It stays to be looked at."""
        await quarantine.entry(predicate, id_)
        return Closed(closed=await quarantine.dismiss([id_], str(who)))

    return router


def _info(entry: Entry) -> EntryInfo:
    return EntryInfo.model_validate(entry, from_attributes=True)


def _shown(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (ValueError, RecursionError):
        return payload.decode(errors="replace")
