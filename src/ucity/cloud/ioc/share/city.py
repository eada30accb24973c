"""The city as one asker may see it: what ``blueprint.City`` promises to a service's view."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from ucity.blueprint import JourneyQuery, Stream, Told
from ucity.blueprint.boards import Transit
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.read import Span, current_frame, history_frame
from ucity.cloud.routing.boards.asking import AskedBoards
from ucity.cloud.routing.client import Routing
from ucity.cloud.routing.wire import Journeys


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SharedCity:
    """Made for one request; every answer is limited by ``predicate``."""

    pool: Pool
    predicate: Predicate
    routing: Routing
    clock: Callable[[], datetime] = field(default=_utc_now)

    async def current(self, stream: Stream, *, district: str | None = None) -> pl.DataFrame:
        """See ``blueprint.City.current``."""
        return await current_frame(self.pool, stream, self.predicate, district=district)

    async def history(
        self,
        stream: Stream,
        *,
        since: datetime,
        until: datetime,
        subjects: tuple[str, ...] | None = None,
        measures: tuple[str, ...] | None = None,
    ) -> pl.DataFrame:
        """See ``blueprint.City.history``."""
        span = Span(since=since, until=until, subjects=subjects, measures=measures)
        return await history_frame(self.pool, stream, self.predicate, span)

    async def journeys(self, query: JourneyQuery) -> tuple[Told, ...]:
        """See ``blueprint.City.journeys``."""
        return (await self.routing.journeys(Journeys(query=query, compare=False))).journeys

    @property
    def transit(self) -> Transit:
        """See ``blueprint.City.transit``."""
        return AskedBoards(self.routing, self.clock)

    def now(self) -> datetime:
        """See ``blueprint.City.now``."""
        return self.clock()
