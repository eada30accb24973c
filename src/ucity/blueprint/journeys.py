"""The words for finding a way through the city: what is asked, and journeys made of legs.

Times are timezone-aware UTC, positions WGS 84 (longitude, latitude), distances metres, emissions grams of CO2
equivalent, fares in the smallest unit that is paid (won), named with their ISO 4217 currency.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    """A way to move, as GTFS and GBFS tell them apart."""

    WALK = "walk"
    BICYCLE = "bicycle"
    SHARED_BICYCLE = "shared_bicycle"
    CAR = "car"
    TAXI = "taxi"
    BUS = "bus"
    METRO = "metro"
    TRAM = "tram"
    RAIL = "rail"
    FERRY = "ferry"


TRANSIT = frozenset({Mode.BUS, Mode.METRO, Mode.TRAM, Mode.RAIL, Mode.FERRY})


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the ground, in degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyQuery:
    """Which way is asked for. ``window`` is how long after ``at`` (before it, for ``arrive_by``) a start counts."""

    origin: Position
    destination: Position
    at: datetime
    arrive_by: bool = False
    modes: frozenset[Mode] = TRANSIT | {Mode.WALK}
    window: timedelta = timedelta(minutes=30)
    wheelchair: bool = False
    few_steps: bool = False
    walking_speed: float = 1.25
    """Metres a second on level ground."""
    longest_walk: timedelta = timedelta(minutes=20)
    """To, from or between stops; the whole way on foot may be longer."""
    most_transfers: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One end of a leg; ``stop`` is ``<feed>:<stop_id>`` where it is a stop, or an entrance of a station."""

    position: Position
    name: str = ""
    stop: str | None = None
    platform: str = ""
    names: tuple[tuple[str, str], ...] = ()
    """(language, name) of a place whose names nobody else knows; languages are BCP 47."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A vehicle at a stop. ``*_scheduled`` are the timetable's; the others what is expected now."""

    place: Place
    sequence: int
    arrives: datetime
    departs: datetime
    arrives_scheduled: datetime
    departs_scheduled: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One run of a vehicle on one service day. Identifiers are ``<feed>:<id>``."""

    trip: str
    day: date
    route: str
    route_name: str
    headsign: str
    agency: str
    color: str = ""
    """RRGGBB, as GTFS has it."""
    is_live: bool = False
    """Whether its times are adjusted by a real-time feed."""
    direction: int | None = None
    """As GTFS numbers it; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRide:
    """The shared bicycle of a leg: where it is taken and returned, and what its system told last, at ``told_at``.

    Stations are ``<feed>:<station_id>``; ``returned_at`` None: it may be left where the leg ends. ``bicycles``: to be
    had where it is taken. ``docks``: free where it is returned, None where they are not counted.
    """

    feed: str
    system: str
    taken_at: str
    returned_at: str | None
    bicycles: int
    docks: int | None
    told_at: datetime


class Passage(StrEnum):
    """What one goes along inside a station, as GTFS tells it apart."""

    WALKWAY = "walkway"
    STAIRS = "stairs"
    MOVING_SIDEWALK = "moving_sidewalk"
    ESCALATOR = "escalator"
    ELEVATOR = "elevator"
    FARE_GATE = "fare_gate"
    EXIT_GATE = "exit_gate"


@dataclass(frozen=True, slots=True)
class Label:
    """What a feed calls something that is no place; ``key`` is for its names in other languages."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do on a way inside a station. ``rises``: up or down, None where it is neither or not known.
    ``level``: where it leads, ``sign``: what signs on the way say, where they are told."""

    passage: Passage
    rises: bool | None = None
    stairs: int = 0
    level: Label | None = None
    sign: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a journey by one mode, from one place to another."""

    mode: Mode
    origin: Place
    destination: Place
    departs: datetime
    arrives: datetime
    metres: float
    path: tuple[tuple[float, float], ...]
    """(lon, lat) pairs along the way, at least two."""
    trip: Trip | None = None
    calls: tuple[Call, ...] = ()
    """Of a ride: boarding, the stops between, alighting."""
    is_estimated: bool = False
    """Whether distance and time are a guess for want of streets: the straight line times 1.3."""
    shared: SharedRide | None = None
    """Of a ride on a shared bicycle."""
    stays: bool = False
    """Of a ride: one is aboard already, the vehicle of the leg before goes on as this trip."""
    steps: tuple[Step, ...] = ()
    """Of a way inside a station."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """From door to door; at least one leg, each beginning where and not before the one before it ends. (A vehicle that
    goes on as another trip may do so from another platform.)"""

    legs: tuple[Leg, ...]

    @property
    def departs(self) -> datetime:
        """When one has to leave."""
        return self.legs[0].departs

    @property
    def arrives(self) -> datetime:
        """When one is there."""
        return self.legs[-1].arrives

    @property
    def rides(self) -> tuple[Leg, ...]:
        """The legs in a vehicle with a timetable."""
        return tuple(leg for leg in self.legs if leg.trip)

    @property
    def changes(self) -> int:
        """How often one has to change: getting on counts, staying aboard does not."""
        return max(0, sum(not leg.stays for leg in self.rides) - 1)
