"""Parameters that ask for a part of what the city keeps: of these things, of this span of time."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from ucity.blueprint import Text
from ucity.errors import BadInput

Subjects = Annotated[
    list[Annotated[str, Query(max_length=128)]] | None,
    Query(alias="subject", max_length=500, description="Only of these things; can be repeated."),
]
Moment = Annotated[AwareDatetime, Query()]

_NOT_BEFORE: Text = {
    "ko": "since: until보다 앞선 시각으로 적어 주세요.",
    "en": "since: give a time before until.",
}


def too_far(name: str) -> Text:
    """What is said of a time that cannot be reckoned with."""
    return {
        "ko": f"{name}: 너무 먼 시각입니다. 더 가까운 시각으로 적어 주세요.",
        "en": f"{name}: this time is too far away. Give a nearer one.",
    }


def in_utc(name: str, time: datetime) -> datetime:
    """The same time in UTC. Raises BadInput where that is before the first or after the last year there is."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(too_far(name)) from error


def check_order(since: datetime, until: datetime) -> None:
    """Raise BadInput for a span that ends before it begins."""
    if since > until:
        raise BadInput(_NOT_BEFORE)
