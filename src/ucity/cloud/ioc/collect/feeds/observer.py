"""Makes readings of real-time messages, and sends them through the log like everybody else's."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from ucity.blueprint import Catalogue, Readings
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.matching import matched, stationed, trip_delays
from ucity.cloud.ioc.collect.feeds.observations import stop_readings, vehicle_readings
from ucity.cloud.ioc.collect.feeds.predictions import (
    NONE,
    PACKED_EVERY,
    packed,
    remembered,
    unpacked,
    with_predictions,
)
from ucity.cloud.ioc.collect.feeds.schedule import Schedule, schedule_of
from ucity.cloud.ioc.collect.feeds.timetables import Newest
from ucity.cloud.ioc.collect.feeds.visits import seen
from ucity.cloud.ioc.collect.inlet import Appender, append_readings
from ucity.cloud.ioc.store.feeds import Message, kept_predictions
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import Realtime

VEHICLES, STOP_EVENTS = "bus_information/vehicles", "bus_information/stop_events"
_NO_DELAYS = pl.DataFrame(schema={"trip": pl.String, "day": pl.Date, "delay": pl.Int64})


@dataclass
class _Heard:
    """What was sent of a feed's last message, so that the same is not sent with each message again, where its vehicles
    were, and what it has predicted."""

    sent: dict[str, pl.DataFrame] = field(default_factory=dict)
    places: pl.DataFrame | None = None
    predictions: pl.DataFrame = field(default_factory=NONE.clone)
    packed_at: datetime | None = None

    def fresh(self, path: str, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that were not in the last message."""
        before = self.sent.get(path)
        if before is None or before.is_empty():
            return frame
        return frame.join(before, on=frame.columns, how="anti", nulls_equal=True)


class Observer:
    """Hears of messages one at a time a feed, of several feeds at once."""

    def __init__(self, files: Files, log_: Appender, catalogue: Catalogue) -> None:
        self._pool, self._log, self._streams = files.pool, log_, catalogue.streams
        self._heard: dict[str, _Heard] = {}
        self._delays: dict[str, dict[str, pl.DataFrame]] = {}
        self._schedules = Newest(files, _schedule)

    async def heard(self, message: Message, said: Realtime) -> bytes | None:
        """Send what is new in it as readings; what has been predicted, packed, when it is time to keep that with the
        message. Raises TooManyRequests, Unavailable; then nothing counts as sent."""
        schedule = await self._schedules.of(message.timetable) if _speaks_of_trips(said) else None
        heard = await self._known(message.feed)
        made, places, predictions = await asyncio.to_thread(self._readings, message, said, schedule)
        for path, readings in made.items():
            fresh = heard.fresh(path, readings.frame)
            if fresh.height:
                await append_readings(self._log, Readings(readings.service, readings.stream, fresh), message.feed)
            heard.sent[path] = readings.frame
        heard.places, heard.predictions = places, predictions
        is_packed = heard.packed_at is not None and message.received_at - heard.packed_at < PACKED_EVERY
        if is_packed or predictions.is_empty():
            return None
        heard.packed_at = message.received_at
        return await asyncio.to_thread(packed, predictions)

    async def _known(self, feed: str) -> _Heard:
        """What is known of the feed: at first what was kept of it by the process before."""
        if feed not in self._heard:
            kept = await kept_predictions(self._pool, feed)
            self._heard[feed] = _Heard(predictions=await asyncio.to_thread(unpacked, kept))
        return self._heard[feed]

    def _readings(
        self, message: Message, said: Realtime, schedule: Schedule | None
    ) -> tuple[dict[str, Readings], pl.DataFrame | None, pl.DataFrame]:
        """Readings by stream, where vehicles are, and what has been predicted."""
        now, feed = message.received_at, message.namespace
        at, heard = said.at or now, self._heard[message.feed]
        made, against, places, predictions = {}, None, None, heard.predictions
        if schedule:
            matches = matched(said, schedule, at)
            delays = self._known_delays(message, trip_delays(matches))
            against = (schedule, delays)
            predictions = remembered(heard.predictions, matches, at)
            visits = seen(heard.places, stationed(said, schedule, at))
            places = visits.places
            # Of a trip of whose calls somebody tells, that is better than what is seen.
            unheard = visits.calls.join(delays, on=["trip", "day"], how="anti")
            if declared := self._streams.get(STOP_EVENTS):
                calls = with_predictions(pl.concat([matches, unheard]), predictions)
                made[STOP_EVENTS] = stop_readings(calls, declared, feed, now)
        if declared := self._streams.get(VEHICLES):
            made[VEHICLES] = vehicle_readings(said, declared, feed, now, against)
        return made, places, predictions

    def _known_delays(self, message: Message, delays: pl.DataFrame) -> pl.DataFrame:
        """Delays told by this message and by the newest ones of other feeds about the same timetable: positions and
        updates often come apart."""
        told = self._delays.setdefault(message.namespace, {})
        told[message.feed] = delays
        every = [delays, *(each for feed, each in list(told.items()) if feed != message.feed)]
        return pl.concat([_NO_DELAYS, *every]).unique(["trip", "day"], keep="first", maintain_order=True)


def _speaks_of_trips(said: Realtime) -> bool:
    """Whether there is anything to read against a timetable: BIMS tells of no trips."""
    return any(each["trip"].is_not_null().any() for each in (said.trip_updates, said.vehicles))


def _schedule(file: Path, folder: Path) -> Schedule:
    return schedule_of(read(file, scratch=folder))
