"""Histories that are too long for one answer: the parts that are given, and how one goes on from one to the next."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi.tests.samples import ERRORS, prop

CAR = "/temporal/entities/urn:x:car"
START = datetime(2026, 11, 24, tzinfo=UTC)
MANY = 10_050
Clock = Callable[[int], datetime]


async def kept(api: httpx.AsyncClient, time: Clock) -> None:
    """Keep a history of so many speeds, the number of each being its value."""
    speeds = [prop(number, observedAt=text(time(number))) for number in range(MANY)]
    sent = {"id": "urn:x:car", "type": "Vehicle", "speed": speeds}
    assert (await api.post("/temporal/entities", json=sent)).status_code == 201


def text(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


async def part(api: httpx.AsyncClient, query: str) -> tuple[list[int], str | None]:
    """The speeds of an answer, and what it says of the part that it is."""
    answer = await api.get(f"{CAR}?{query}&options=temporalValues")
    speeds: list[Any] = answer.json()["speed"]["values"]
    assert answer.status_code == (206 if "content-range" in answer.headers else 200)
    return [value for value, _ in speeds], answer.headers.get("content-range")


async def test_a_part_begins_where_the_time_does_that_is_asked_about(api: httpx.AsyncClient) -> None:
    """Clause 6.3.10."""
    await kept(api, lambda number: START + timedelta(seconds=number))
    early, late = text(START - timedelta(hours=1)), text(START + timedelta(hours=4))
    for query, told in (
        ("attrs=speed", "2026-11-24T00:00:00-2026-11-24T02:46:39/*"),
        (f"timerel=before&timeAt={late}", "2026-11-24T00:00:00-2026-11-24T02:46:39/*"),
        (f"timerel=after&timeAt={early}", "2026-11-23T23:00:00-2026-11-24T02:46:39/*"),
        (f"timerel=between&timeAt={early}&endTimeAt={late}", "2026-11-23T23:00:00-2026-11-24T02:46:39/*"),
        ("lastN=10040", "2026-11-24T02:47:29-2026-11-24T00:00:50/10040"),
        (f"timerel=after&timeAt={early}&lastN=10040", "2026-11-24T02:47:29-2026-11-24T00:00:50/10040"),
        (f"timerel=before&timeAt={late}&lastN=10040", "2026-11-24T04:00:00-2026-11-24T00:00:50/10040"),
        (
            f"timerel=between&timeAt={early}&endTimeAt={late}&lastN=10040",
            "2026-11-24T04:00:00-2026-11-24T00:00:50/10040",
        ),
    ):
        assert (await part(api, query))[1] == f"date-time {told}", query
    assert (await part(api, "timerel=after&timeAt=2026-11-24T02:46:40Z"))[0] == list(range(10_000, MANY))


async def test_whoever_goes_on_from_a_part_gets_the_rest(api: httpx.AsyncClient) -> None:
    await kept(api, lambda number: START + timedelta(milliseconds=300 * number))
    newest, told = await part(api, f"lastN={MANY}")
    assert told == "date-time 2026-11-24T00:50:14.700000-2026-11-24T00:00:15/10050"
    until = told.split("/")[0][-19:]
    rest, told = await part(api, f"timerel=before&timeAt={until}Z&lastN={MANY}")
    assert (newest + rest, told) == (list(range(MANY))[::-1], None)
    _, told = await part(api, f"timerel=before&timeAt=2026-11-24T00:50:14.5Z&lastN={MANY}")
    assert told == "date-time 2026-11-24T00:50:14.500000-2026-11-24T00:00:14.700000/10050"


@pytest.mark.parametrize("query", ["timeproperty=modifiedAt", "timeproperty=createdAt&lastN=20000"])
async def test_what_no_part_could_tell_whole_is_refused(api: httpx.AsyncClient, query: str) -> None:
    await kept(api, lambda number: START + timedelta(seconds=number))
    refused = await api.get(f"{CAR}?{query}")
    assert (refused.status_code, refused.json()["type"]) == (403, f"{ERRORS}TooManyResults")
