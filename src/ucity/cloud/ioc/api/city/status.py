"""``/status``: that the city answers, for everybody; how far behind it is, for those who manage it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ucity import __version__
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.errors import UcityError


class Status(BaseModel):
    """``details`` only for those who manage the city."""

    version: str
    services: int
    streams: int
    details: dict[str, Any] | None = Field(
        None, description="How far behind each log and rule is, and what waits in quarantine."
    )


def status_router(parts: Parts) -> APIRouter:
    """The status endpoint."""
    router = APIRouter(prefix=PREFIX, tags=["status"])

    @router.get("/status")
    async def status(who: Asker) -> Status:
        """What the city is, and how it is doing."""
        catalogue = parts.catalogue
        details = await parts.standing() if _manages(parts, who) else None
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
