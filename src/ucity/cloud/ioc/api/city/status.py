"""``/status``: that the city answers, for everybody; how far behind it is, for those who manage it."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ucity import __version__
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.errors import UcityError


class Lag(BaseModel):
    """How far something was taken in. `behind` = `last` - `position`."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    last: int
    behind: int
    moved_at: datetime | None = Field(serialization_alias="movedAt", description="Null: never yet.")


class Notifications(BaseModel):
    """How many subscriptions there are, rows of the feed not held against them yet, notices that wait for being sent,
    those of the last two days that were set aside because they cannot be, and endpoints that did not take the last
    one."""

    model_config = ConfigDict(from_attributes=True)

    subscriptions: int
    behind: int
    waiting: int
    aside: int
    failing: int


class Details(BaseModel):
    """How far behind each log (in messages) and each rule (in changes) is, what waits in quarantine by stream, and how
    notifications stand."""

    model_config = ConfigDict(from_attributes=True)

    logs: dict[str, Lag]
    rules: dict[str, Lag]
    quarantine: dict[str, int]
    notifications: Notifications


class Status(BaseModel):
    """What the city is, and how it is doing."""

    version: str
    services: int
    streams: int
    details: Details | None = Field(None, description="Only for those who manage the city.")


def status_router(parts: Parts) -> APIRouter:
    """The status endpoint."""
    router = APIRouter(prefix=PREFIX, tags=["status"])

    @router.get("/status")
    async def status(who: Asker) -> Status:
        """What the city is, and how it is doing."""
        catalogue = parts.catalogue
        details = Details.model_validate(await parts.standing()) if _manages(parts, who) else None
        return Status(
            version=__version__, services=len(catalogue.services), streams=len(catalogue.streams), details=details
        )

    return router


def _manages(parts: Parts, who: Asker) -> bool:
    try:
        parts.access.check_manage(who)
    except UcityError:
        return False
    return True
