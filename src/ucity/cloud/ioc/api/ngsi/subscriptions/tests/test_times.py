"""When subscribers are told: not more often than they want, or by the clock; and much of it in several."""

import pytest

from running.receiver import Receiver
from running.web import eventually
from ucity.cloud.ioc.api.ngsi.subscriptions import letters
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import City, has_received, lamp, subscription, telling
from ucity.cloud.ioc.share.notify import batch


async def test_throttled_changes_are_told_together(city: City, receiver: Receiver) -> None:
    await city.subscribe(subscription(receiver, throttling=3))
    await city.write(lamp(0, level=0))
    ((first,),) = [each["data"] for each in await city.told(receiver, 1)]
    for level in range(1, 5):
        await city.write(lamp(level % 2, level=level))
    _, second = await city.told(receiver, 2)
    assert first["level"]["value"] == 0
    assert {each["id"][-1]: each["level"]["value"] for each in second["data"]} == {"0": 4, "1": 3}
    assert receiver.at()[1].at - receiver.at()[0].at >= 2.9


async def test_what_is_throttled_for_days_is_told_after_them(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    where = await quiet.subscribe(subscription(receiver, throttling=172_800))
    async with telling(quiet, migrated_database):
        for level in (1, 2):
            await quiet.write(lamp(level=level))
            await quiet.told(receiver, 1)
        await eventually(lambda: quiet.pool.fetchval("SELECT count(*) FROM notice"), 1)
    await quiet.pool.execute("UPDATE notice SET made_at = now() - interval '47 hours'")
    await quiet.pool.execute("UPDATE subscription SET last_notification = now() - interval '48 hours'")
    async with telling(quiet, migrated_database):
        _, second = await quiet.told(receiver, 2)
    assert second["data"][0]["level"]["value"] == 2
    assert (await quiet.api.get(where)).json()["notification"]["timesSent"] == 2


async def test_many_entities_are_told_in_several(
    quiet: City, receiver: Receiver, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (batch, letters):
        monkeypatch.setattr(module, "MOST_TOLD", 2)
    await quiet.subscribe(subscription(receiver, throttling=3600))
    async with telling(quiet, migrated_database):
        await quiet.write(lamp(0, level=0))
        await quiet.told(receiver, 1)
        for level in range(1, 8):
            await quiet.write(lamp(level % 5, level=level))
        await eventually(lambda: quiet.pool.fetchval("SELECT max(cardinality(entities)) FROM notice"), 5)
    await quiet.pool.execute("UPDATE subscription SET last_notification = now() - interval '1 hour'")
    await quiet.subscribe(subscription(receiver, timeInterval=600, endpoint={"uri": receiver.url("/clock")}))
    await quiet.pool.execute("UPDATE subscription SET due_at = now() WHERE due_at IS NOT NULL")
    async with telling(quiet, migrated_database):
        told = (await quiet.told(receiver, 4))[1:] + await quiet.told(receiver, 3, "/clock")
    assert [len(each["data"]) for each in told] == [2, 2, 1] * 2
    now = {"0": 5, "1": 6, "2": 7, "3": 3, "4": 4}
    for data in (receiver.data()[1:], receiver.data("/clock")):
        assert {each["id"][-1]: each["level"]["value"] for each in data} == now
    assert len({each["id"] for each in told}) == 6


async def test_told_by_the_clock(city: City, receiver: Receiver) -> None:
    await city.write(lamp(1, level=1))
    await city.write(lamp(2, level=2))
    await city.subscribe(subscription(receiver, q="level==2", timeInterval=0.5))
    await eventually(lambda: has_received(receiver, 3), True)
    assert {each["id"] for each in receiver.data()} == {"urn:ngsi-ld:Lamp:2"}
    times = [each.at for each in receiver.at()]
    assert times[2] - times[0] > 0.6


async def test_an_interval_shorter_than_any_clock_tells_stops_nobody(city: City, receiver: Receiver) -> None:
    await city.write(lamp(level=2))
    await city.subscribe(subscription(receiver, timeInterval=1e-9))
    await city.subscribe(subscription(receiver, timeInterval=0.5, endpoint={"uri": receiver.url("/other")}))

    async def both() -> bool:
        return len(receiver.at()) > 1 and len(receiver.at("/other")) > 1

    await eventually(both, True)
