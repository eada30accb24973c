"""How endpoints answer: what is counted, what is sent again, and that none holds up another."""

import asyncio
from contextlib import closing

import pytest

from running.receiver import Receiver
from running.web import eventually
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import City, Clients, has_received, lamp, subscription, telling
from ucity.cloud.ioc.policy import Scope as Permission


async def test_counters_survive_a_restart(city: City, receiver: Receiver, migrated_database: str) -> None:
    where = await city.subscribe(subscription(receiver))
    await city.write(lamp(level=1))
    await city.told(receiver, 1)
    receiver.status["/notify"] = 500
    await city.write(lamp(level=2))
    await eventually(lambda: _failed(city, where), 1)
    said = (await city.api.get(where)).json()["notification"]
    assert (said["timesSent"], said["timesFailed"], said["status"]) == (2, 1, "failed")
    assert said["lastFailure"] == said["lastNotification"] > said["lastSuccess"]
    receiver.status.clear()
    async with telling(city, migrated_database):
        await eventually(lambda: _status(city, where), "ok")
    said = (await city.api.get(where)).json()["notification"]
    assert (said["timesSent"], said["timesFailed"]) == (3, 1)


async def test_only_200_counts_as_success(city: City, receiver: Receiver) -> None:
    """Clause 5.8.6: a response different than 200 OK is a failure. It was taken all the same, and is not sent again."""
    receiver.status["/notify"] = 204
    where = await city.subscribe(subscription(receiver))
    await city.write(lamp(level=1))
    await eventually(lambda: _failed(city, where), 1)
    said = (await city.api.get(where)).json()["notification"]
    assert (said["timesSent"], said["status"]) == (1, "failed")
    assert said["lastFailure"] == said["lastNotification"]
    assert "lastSuccess" not in said
    receiver.status.clear()
    await city.write(lamp(level=2))
    await eventually(lambda: _status(city, where), "ok")
    assert [each["data"][0]["level"]["value"] for each in await city.told(receiver, 2)] == [1, 2]


async def _failed(city: City, where: str) -> int:
    return int((await city.api.get(where)).json()["notification"]["timesFailed"])


async def _status(city: City, where: str) -> str:
    return str((await city.api.get(where)).json()["notification"].get("status"))


async def test_a_hanging_receiver_does_not_delay_another(city: City, receiver: Receiver) -> None:
    receiver.hang["/dead"] = 30
    for path in ("/dead", "/good"):
        await city.subscribe(
            subscription(receiver, notification={"endpoint": {"uri": receiver.url(path), "timeout": 25_000}})
        )
    for level in range(20):
        await city.write(lamp(level=level))
        await asyncio.sleep(0.01)
    told = await city.told(receiver, 20, "/good")
    assert [each["data"][0]["level"]["value"] for each in told] == list(range(20))
    assert len(receiver.at("/dead")) == 1


async def test_a_dead_receiver_is_told_everything_in_order_once_it_is_back(city: City, receiver: Receiver) -> None:
    receiver.status["/notify"] = 503
    await city.subscribe(subscription(receiver))
    for level in range(5):
        await city.write(lamp(level=level))
    await eventually(lambda: has_received(receiver, 1), True)
    receiver.status.clear()
    receiver.received.clear()
    told = await city.told(receiver, 5)
    assert [each["data"][0]["level"]["value"] for each in told] == list(range(5))


async def test_a_short_cooldown_does_not_hasten_what_fails(city: City, receiver: Receiver) -> None:
    """Clause 5.2.15: it is a minimum."""
    receiver.status["/notify"] = 500
    await city.subscribe(subscription(receiver, endpoint={"cooldown": 0.001}))
    await city.write(lamp(level=1))
    await eventually(lambda: has_received(receiver, 3), True)
    times = [each.at for each in receiver.at()]
    assert times[1] - times[0] > 0.9 and times[2] - times[1] > 1.9


