"""Notifications under kill -9 of the worker: each change reaches its receiver, and few of them twice."""

import os
from functools import partial
from pathlib import Path

import httpx
import psutil

from running.city import RunningCity, running_city
from running.receiver import Receiver
from running.web import eventually
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.policy.credentials import Credentials
from ucity.cloud.ioc.share.notify.rounds import TOGETHER
from ucity.cloud.ioc.store import connect, session

KILLS = int(os.environ.get("FAULT_ROUNDS", "2"))
EACH = 60
"""Changes between two kills."""


async def client_of(city: RunningCity) -> httpx.AsyncClient:
    """A client with a key of its own."""
    pool = await connect(city.runtime.postgres_url)
    _, key = await Credentials(partial(session, pool)).make_key("subscriber", scopes={Scope.READ, Scope.WRITE})
    await pool.close()
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=f"{city.url}/ngsi-ld/v1", headers=headers, timeout=30)


async def test_every_change_is_told_whenever_the_worker_is_killed(city_folder: Path, receiver: Receiver) -> None:
    allow_private_receivers(city_folder)
    with running_city(city_folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        async with await client_of(city) as client:
            subscription = {
                "type": "Subscription",
                "entities": [{"type": "Lamp"}],
                "notification": {"format": "keyValues", "endpoint": {"uri": receiver.url()}},
            }
            (await client.post("/subscriptions", json=subscription)).raise_for_status()
            written = 0
            for _ in range(KILLS):
                written = await write(client, written, EACH)
                psutil.Process(city.pid("worker")).kill()
                written = await write(client, written, EACH)
                await back(city)
            await received(receiver, written)
            said = (await client.get("/subscriptions")).json()[0]["notification"]
    told = [each.body["data"][0]["level"] for each in receiver.at()]
    assert set(told) == set(range(written))
    assert len(told) - written <= KILLS * TOGETHER
    ids = {(each.body["id"], each.body["data"][0]["level"]) for each in receiver.at()}
    assert len(ids) == written  # what is told again is told under the same id
    assert said["timesSent"] >= written
    print(f"{KILLS} kills: {written} changes, {len(told)} notifications")


async def write(client: httpx.AsyncClient, first: int, number: int) -> int:
    """Change a lamp so many times; returns the next number."""
    for level in range(first, first + number):
        lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "level": level}
        (await client.post("/entityOperations/upsert", params={"options": "update"}, json=[lamp])).raise_for_status()
    return first + number


def allow_private_receivers(folder: Path) -> None:
    (folder / "ucity.toml").write_text("private_receivers = true\n")


async def back(city: RunningCity) -> None:
    """Wait until the worker runs again."""

    async def runs() -> bool:
        return city.runtime.children["worker"].pid is not None

    await eventually(runs, True, seconds=120)


async def received(receiver: Receiver, number: int) -> None:
    """Wait until the receiver has been told of the last change."""

    async def told() -> bool:
        return any(each.body["data"][0]["level"] == number - 1 for each in receiver.at())

    await eventually(told, True, seconds=120)
