"""Feeds on the real store: the door that takes files, and the keeper that fetches them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ucity.cloud.ioc.collect.feeds.door import FeedDoor
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.keeper import FeedKeeper
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.objects import Objects, open_objects
from ucity.network.feeds.fetch import Fetcher


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return open_objects(None, tmp_path)


@pytest.fixture
def files(pool: Pool, objects: Objects, tmp_path: Path) -> Files:
    return Files(pool=pool, objects=objects, incoming=tmp_path / "incoming")


@pytest.fixture
def door(files: Files) -> FeedDoor:
    return FeedDoor(files, most=10_000_000)


@pytest.fixture
async def keeper(migrated_database: str, files: Files) -> AsyncIterator[FeedKeeper]:
    keeper = FeedKeeper(migrated_database, files, Fetcher(private=True), most=10_000_000)
    task = asyncio.create_task(keeper.run())
    yield keeper
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
