"""What the router knows of the city beside timetables and streets: the air now, and how late vehicles were.

Only what is open to all is read, since everybody gets the same answers.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import polars as pl
import structlog

from ucity.blueprint import Catalogue, Stream
from ucity.blueprint.frames import TIME, ColumnType
from ucity.cloud.ioc.policy import ANYONE, Access
from ucity.cloud.ioc.store import Feed, Pool
from ucity.cloud.ioc.store.read import Span, current_frame, history_batches
from ucity.cloud.routing.exposure import Air
from ucity.cloud.routing.office import Office
from ucity.errors import UcityError
from ucity.services import catalogue

log = structlog.get_logger()
LOOK_EVERY = 60.0
LOOKED_BACK = timedelta(days=7)
MOST_EVENTS = 100_000
"""Observed calls that are read from the past when a router starts."""
DUST, UNIT = "pm25", "ug/m3"
EVENTS = "bus_information/stop_events"
_AIR: dict[str, ColumnType] = {"lon": pl.Float64, "lat": pl.Float64, "observed_at": TIME, DUST: pl.Float64}


class Surroundings:
    """``watch`` must be running."""

    def __init__(self, office: Office, pool: Pool) -> None:
        self._office, self._pool = office, pool
        self._declared = catalogue()
        self._predicate = Access(self._declared).reads_streams(ANYONE, "journeys")
        self._feed = Feed(pool, self._declared)
        self._seq: int | None = None

    async def watch(self) -> None:
        """Look every minute while there is a network, until cancelled."""
        while True:
            if self._office.in_force is None:
                await asyncio.sleep(1)
                continue
            try:
                await self._look()
            except UcityError as error:
                log.warning("the surroundings cannot be seen", why=error.detail)
            except Exception:  # journeys go without them
                log.exception("the surroundings are not understood")
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        frames = [await self._air_of(stream) for stream in measuring(self._declared)]
        readings = pl.concat(frames) if frames else None
        self._office.air = None if readings is None else Air.of(readings, datetime.now(UTC))
        if EVENTS in self._declared.streams:
            await (self._begin() if self._seq is None else self._go_on(self._seq))

    async def _air_of(self, stream: Stream) -> pl.DataFrame:
        found = await current_frame(self._pool, stream, self._predicate)
        known = [pl.col(name) if name in found.columns else pl.lit(None).alias(name) for name in _AIR]
        return found.select(known).cast(pl.Schema(_AIR)).with_columns(is_moving=pl.lit(stream.moves))

    async def _begin(self) -> None:
        """Take in the past, and stand where the feed is."""
        seq, now, taken = await self._feed.last(), datetime.now(UTC), 0
        span = Span(since=now - LOOKED_BACK, until=now)
        async for events in history_batches(self._pool, self._declared.streams[EVENTS].stream, self._predicate, span):
            self._office.delays.learn(events)
            taken += events.height
            if taken > MOST_EVENTS:
                break
        self._seq = seq

    async def _go_on(self, seq: int) -> None:
        while changes := await self._feed.after(seq, stream=EVENTS):
            for change in changes:
                if change.readings is not None:
                    self._office.delays.learn(change.readings.frame)
            self._seq = seq = changes[-1].seq


def measuring(declared: Catalogue) -> list[Stream]:
    """The streams that tell of PM2.5 as instruments measure it."""
    streams = (each.stream for each in declared.streams.values())
    return [each for each in streams if not each.derived and DUST in each.by_key and each.by_key[DUST].unit == UNIT]
