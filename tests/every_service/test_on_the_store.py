"""Services on the real store: what their rules leave there is what they leave in memory, and their views answer."""

import random
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from polars.testing import assert_frame_equal

from replay import Memory, answered, made_up
from replay.network import SmallNetwork
from ucity.blueprint import Catalogue, Readings, Service
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.share.city import SharedCity
from ucity.cloud.ioc.store import Batch, Committer, Feed, Pool
from ucity.cloud.ioc.store.read import Span, history_frame
from ucity.cloud.ioc.store.records import make_tables

ZONE = ZoneInfo("Asia/Seoul")
EVERYTHING = Predicate("test", "", None)
EVER = Span(since=datetime(1900, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def catalogue(name: str, service: Service) -> Catalogue:
    return Catalogue({name: service})


async def settle(pool: Pool, catalogue: Catalogue, committer: Committer) -> None:
    """Run the rules until none has anything left to do."""
    feed = Feed(pool, catalogue)
    runners = [RuleRunner(name, rule, catalogue, pool, feed, committer, ZONE) for name, rule in catalogue.rules]
    busy = True
    while busy:
        busy = False
        for runner in runners:
            place = await committer.position(runner.rule.name)
            await runner.catch_up(place)
            busy = busy or await committer.position(runner.rule.name) > place


async def test_rules_leave_in_the_store_what_they_leave_in_memory(
    name: str, service: Service, folder: Path, catalogue: Catalogue, pool: Pool
) -> None:
    committer = Committer(pool, lambda lons, _: [None for _ in lons])
    memory = Memory(name, service)
    memory.zone = ZONE
    await make_tables(pool, catalogue.records)
    chance = random.Random(7)  # noqa: S311 - not for secrets
    for stream in service.streams:
        if stream.derived:
            continue
        for piece in range(3):
            readings = made_up(stream, chance, things=2, times=10 + piece)
            memory.tell(stream, readings)
            await committer.commit(Batch(readings=(Readings(name, stream, readings),)))
            await settle(pool, catalogue, committer)
    for stream in service.streams:
        stored = await history_frame(pool, stream, EVERYTHING, EVER)
        columns = ["subject", "observed_at", *stream.by_key]
        told = memory.frame(stream).select(columns)
        assert_frame_equal(stored.select(columns).sort(columns[:2]), told.sort(columns[:2]), check_exact=True)
    city = SharedCity(pool, EVERYTHING, SmallNetwork(), ZONE, clock=memory.now)
    for records in service.records:
        assert_frame_equal(await city.records(records), memory.rows(records), check_exact=True)
    for view in service.views:
        await answered(view, city, folder)
