"""Many clients at once: each hears of its own, nothing is lost, and a full queue says so."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ucity.cloud.ioc.api.ngsi import NgsiServices, ngsi_ld
from ucity.cloud.ioc.api.ngsi.edits import Changed, create, update
from ucity.cloud.ioc.api.ngsi.entities import Entity
from ucity.cloud.ioc.api.ngsi.tests.conftest import WRITER, authenticated
from ucity.cloud.ioc.api.ngsi.tests.samples import entity, prop
from ucity.cloud.ioc.api.ngsi.writer import Job, Writer
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committed, Committer, Document, Pool, connect
from ucity.cloud.ioc.store.backlog import Backlog
from ucity.cloud.ioc.store.entities import Finder
from ucity.errors import TooManyRequests, Unavailable

LAMP = "/entities/urn:ngsi-ld:Lamp:1"


async def test_of_fifty_who_create_the_same_entity_one_succeeds(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(api.post("/entities", json=entity(on=number)) for number in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 201)
    assert (await api.get(f"{LAMP}?options=keyValues")).json()["on"] == winner


async def test_of_two_processes_that_create_the_same_entity_one_succeeds(
    services: NgsiServices, migrated_database: str
) -> None:
    pool = await connect(migrated_database)
    other = replace(services, pool=pool, committer=Committer(pool, lambda lons, _: [None] * len(lons)))
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(authenticated(ngsi_ld(each), WRITER)), base_url="http://city")
        for each in (services, other)
    ]
    for number in range(20):
        answers = await asyncio.gather(*(client.post("/entities", json=entity(number)) for client in clients))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
    for client in clients:
        await client.aclose()
    await pool.close()


async def test_changes_of_one_entity_at_once_are_all_there(api: httpx.AsyncClient, pool: Pool) -> None:
    await api.post("/entities", json=entity())
    sent = [{f"a{number}": number, "last": prop(number, observedAt="2026-11-24T08:00:00Z")} for number in range(30)]
    answers = await asyncio.gather(*(api.patch(f"{LAMP}/attrs", json=each) for each in sent))
    assert {answer.status_code for answer in answers} == {204}
    got = (await api.get(f"{LAMP}?options=keyValues")).json()
    assert {name: got[name] for name in got if name.startswith("a")} == {f"a{number}": number for number in range(30)}
    numbers = [row["number"] for row in await pool.fetch("SELECT number FROM observation ORDER BY recorded_at")]
    assert sorted(numbers) == sorted([*range(30), *range(30)]), "each change of each has its place in history"


async def test_each_caller_hears_of_its_own_edit(api: httpx.AsyncClient) -> None:
    good = [api.post("/entities", json=entity(number)) for number in range(20)]
    absent = [api.delete(f"/entities/urn:x:{number}") for number in range(20)]
    answers = await asyncio.gather(*(each for pair in zip(good, absent, strict=True) for each in pair))
    assert [answer.status_code for answer in answers] == [201, 404] * 20


async def test_reads_at_once_get_what_each_asked_for(api: httpx.AsyncClient, pool: Pool) -> None:
    await api.post("/entityOperations/create", json=[entity(number, on=number) for number in range(50)])
    answers = await asyncio.gather(*(api.get(f"/entities/urn:ngsi-ld:Lamp:{n}?options=keyValues") for n in range(60)))
    assert [answer.json().get("on") for answer in answers] == [*range(50), *[None] * 10]


async def test_one_who_stops_waiting_does_not_stop_the_others(pool: Pool) -> None:
    finder, everything = Finder(pool), Predicate("test", "", None)
    tasks = [asyncio.create_task(finder.find(everything, "urn:x:1")) for _ in range(6)]
    await asyncio.sleep(0)
    for task in tasks[:3]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in results] == [True] * 3 + [False] * 3
    assert await finder.find(everything, "urn:x:1") is None


class Held(Committer):
    """A committer that waits to be let go, and fails as told."""

    def __init__(self, inner: Committer) -> None:
        self.inner, self.go, self.failure = inner, asyncio.Event(), None
        self.sizes: list[int] = []

    failure: Exception | None

    async def commit(self, batch: Batch) -> Committed:
        await self.go.wait()
        self.sizes.append(len(batch.edits))
        if self.failure:
            raise self.failure
        return await self.inner.commit(batch)


def job(number: int, check: Any = lambda *_: None) -> Job:
    return Job("", f"urn:x:{number}", create(Entity(id=f"urn:x:{number}", types=("urn:T",))), check)


@pytest.fixture
def held(committer: Committer) -> Held:
    return Held(committer)


@pytest.fixture
def writer(held: Held, services: NgsiServices) -> Writer:
    return Writer(held, services.clock, Backlog(services.pool), waiting=5, together=3)


async def test_a_full_queue_refuses_and_loses_nothing(writer: Writer, held: Held) -> None:
    tasks = [asyncio.create_task(writer.write(job(number))) for number in range(12)]
    await asyncio.sleep(0.01)
    refused = [task for task in tasks if task.done()]
    assert refused and all(isinstance(task.exception(), TooManyRequests) for task in refused)
    held.go.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(each, Changed) for each in done) == 12 - len(refused)
    assert max(held.sizes) == 3


async def test_a_database_that_is_away_is_told_to_everyone(writer: Writer, held: Held) -> None:
    held.failure = Unavailable("away", retry_after=2)
    held.go.set()
    for _ in range(2):
        done = await asyncio.gather(*(writer.write(job(number)) for number in range(3)), return_exceptions=True)
        assert [type(each) for each in done] == [Unavailable] * 3
    held.failure = None
    assert (await writer.write(job(1))).created


async def test_an_edit_that_the_database_does_not_take_spoils_no_other(
    services: NgsiServices, committer: Committer
) -> None:
    def poison(doc: Document | None, _: str) -> Changed:
        return Changed(
            Document(id="urn:x:poison", types=["urn:T"], attrs={"urn:p": {"type": "Property", "value": "\x00"}})
        )

    writer = Writer(committer, services.clock, Backlog(services.pool))
    jobs = [job(1), Job("", "urn:x:poison", poison, lambda *_: None), job(2)]
    writer.submit(jobs)
    done = await asyncio.gather(*(each.done for each in jobs), return_exceptions=True)
    assert [type(each).__name__ for each in done] == ["Changed", "BadRequestData", "Changed"]


async def test_edits_of_the_same_entity_keep_their_order(writer: Writer, held: Held) -> None:
    def change(number: int) -> Job:
        fresh = Entity(id="urn:x:1", attributes={"urn:p": [{"type": "Property", "value": number}]})
        return Job("", "urn:x:1", update(fresh), lambda *_: None)

    jobs = [job(1), change(1), job(2), change(2)]
    writer.submit(jobs)
    held.go.set()
    done = [await each.done for each in jobs]
    assert held.sizes == [2, 1, 1]
    last = done[-1].document
    assert last is not None and last.attrs["urn:p"]["value"] == 2
