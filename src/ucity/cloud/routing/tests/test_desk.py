"""Questions over a real bus: answered, refused when there are too many, asked again when a router is gone."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import nats as nats_client
import pytest
from nats.aio.client import Client

from running.servers import Nats
from ucity.blueprint import JourneyQuery, Position
from ucity.cloud.routing.client import Routing
from ucity.cloud.routing.desk import Desk, Task
from ucity.cloud.routing.tests.rides import at
from ucity.cloud.routing.wire import JOURNEYS, Journeys, JourneysFound
from ucity.errors import Conflict, TooManyRequests, UcityError, Unavailable

ASKED = Journeys(query=JourneyQuery(origin=Position(129, 35), destination=Position(129.1, 35.1), at=at(0)))
FOUND = JourneysFound(journeys=(), comparisons=(), feeds=(), has_streets=False, built_at=at(0))
Work = Callable[[Journeys], JourneysFound]


@pytest.fixture
async def bus(nats: Nats) -> AsyncIterator[Client]:
    client = await nats_client.connect(nats.url)
    yield client
    await client.close()


@asynccontextmanager
async def answering(bus: Client, work: Work, **limits: int) -> AsyncIterator[Desk]:
    desk = Desk(bus, {JOURNEYS: Task(Journeys, work)}, **limits)
    await desk.open()
    yield desk
    await desk.close()


def refusing(error: Exception) -> Work:
    def work(_: Journeys) -> JourneysFound:
        raise error

    return work


async def test_a_question_comes_back_answered(bus: Client) -> None:
    heard = []

    def work(asked: Journeys) -> JourneysFound:
        heard.append(asked)
        return FOUND

    async with answering(bus, work):
        assert await Routing(bus).journeys(ASKED) == FOUND
    assert heard == [ASKED]


REFUSED = [Conflict({"ko": "시간표 없음", "en": "no timetable"}), Unavailable("later", retry_after=7)]


@pytest.mark.parametrize("error", REFUSED, ids=str)
async def test_what_a_router_refuses_is_refused_likewise(bus: Client, error: UcityError) -> None:
    async with answering(bus, refusing(error)):
        with pytest.raises(type(error), match=error.detail) as caught:
            await Routing(bus).journeys(ASKED)
    assert (caught.value.headers, caught.value.texts) == (error.headers, error.texts)


async def test_a_fault_in_a_router_is_told_without_its_details(bus: Client) -> None:
    async with answering(bus, refusing(ZeroDivisionError("secret"))):
        with pytest.raises(UcityError) as caught:
            await Routing(bus).journeys(ASKED)
    assert "secret" not in str(caught.value)


async def test_is_unwell_while_a_question_does_not_end(bus: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def work(_: Journeys) -> JourneysFound:
        free.wait(10)
        return FOUND

    async with answering(bus, work) as desk:
        asking = asyncio.create_task(Routing(bus).journeys(ASKED))
        await asyncio.sleep(0.3)
        assert desk.is_well()
        monkeypatch.setattr("ucity.cloud.routing.desk.STUCK_AFTER", 0.2)
        assert not desk.is_well()
        free.set()
        await asking
        assert desk.is_well()


async def test_too_many_questions_are_refused_at_once_and_the_others_answered(bus: Client) -> None:
    free = threading.Event()

    def work(_: Journeys) -> JourneysFound:
        free.wait(10)
        return FOUND

    async with answering(bus, work, at_a_time=1, most=2):
        asking = [asyncio.create_task(Routing(bus).journeys(ASKED)) for _ in range(5)]
        done, _ = await asyncio.wait(asking, timeout=1.5)
        assert len(done) == 3
        assert {type(each.exception()) for each in done} == {TooManyRequests}
        free.set()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert answers.count(FOUND) == 2


async def test_a_question_that_waited_longer_than_its_asker_is_not_worked_on(bus: Client) -> None:
    worked_on = []

    def work(asked: Journeys) -> JourneysFound:
        worked_on.append(asked)
        time.sleep(0.6)
        return FOUND

    async with answering(bus, work, at_a_time=1):
        asking = [asyncio.create_task(Routing(bus, patience=0.5).journeys(ASKED)) for _ in range(3)]
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(each) for each in answers] == [Unavailable] * 3
        await asyncio.sleep(0.5)
    assert len(worked_on) == 1


async def test_without_a_router_it_is_waited_for(bus: Client) -> None:
    with pytest.raises(Unavailable) as caught:
        await Routing(bus, patience=0.5).journeys(ASKED)
    assert "Retry-After" in caught.value.headers
    asking = asyncio.create_task(Routing(bus).journeys(ASKED))
    await asyncio.sleep(0.5)
    async with answering(bus, lambda _: FOUND):
        assert await asking == FOUND


async def test_a_question_whose_router_has_gone_is_asked_again_of_another(bus: Client, nats: Nats) -> None:
    taken, forever = threading.Event(), threading.Event()

    def never(_: Journeys) -> JourneysFound:
        taken.set()
        forever.wait(20)
        return FOUND

    doomed = await nats_client.connect(nats.url)
    desk = Desk(doomed, {JOURNEYS: Task(Journeys, never)})
    await desk.open()
    asking = asyncio.create_task(Routing(bus).journeys(ASKED))
    assert await asyncio.to_thread(taken.wait, 5)
    await doomed.close()
    async with answering(bus, lambda _: FOUND):
        assert await asking == FOUND
    forever.set()
    await desk.close()


async def test_the_same_question_asked_twice_is_worked_on_once(bus: Client) -> None:
    worked_on = []

    def slow(asked: Journeys) -> JourneysFound:
        worked_on.append(asked)
        time.sleep(2.5)  # longer than until it is asked again
        return FOUND

    async with answering(bus, slow):
        assert await Routing(bus).journeys(ASKED) == FOUND
    assert len(worked_on) == 1


async def test_what_is_no_question_is_refused(bus: Client) -> None:
    async with answering(bus, lambda _: FOUND):
        answer = await bus.request(JOURNEYS, b"\xff what?", timeout=20)
        assert b"Unavailable" in answer.data
