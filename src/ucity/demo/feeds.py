"""What is sent when: readings as they become due, late or twice now and then, as from real devices. Pure calculations.

A feed keeps nothing. What is due between two moments is computed when it is asked for, so that a device that could not
send for a while has nothing to remember but since when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ucity.demo import PREFIX
from ucity.demo.buses import Buses, bus_id
from ucity.demo.instruments import Ints
from ucity.demo.noise import chance
from ucity.demo.places import sites
from ucity.demo.stations import HOUR_MS, Station, hourly, measured, readings

STATION_EVERY_MS = 10_000
BUS_EVERY_MS = 3_000
FLEET_LOOKS_MS = 500
FLEET = 25
MOST_FLEETS = 16
BACKFILL_HOURS = 48
BUS_BACKFILL_HOURS, BUS_BACKFILL_MS = 24, 600_000

_HELD, _TWICE, _HELD_BUS = range(300, 303)
_HELD_MS, _HELD_SHARE = 15 * 60_000, 0.02
_HELD_BUS_MS, _HELD_BUS_SHARE = 60_000, 0.01
_LATER_MS, _LATER_BUS_MS = 30_000, 4_000
"""For how long a link is lost, and how often; and how long after its end, among what is new, the rest comes."""
_TWICE_SHARE = 0.005
_NAMED_EVERY = 60
"""A device says what its things are called in every so-manieth reading, and when it has just come up."""
_GOLDEN = 0.618034


class Feed(Protocol):
    """What one device sends to the stream ``path``. ``subjects``: what it speaks for, or None for a device that sends
    for itself alone. ``keeps_ms``: for how long it keeps what it cannot send."""

    @property
    def device(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def subjects(self) -> tuple[str, ...] | None: ...
    @property
    def keeps_ms(self) -> int: ...
    def wakes(self, after_ms: int) -> int:
        """When to look next for what is due."""
        ...

    def due(self, since_ms: int, until_ms: int, *, introduce: bool = False) -> list[Any]:
        """Readings that become due after ``since_ms`` and not after ``until_ms``, in the order in which they do."""
        ...

    def past(self, now_ms: int) -> Iterator[list[Any]]:
        """Some readings of the time before, for a city that has just begun, in parts; of a given time always the same
        ones."""
        ...


@dataclass(frozen=True)
class StationFeed:
    """One station, every ten seconds, never at a full hour: that is the moment of an hourly value."""

    seed: int
    station: Station
    path: str = "air_quality/stations"
    keeps_ms: int = 3_600_000
    subjects: None = None

    @property
    def device(self) -> str:
        """The name of its device."""
        return self.station.id

    @property
    def _offset(self) -> int:
        return 1000 * (1 + self.station.number % 9)

    def wakes(self, after_ms: int) -> int:
        """See ``Feed``."""
        return after_ms + STATION_EVERY_MS - (after_ms - self._offset) % STATION_EVERY_MS

    def due(self, since_ms: int, until_ms: int, *, introduce: bool = False) -> list[Any]:
        """See ``Feed``."""
        number = self.station.number
        offset = self._offset
        first = (since_ms - _HELD_MS - _LATER_MS - offset) // STATION_EVERY_MS + 1
        ticks = np.arange(first, (until_ms - offset) // STATION_EVERY_MS + 1)
        at_ms = ticks * STATION_EVERY_MS + offset
        block = at_ms // _HELD_MS
        held = chance(self.seed, _HELD, number, block) < _HELD_SHARE
        released = np.where(held, (block + 1) * _HELD_MS + _LATER_MS, at_ms)
        now = np.flatnonzero((released > since_ms) & (released <= until_ms))
        now = now[np.lexsort((at_ms[now], released[now]))]
        twice = chance(self.seed, _TWICE, number, ticks[now]) < _TWICE_SHARE
        ticks = np.repeat(ticks[now], np.where(twice, 2, 1))
        named = introduce or bool((ticks % _NAMED_EVERY == 0).any())
        at_ms = ticks * STATION_EVERY_MS + offset
        return readings(self.station, at_ms, measured(self.seed, self.station, at_ms), introduce=named)

    def past(self, now_ms: int) -> Iterator[list[Any]]:
        """See ``Feed``: the hourly values of the whole hours before."""
        hour = now_ms // HOUR_MS
        hours = np.arange(hour - BACKFILL_HOURS, hour)
        yield readings(self.station, hours * HOUR_MS, hourly(self.seed, self.station, hours), introduce=True)


@dataclass(frozen=True, eq=False)
class FleetFeed:
    """The buses of one operator, every three seconds each, by the gateway in its garage."""

    buses: Buses
    number: int
    members: Ints
    reserved: Ints
    path: str = "air_quality/buses"
    keeps_ms: int = 600_000

    @property
    def device(self) -> str:
        """The name of the gateway."""
        return f"{PREFIX}fleet-{self.number + 1:02d}"

    @property
    def subjects(self) -> tuple[str, ...]:
        """The buses that it may speak for, also those that it does not have yet."""
        return tuple(bus_id(each) for each in self.reserved.tolist())

    def wakes(self, after_ms: int) -> int:
        """See ``Feed``."""
        return after_ms + FLEET_LOOKS_MS - after_ms % FLEET_LOOKS_MS

    def due(self, since_ms: int, until_ms: int, *, introduce: bool = False) -> list[Any]:
        """See ``Feed``."""
        offset = np.round(self.members * _GOLDEN % 1.0 * BUS_EVERY_MS).astype(np.int64)
        first = (since_ms - _HELD_BUS_MS - _LATER_BUS_MS - offset) // BUS_EVERY_MS + 1
        count = np.maximum((until_ms - offset) // BUS_EVERY_MS + 1 - first, 0)
        bus = np.repeat(np.arange(self.members.size), count)
        tick = first[bus] + np.arange(bus.size) - np.repeat(np.cumsum(count) - count, count)
        at_ms = tick * BUS_EVERY_MS + offset[bus]
        block = at_ms // _HELD_BUS_MS
        held = chance(self.buses.seed, _HELD_BUS, self.members[bus], block) < _HELD_BUS_SHARE
        released = np.where(held, (block + 1) * _HELD_BUS_MS + _LATER_BUS_MS, at_ms)
        now = np.flatnonzero((released > since_ms) & (released <= until_ms))
        now = now[np.lexsort((at_ms[now], released[now]))]
        named = (tick[now] % _NAMED_EVERY == 0) | introduce
        return self.buses.readings(self.members[bus[now]], at_ms[now], named)

    def past(self, now_ms: int) -> Iterator[list[Any]]:
        """See ``Feed``: one reading every ten minutes of each bus, an hour at a time."""
        last = now_ms // BUS_BACKFILL_MS
        slots = last - np.arange(BUS_BACKFILL_HOURS * HOUR_MS // BUS_BACKFILL_MS)[::-1]
        for some in np.split(slots, BUS_BACKFILL_HOURS):
            at_ms = np.repeat(some * BUS_BACKFILL_MS, self.members.size)
            buses = np.tile(self.members, some.size)
            yield self.buses.readings(buses, at_ms, introduce=at_ms % HOUR_MS == 0)


def station_feeds(seed: int) -> list[StationFeed]:
    """All stations."""
    return [StationFeed(seed, Station(number, site)) for number, site in enumerate(sites())]


def fleet_feeds(seed: int, size: int) -> list[FleetFeed]:
    """Fleets with ``size`` buses in all, of 25 each as long as there are not too many of them."""
    each = max(FLEET, -(-size // MOST_FLEETS))
    buses = Buses(seed)
    starts = range(0, size, each)
    return [
        FleetFeed(buses, n, np.arange(start, min(start + each, size)), np.arange(start, start + each))
        for n, start in enumerate(starts)
    ]


def simulated(seed: int, size: int) -> list[Feed]:
    """All stations, and fleets with ``size`` buses in all."""
    return [*station_feeds(seed), *fleet_feeds(seed, size)]
