"""What is told of a journey that somebody follows, as the API shows it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from ucity.cloud.ioc.api.city.journeys_models import JourneyInfo, LegAlert, Model


class LegNowInfo(Model):
    """When a leg of a followed journey is expected to begin and end."""

    departs: datetime
    arrives: datetime
    is_live: bool


class BrokenInfo(Model):
    """Why a followed journey does not hold."""

    reason: Literal["missed", "cancelled", "skipped", "gone", "late", "no_bicycle", "no_dock"]
    leg: int = Field(description="Number of the leg from 0.")
    message: dict[str, str] = Field(description="By language (BCP 47).")


class FollowedAlert(LegAlert):
    """What is amiss on a leg of a followed journey."""

    leg: int = Field(description="Number of the leg from 0.")


class FollowedInfo(Model):
    """Data of each event: `status` while the journey holds, `broken`, `over`."""

    at: datetime
    legs: list[LegNowInfo] = Field(description="Up to the one that cannot be had.")
    delay_seconds: float
    broken: BrokenInfo | None
    alerts: list[FollowedAlert] = Field(description="What is amiss on the legs that are not over.")
    instead: JourneyInfo | None = Field(description="Another way from where you are then; null where there is none.")
    since: datetime | None = Field(description="When that way begins to be looked for.")
    here: dict[str, float] | None = Field(description="From where: lon, lat.")
