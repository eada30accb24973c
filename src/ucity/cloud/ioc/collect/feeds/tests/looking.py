"""How tests look at feeds: wait for what they become, and send files in."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feeds import FeedState, KnownFeed, Message, known_feed
from ucity.network.feeds.gtfs_realtime import Realtime


async def until(ask: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while not wanted(found := await ask()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
    return found


async def until_feed(pool: Pool, name: str, wanted: Callable[[KnownFeed], bool]) -> KnownFeed:
    found: KnownFeed = await until(lambda: known_feed(pool, name), wanted)
    return found


def state(feed: KnownFeed) -> FeedState:
    return feed.state(datetime.now(UTC))


async def body(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


class Once:
    """A listener that wants something kept with the first message that it hears, and nothing with the others."""

    def __init__(self) -> None:
        self.heard_of = 0

    async def heard(self, message: Message, said: Realtime) -> bytes | None:
        self.heard_of += 1
        return b"foretold" if self.heard_of == 1 else None
