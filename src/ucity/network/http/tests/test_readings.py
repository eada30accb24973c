"""The door for readings and its bounds: time for a body, memory for all of them together."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ucity.blueprint import Declared, Readings
from ucity.blueprint.frames import empty
from ucity.cloud.ioc.collect.check import Checked, Sender, check
from ucity.network.http import HANDLERS, ReadingsDoor
from ucity.network.http.readings import Room
from ucity.services import catalogue

STATIONS = catalogue().streams["air_quality/stations"]
READING = {"id": "a", "observedAt": datetime.now(UTC).isoformat(), "pm25": 1}
PATH = "/readings/air_quality/stations"


class Kept:
    """An inlet that remembers; ``gate`` holds up the log."""

    def __init__(self) -> None:
        self.readings, self.gate = empty(STATIONS.service, STATIONS.stream), asyncio.Event()
        self.gate.set()
        self.logging = asyncio.Queue[None]()

    def admit(self, who: Any, path: str) -> Declared:
        return catalogue().streams[path]

    def check(self, who: Any, declared: Declared, items: Sequence[Any]) -> Checked:
        return check(declared, items, [Sender("t")] * len(items), datetime.now(UTC))

    async def log(self, who: Any, readings: Readings, key: str | None) -> None:
        self.logging.put_nowait(None)
        await self.gate.wait()
        self.readings = readings

    async def keep_aside(self, who: Any, declared: Declared, refused: Iterable[Any]) -> None:
        raise AssertionError(list(refused))


class Named:
    """Says who asks, as the edge does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": {"principal": "key:t"}}, receive, send)


def client(inlet: Kept, room: Room) -> httpx.AsyncClient:
    door = ReadingsDoor(inlet, room)
    routes = [Route("/readings/{service}/{stream}", door.receive, methods=["POST"])]
    app = Named(Starlette(routes=routes, exception_handlers=HANDLERS))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://city")


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.sleep(5)

    async with client(Kept(), Room(seconds=0.1)) as http:
        answer = await http.post(PATH, content=slowly(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 408


async def test_bodies_take_up_no_more_memory_than_there_is_room_for() -> None:
    inlet = Kept()
    inlet.gate.clear()
    padded = READING | {"note": "x" * 600}
    async with client(inlet, Room(bytes=1500)) as http:
        waiting = [asyncio.create_task(http.post(PATH, json=padded)) for _ in range(2)]
        for _ in waiting:
            await inlet.logging.get()
        refused = await http.post(PATH, json=padded)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        inlet.gate.set()
        assert [(await each).status_code for each in waiting] == [202, 202]
        assert (await http.post(PATH, json=padded)).status_code == 202


async def test_large_bodies_are_taken_in_as_small_ones_are() -> None:
    inlet = Kept()
    items = [READING | {"id": f"s{n}"} for n in range(2000)]
    async with client(inlet, Room()) as http:
        assert (await http.post(PATH, json=items)).json() == {"accepted": 2000, "rejected": []}
    assert inlet.readings.frame["subject"].to_list() == [f"s{n}" for n in range(2000)]
