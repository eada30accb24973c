"""Whether more has to be told to subscribers than the city tells in a while: then whoever writes is made to wait.

One endpoint counts for a part only, and one that fails for nothing: its queue is bounded by itself, and one receiver
that is slow or dead must not keep a city from writing. What waits because its subscription is throttled does not count
either.
"""

import asyncio
import time

import structlog

from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.notices import MATCHER
from ucity.errors import UcityError

log = structlog.get_logger()
MOST_WAITING = 10_000
"""Notices that may wait for endpoints which answer."""
MOST_OF_ONE = 1_000
"""Notices that are counted of one endpoint."""
MOST_BEHIND = 10_000
"""Rows of the feed that may wait for being held against the subscriptions."""
_EVERY = 0.5
_LOOK = """
SELECT (
    SELECT coalesce(sum(least(n, $2)), 0) FROM (
        SELECT count(*) AS n FROM notice JOIN notice_endpoint AS e USING (endpoint)
        WHERE e.failures = 0 AND NOT EXISTS (
            SELECT FROM subscription AS s WHERE s.key = notice.subscription AND s.document LIKE '%"throttling"%'
        ) GROUP BY endpoint
    ) AS queue
) AS waiting, (
    SELECT count(*) FROM (
        SELECT FROM change WHERE altered IS NOT NULL
        AND seq > coalesce((SELECT seq FROM log_position WHERE name = $1), 0) LIMIT $3 + 1
    ) AS rows
) AS behind
"""


class Backlog:
    """Looks again every half second, for as long as somebody asks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._long = False
        self._looked = 0.0
        self._looking: asyncio.Task[None] | None = None

    def is_long(self) -> bool:
        """Whether it was too long when it was last looked at. Needs a running event loop."""
        is_looking = self._looking is not None and not self._looking.done()
        if not is_looking and time.monotonic() - self._looked >= _EVERY:
            self._looking = asyncio.create_task(self._look())
        return self._long

    async def _look(self) -> None:
        try:
            self._long = await is_long(self._pool)
        except UcityError as error:
            log.warning("what waits for subscribers is not known", why=error.detail)
        finally:
            self._looked = time.monotonic()


async def is_long(pool: Pool) -> bool:
    """Look now. Raises Unavailable."""
    async with session(pool) as connection:
        row = await connection.fetchrow(_LOOK, MATCHER, MOST_OF_ONE, MOST_BEHIND)
    return row is not None and (row["waiting"] > MOST_WAITING or row["behind"] > MOST_BEHIND)
