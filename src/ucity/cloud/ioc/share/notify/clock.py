"""Queues what is told by the clock: subscriptions with an interval in the place of changes."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.notices import Notices
from ucity.errors import UcityError

log = structlog.get_logger()
_EVERY = 0.25


async def keep_intervals(pool: Pool, wake: Callable[[Iterable[str]], None]) -> None:
    """Queue what is due, until cancelled; any number of workers may."""
    notices = Notices(pool)
    while True:
        try:
            wake(await notices.periodic(datetime.now(UTC)))
        except UcityError as error:
            log.warning("periodic notifications wait", why=error.detail)
        await asyncio.sleep(_EVERY)