async def test_who_is_refused_holds_up_nobody_else_at_the_same_endpoint(city: City, receiver: Receiver) -> None:
    receiver.refused = {"Bearer wrong"}
    wrong = [{"key": "Authorization", "value": "Bearer wrong"}]
    refused = await city.subscribe(subscription(receiver, endpoint={"receiverInfo": wrong}))
    await city.subscribe(subscription(receiver))

    def well() -> list[int]:
        return [each.body["data"][0]["level"]["value"] for each in receiver.at() if "authorization" not in each.headers]

    for level in range(5):
        await city.write(lamp(level=level))

    async def told() -> list[int]:
        return well()

    await eventually(told, list(range(5)))
    assert await city.pool.fetchval("SELECT max(failures) FROM notice_endpoint") == 0
    # Each is tried three times in the beginning, and once later on.
    await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 0)
    assert await _failed(city, refused) == len(receiver.at()) - 5 == 7
    receiver.refused = set()
    await city.write(lamp(level=9))
    await eventually(lambda: _status(city, refused), "ok")


async def test_nobody_can_hold_up_what_others_have_sent_to_an_endpoint(
    city: City, clients: Clients, receiver: Receiver
) -> None:
    receiver.hang["/notify"] = 0.3
    other = clients((await city.credentials.make_key("other", scopes=[Permission.READ]))[0])
    hasty = subscription(receiver, endpoint={"timeout": 1, "receiverInfo": [{"key": "X-Of", "value": "other"}]})
    assert (await other.post("/subscriptions", json=hasty)).status_code == 201
    await city.subscribe(subscription(receiver))
    for level in range(3):
        await city.write(lamp(level=level))

    async def told() -> list[int]:
        return [each.body["data"][0]["level"]["value"] for each in receiver.at() if "x-of" not in each.headers]

    await eventually(told, [0, 1, 2])
    failing = "SELECT count(*) FROM notice_endpoint WHERE failures > 0"
    await eventually(lambda: city.pool.fetchval(failing), 1)


async def test_blanks_around_a_header_are_not_sent(city: City, receiver: Receiver) -> None:
    info = [{"key": "X-A", "value": " x\t"}, {"key": "X-B", "value": "  "}]
    await city.subscribe(subscription(receiver, endpoint={"receiverInfo": info}))
    await city.write(lamp(level=1))
    await city.told(receiver, 1)
    assert (receiver.at()[0].headers["x-a"], receiver.at()[0].headers["x-b"]) == ("x", "")


@pytest.mark.parametrize("status", [500, 401])
async def test_within_the_cooldown_nothing_is_sent(city: City, receiver: Receiver, status: int) -> None:
    receiver.status["/notify"] = status
    await city.subscribe(subscription(receiver, endpoint={"cooldown": 4000}))
    await city.write(lamp(level=1))
    await eventually(lambda: has_received(receiver, 1), True)
    await asyncio.sleep(0.2)
    receiver.status.clear()
    await city.write(lamp(level=2))
    await asyncio.sleep(0.5)
    assert len(receiver.at()) == 1
    await eventually(lambda: has_received(receiver, 2), True)
    await city.write(lamp(level=3))
    told = await city.told(receiver, 3)
    assert [each["data"][0]["level"]["value"] for each in told] == [1, 1, 3]


async def test_what_was_matched_for_an_address_of_before_goes_to_the_address_of_now(
    city: City, receiver: Receiver
) -> None:
    with closing(Receiver()) as other:
        where = await city.subscribe(subscription(receiver))
        await city.write(lamp(level=1))
        await city.told(receiver, 1)
        queue = await city.pool.fetchval("SELECT endpoint FROM notice_endpoint")
        moved = {"notification": {"endpoint": {"uri": other.url()}}}
        assert (await city.api.patch(where, json=moved)).status_code == 204
        await city.pool.execute(
            "INSERT INTO notice (endpoint, subscription, changes, entities, made_at)"
            " SELECT $1, (SELECT key FROM subscription), ARRAY[max(seq)], ARRAY[$2], now() FROM change",
            *(queue, lamp()["id"]),
        )
        await eventually(lambda: has_received(other, 1), True)
        assert len(receiver.received) == 1
