"""Systems of shared bicycles on a network: where their stations are, what is to be had there, which stops are near.

ground = placed(network, systems)       # takes a while; good for as long as no station moves
shared = Shared(ground, offers)         # cheap: whenever a system says something new
shared.at(now)                          # without what is out of date by then
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ucity.blueprint.journeys import Mode, Place, Position
from ucity.cloud.routing.fans import Means, Targets, spread
from ucity.cloud.routing.following import Dock, Standing
from ucity.cloud.routing.ground import metres_between
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.streets import Going
from ucity.cloud.routing.timetable import Ints
from ucity.network.feeds.gbfs import Station, System

NEAR_STOP = 300.0
"""Metres on foot between a station and a stop: what lies farther off is not meant for it."""
AHEAD = timedelta(hours=2)
"""For how long what stations say now is taken to be of use: nobody knows what will stand there tomorrow."""
_LANGUAGES = ("ko", "en", "und")


class Offer(NamedTuple):
    """A system as it is now. ``until``: from then on it is out of date."""

    feed: str
    system: System
    until: datetime


class NearDoors(NamedTuple):
    """Places by which one gets to stops (``stations.Doors.at``) near stations: rows of both, and the metres between
    them on foot."""

    station: Ints
    at: Ints
    metres: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ground:
    """Stations of several systems one after another, on a network."""

    network: Network
    where: tuple[tuple[float, float], ...]
    targets: Targets
    near: NearDoors


def placed(network: Network, offers: Sequence[Offer]) -> Ground:
    """The stations of these systems on the network. Takes about a millisecond a station: not for an event loop."""
    where = _where(offers)
    lon, lat = (np.array([each[axis] for each in where], np.float64) for axis in (0, 1))
    streets = network.streets
    goings = (Going.FOOT, Going.FEW_STEPS, Going.BICYCLE)
    spots = {going: streets.spots(going, lon, lat) for going in goings} if streets is not None and where else {}
    return Ground(network, where, Targets(lon, lat, spots), _near(network, where))


def _where(offers: Sequence[Offer]) -> tuple[tuple[float, float], ...]:
    return tuple((each.lon, each.lat) for offer in offers for each in offer.system.stations)


def _near(network: Network, where: Sequence[tuple[float, float]]) -> NearDoors:
    """Ways on foot are taken to be as long in both directions."""
    stops = network.timetable.stops
    targets = Targets(stops["lon"].to_numpy(), stops["lat"].to_numpy(), network.spots)
    on_foot = Means(Mode.WALK, Going.FOOT, 1.0, NEAR_STOP)
    foot = network.stations[Going.FOOT]
    doors = np.unique(np.concatenate((foot.into.at, foot.out.at)))
    station, at, metres = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros(0)]
    for row, (lon, lat) in enumerate(where):
        ways = spread(network, Position(lon, lat), on_foot, targets, is_egress=False)
        found = doors[ways.seconds[doors] <= NEAR_STOP]
        station.append(np.full(len(found), row, np.int32))
        at.append(found)
        metres.append(ways.seconds[found])
    return NearDoors(np.concatenate(station), np.concatenate(at), np.concatenate(metres))


@dataclass(frozen=True, eq=False)
class Shared:
    """See the module. ``offers`` in the order of ``ground``."""

    ground: Ground | None = None
    offers: tuple[Offer, ...] = ()
    is_out: frozenset[str] = field(default_factory=frozenset)
    """Feeds that are out of date."""

    def at(self, now: datetime) -> "Shared":
        """Without what is out of date by then."""
        return Shared(self.ground, self.offers, frozenset(each.feed for each in self.offers if now > each.until))

    def renewed(self, network: Network, offers: Sequence[Offer]) -> "Shared":
        """The same with what systems say now; where nothing has moved, what is known of the ground stays."""
        if not offers:
            return Shared()
        known = self.ground
        is_same = known is not None and known.network is network and known.where == _where(offers)
        return Shared(known if is_same else placed(network, offers), tuple(offers))

    @cached_property
    def whose(self) -> Ints:
        """The system of each station."""
        sizes = [len(each.system.stations) for each in self.offers]
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """All of them."""
        return tuple(each for offer in self.offers for each in offer.system.stations)

    def usable(self, at: datetime) -> NDArray[np.bool_]:
        """Stations of systems that may be counted on at a time."""
        good = [offer.feed not in self.is_out and abs(at - offer.system.at) <= AHEAD for offer in self.offers]
        return np.array(good, bool)[self.whose]

    @cached_property
    def gives(self) -> NDArray[np.bool_]:
        """Where a bicycle can be taken."""
        return np.array([each.bicycles > 0 for each in self.stations], bool)

    @cached_property
    def takes(self) -> NDArray[np.bool_]:
        """Where one can be returned."""
        return np.array([each.docks is None or each.docks > 0 for each in self.stations], bool)

    def standing(self, key: str, at: datetime) -> Standing | None:
        """What the station with this key has; None when there is none, or when its system is out of date."""
        number = self._numbers.get(key)
        usable = self.usable(at)
        if number is None or not usable[number]:
            return None
        here = self.place(number).position
        others = np.flatnonzero(usable & self.takes & (self.whose == self.whose[number]))
        docks = [
            Dock(self.stations[each].names, self.place(each).position) for each in others.tolist() if each != number
        ]
        elsewhere = min(docks, key=lambda dock: metres_between(here, dock.position), default=None)
        return Standing(bool(self.gives[number]), bool(self.takes[number]), elsewhere)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {self.key(number): number for number in range(len(self.stations))}

    def key(self, station: int) -> str:
        """``<feed>:<station_id>``."""
        return f"{self.offers[self.whose[station]].feed}:{self.stations[station].id}"

    def place(self, station: int) -> Place:
        """As the end of a leg."""
        told = self.stations[station]
        names = tuple((language, text) for language, text in told.names.items() if language != "und")
        return Place(position=Position(told.lon, told.lat), name=text_of(told.names), names=names)


def text_of(names: Mapping[str, str]) -> str:
    """One of several names."""
    return next((names[language] for language in (*_LANGUAGES, *names) if language in names), "")
