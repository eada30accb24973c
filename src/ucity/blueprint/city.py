"""What a service's views may use of the city, with the asker's permissions already applied."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ucity.blueprint.boards import Transit
from ucity.blueprint.figures import Told
from ucity.blueprint.journeys import JourneyQuery
from ucity.blueprint.stream import Stream

if TYPE_CHECKING:
    import polars as pl


class City(Protocol):
    """Handed to a view for one request."""

    async def current(self, stream: Stream, *, district: str | None = None) -> "pl.DataFrame":
        """Newest value of every measure of each thing: columns id, subject, district, lon, lat, observed_at, the
        stream's measures and labels. ``observed_at`` is the newest among the thing's measures."""
        ...

    async def history(
        self,
        stream: Stream,
        *,
        since: datetime,
        until: datetime,
        subjects: tuple[str, ...] | None = None,
        measures: tuple[str, ...] | None = None,
    ) -> "pl.DataFrame":
        """Readings with since <= observed_at < until, in order of subject and time: columns subject, observed_at,
        lon, lat and the stream's measures, or those of them that are asked for; the newest version of each."""
        ...

    async def journeys(self, query: JourneyQuery) -> tuple[Told, ...]:
        """The ways there now, soonest there first, with their figures. Raises Conflict while the city has no timetable,
        Unavailable or TooManyRequests while none can be looked for."""
        ...

    @property
    def transit(self) -> Transit:
        """Stops, lines, and who comes next."""
        ...

    def now(self) -> datetime:
        """The city's clock, in UTC."""
        ...
