"""The city as one asker may see it: what ``blueprint.City`` promises to a service's view."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

import polars as pl

from ucity.blueprint import JourneyQuery, Records, Stream, Told
from ucity.blueprint.boards import Transit
from ucity.blueprint.records import KeyValue
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.read import Span, current_frame, history_frame
from ucity.cloud.ioc.store.records import records_frame
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
    zone: tzinfo
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

    async def records(
        self,
        records: Records,
        *,
        having: Mapping[str, Collection[KeyValue]] | None = None,
        between: Mapping[str, tuple[KeyValue, KeyValue]] | None = None,
    ) -> pl.DataFrame:
        """See ``blueprint.City.records``."""
        return await records_frame(self.pool, records, self.predicate, having=having or {}, between=between or {})

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
