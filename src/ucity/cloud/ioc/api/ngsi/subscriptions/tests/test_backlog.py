"""Who writes more than subscribers can be told is made to wait, and nothing is lost; one receiver holds up nobody."""

from datetime import UTC, datetime

import pytest

from running.receiver import Receiver
from running.web import eventually
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import City, lamp, subscription, telling
from ucity.cloud.ioc.store import backlog
from ucity.cloud.ioc.store.notices import Notice, enqueue


async def write(city: City, value: int) -> int:
    answer = await city.api.post("/entityOperations/upsert?options=update", json=[lamp(1, on=value)])
    if answer.status_code == 429:
        assert int(answer.headers["retry-after"]) > 0
        assert "ubscribers" in answer.json()["detail"]
    return answer.status_code


async def test_writers_wait_until_subscribers_were_told_and_every_write_is_told(
    quiet: City, receiver: Receiver, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST_BEHIND", 3)
    monkeypatch.setattr(backlog, "_EVERY", 0.0)
    await quiet.subscribe(subscription(receiver))
    taken = 0

    async def status() -> int:
        nonlocal taken
        found = await write(quiet, taken + 1)
        taken += found != 429
        return found

    await eventually(status, 429)
    assert taken >= 4
    assert await backlog.is_long(quiet.pool)
    async with telling(quiet, migrated_database):
        await eventually(status, 204)
        bodies = await quiet.told(receiver, taken)
    assert [each["data"][0]["on"]["value"] for each in bodies] == list(range(1, taken + 1))
    assert not await backlog.is_long(quiet.pool)


async def queue(city: City, endpoint: str, count: int) -> None:
    (row,) = await city.pool.fetch("SELECT key, endpoint FROM subscription WHERE starts_with(endpoint, $1)", endpoint)
    notices = [
        Notice(
            subscription=row["key"],
            endpoint=row["endpoint"],
            changes=[number],
            entities=["urn:ngsi-ld:Lamp:1"],
            made_at=datetime.now(UTC),
        )
        for number in range(count)
    ]
    async with city.pool.acquire() as connection, connection.transaction():
        await enqueue(connection, notices, lambda _: False)


async def test_many_endpoints_make_writers_wait_and_one_does_not(
    quiet: City, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST_WAITING", 5)
    monkeypatch.setattr(backlog, "MOST_OF_ONE", 3)
    urls = [receiver.url(f"/{number}") for number in range(3)]
    for url in urls:
        await quiet.subscribe(subscription(receiver, endpoint={"uri": url}))
    await queue(quiet, urls[0], 50)
    assert not await backlog.is_long(quiet.pool), "one endpoint"
    await queue(quiet, urls[1], 2)
    assert not await backlog.is_long(quiet.pool), "as many as may wait"
    await queue(quiet, urls[2], 1)
    assert await backlog.is_long(quiet.pool)
    await quiet.pool.execute("UPDATE notice_endpoint SET failures = 1 WHERE starts_with(endpoint, $1)", urls[0])
    assert not await backlog.is_long(quiet.pool), "one that fails"


async def test_what_waits_because_it_is_throttled_makes_nobody_wait(
    quiet: City, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST_WAITING", 0)
    await quiet.subscribe(subscription(receiver, throttling=3600))
    await queue(quiet, receiver.url(), 5)
    assert not await backlog.is_long(quiet.pool)
