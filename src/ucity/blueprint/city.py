"""What a service's views may use of the city, with the asker's permissions already applied."""

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from ucity.blueprint.boards import Transit
from ucity.blueprint.figures import Told
from ucity.blueprint.journeys import JourneyQuery
from ucity.blueprint.records import KeyValue, Records
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

    async def records(
        self,
        records: Records,
        *,
        having: Mapping[str, Collection[KeyValue]] | None = None,
        between: Mapping[str, tuple[KeyValue, KeyValue]] | None = None,
    ) -> "pl.DataFrame":
        """Rows in order of their key: the columns of key and measures. ``having``: parts of the key to the only values
        that they may have; ``between``: to the first and last of them, both included. Raises BadInput for more rows
        than the city tells at once, and Forbidden for what takes too long."""
        ...

    async def journeys(self, query: JourneyQuery) -> tuple[Told, ...]:
        """The ways there now, soonest there first, with their figures. Raises Conflict while the city has no timetable,
        Unavailable or TooManyRequests while none can be looked for."""
        ...

    @property
    def transit(self) -> Transit:
        """Stops, lines, and who comes next."""
        ...

    @property
    def zone(self) -> tzinfo:
        """The city's time zone, in which its days begin and end."""
        ...

    def now(self) -> datetime:
        """The city's clock, in UTC."""
        ...
