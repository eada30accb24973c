"""Following the change feed: who is woken by which commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import polars as pl
import pytest

from ucity.blueprint import Area, Catalogue, Measure, Readings, Service, Sharing, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Feed, Pool
from ucity.cloud.ioc.store.feed import ALTERED

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)


def stream(name: str) -> Stream:
    measure = Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000))
    return Stream(name=name, entity_type="Meter", title=TITLE, sharing=Sharing.OPEN, measures=(measure,))


STREAMS = tuple(map(stream, ("meters", "sums")))
CATALOGUE = Catalogue(
    {"utilities/test": Service(serves=(Area.UTILITIES,), title=TITLE, summary=TITLE, streams=STREAMS)}
)
PATHS = ("test/meters", "test/sums")


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None for _ in lons])


@pytest.fixture
async def feed(pool: Pool, migrated_database: str) -> AsyncIterator[Feed]:
    """A feed that listens: whoever follows it has been woken for the first time."""
    announcements = Announcements(migrated_database)
    feed = Feed(pool, CATALOGUE, announcements)
    began = feed.waiter()
    task = asyncio.create_task(announcements.run())
    await began.wait()
    yield feed
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def commit_readings(committer: Committer, which: Stream) -> None:
    frame = pl.DataFrame([{"subject": which.name, "observed_at": T0, "pm25": 1.0}], schema=columns_of(which))
    await committer.commit(Batch(readings=(Readings("utilities/test", which, frame),)))


async def commit_lamp(committer: Committer, number: int) -> None:
    lamp = Document(id=f"urn:ngsi-ld:Lamp:{number}", types=["https://lamps.example/Lamp"], attrs={})
    await committer.commit(Batch(edits=(Edit(tenant="", id=lamp.id, apply=lambda _: lamp),)))


async def test_readings_wake_who_follows_their_stream_and_who_follows_all_and_nobody_else(
    feed: Feed, committer: Committer
) -> None:
    meters, sums, anything, altered = (feed.waiter(each) for each in (*PATHS, "", ALTERED))
    await commit_readings(committer, STREAMS[0])
    async with asyncio.timeout(60):
        await asyncio.gather(meters.wait(), anything.wait())
    assert not sums.is_set()
    assert not altered.is_set()


async def test_an_edited_document_wakes_who_tells_subscribers_once_somebody_subscribes_to_its_type(
    feed: Feed, committer: Committer, pool: Pool
) -> None:
    altered, anything = feed.waiter(ALTERED), feed.waiter()
    await commit_lamp(committer, 1)
    async with asyncio.timeout(60):
        await anything.wait()
    assert not altered.is_set()
    await pool.execute(
        "WITH made AS (INSERT INTO subscription (tenant, id, owner, document, terms, context, endpoint, since,"
        " revision, created_at, modified_at) VALUES ('', 'urn:s', 'key:a', '{}', '{}', 'null', '', 0, 1, now(), now())"
        " RETURNING key) INSERT INTO subscription_type SELECT '', 'https://lamps.example/Lamp', key FROM made"
    )
    await commit_lamp(committer, 2)
    async with asyncio.timeout(60):
        await altered.wait()


async def test_a_reader_that_follows_one_stream_gets_what_is_committed_while_it_waits(
    feed: Feed, committer: Committer
) -> None:
    changes = feed.follow(0, stream=PATHS[1])
    waits = asyncio.ensure_future(anext(changes))
    await commit_readings(committer, STREAMS[0])
    await commit_readings(committer, STREAMS[1])
    async with asyncio.timeout(60):
        found = await waits
    assert [each.readings and each.readings.stream.name for each in found] == ["sums"]
