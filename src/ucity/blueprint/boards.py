"""The words for what stops and lines show: who comes next, where a line goes, what is amiss.

Keys are ``<feed>:<id>``. Times are timezone-aware UTC. Texts are by BCP 47 language, ``und`` where a feed does not say
which; a text that a feed has in one language has that one only.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ucity.blueprint.journeys import Mode, Position

Texts = dict[str, str]


class CallState(StrEnum):
    """How much is known of a vehicle's call at a stop."""

    SCHEDULED = "scheduled"
    """What the timetable says; nothing newer is known."""
    EXPECTED = "expected"
    """What a real-time feed expects."""
    CANCELLED = "cancelled"
    """The trip does not run."""
    SKIPPED = "skipped"
    """The trip runs, and does not stop here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineName:
    """A line as signs show it. ``name``: short, as on the vehicle; ``color``: RRGGBB, or empty."""

    key: str
    name: Texts
    long_name: Texts
    mode: Mode
    color: str
    agency: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class StopName:
    """A stop, a platform or a station. ``station``: of a platform, the key of its station."""

    key: str
    name: Texts
    position: Position
    code: str = ""
    platform: str = ""
    station: str | None = None
    is_wheelchair: bool | None = None
    """Whether one can board in a wheelchair; None where the feed does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCall:
    """One vehicle that calls at a stop. ``arrives`` and ``departs`` are expected; ``*_scheduled`` the timetable's.
    What the timetable says is None for a vehicle that it does not have, and so are ``trip`` and ``day``, unless a feed
    adds that run.

    ``delay``: seconds later than the timetable at arrival, or at departure where the trip begins; None while nothing is
    known. ``told_at``: how old what is expected is. ``stops_away``: stops that the vehicle has still to call at before
    this one. ``occupancy``: as GTFS-Realtime names it, lower case. ``uncertainty``: seconds, where the feed tells.
    """

    line: LineName
    headsign: Texts
    stop: str
    platform: str
    state: CallState
    arrives: datetime
    departs: datetime
    ends_here: bool
    trip: str | None = None
    day: date | None = None
    sequence: int | None = None
    arrives_scheduled: datetime | None = None
    departs_scheduled: datetime | None = None
    delay: int | None = None
    uncertainty: int | None = None
    told_at: datetime | None = None
    vehicle: str | None = None
    occupancy: str | None = None
    stops_away: int | None = None
    is_wheelchair: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an alert names together, by keys: a line at a stop, say. It is about where all of that is so.

    ``direction``: of a line, as GTFS numbers it; ``day``: the service day.
    """

    line: str | None = None
    trip: str | None = None
    stop: str | None = None
    direction: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """An alert. ``about``: what it is about, any of it; where that names nothing, all of the feed. ``periods``:
    when it holds, each with a beginning and an end that may be open; none at all means as long as it is told."""

    key: str
    cause: str
    effect: str
    severity: str
    header: Texts
    description: Texts
    url: Texts
    about: tuple[About, ...]
    periods: tuple[tuple[datetime | None, datetime | None], ...]
    told_at: datetime | None

    @property
    def lines(self) -> tuple[str, ...]:
        """Keys of all lines that it names."""
        return tuple(sorted({each.line for each in self.about if each.line}))

    @property
    def stops(self) -> tuple[str, ...]:
        """Keys of all stops that it names."""
        return tuple(sorted({each.stop for each in self.about if each.stop}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the board of a stop shows; of a station, what the boards of all its platforms show. Calls are in the order
    in which they are expected to arrive."""

    stop: StopName
    calls: tuple[BoardCall, ...]
    lines: tuple[LineName, ...]
    disturbances: tuple[Disturbance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearStop:
    """A stop near a place, the lines that call there, and who comes next."""

    stop: StopName
    metres: float
    lines: tuple[LineName, ...]
    calls: tuple[BoardCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A line in one direction, as most of its trips go. ``seconds``: after the first stop, by the timetable of one of
    these trips; ``path``: (lon, lat) pairs."""

    direction: int | None
    headsign: Texts
    stops: tuple[StopName, ...]
    seconds: tuple[int, ...]
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOnMap:
    """A line with its ways, and what is amiss on it."""

    line: LineName
    ways: tuple[Way, ...]
    disturbances: tuple[Disturbance, ...]


class Transit(Protocol):
    """What a view may ask of the city's public transport. All raise Conflict while the city has no timetable, and
    Unavailable or TooManyRequests while nobody can answer."""

    async def board(self, stop: str, *, within: timedelta, most: int, line: str | None = None) -> Board:
        """Who calls at a stop, or at the platforms of a station, from now on; of one line only, if it is told. Raises
        NotFound."""
        ...

    async def lines(self, *, named: str | None = None) -> tuple[LineName, ...]:
        """All lines, by mode and name; or those that may be called ``named``, the likeliest first."""
        ...

    async def line(self, line: str) -> LineOnMap:
        """A line with its ways. Raises NotFound."""
        ...

    async def near(self, position: Position, *, metres: float, most: int, calls: int) -> tuple[NearStop, ...]:
        """Stops around a place, nearest first, each with so many of its next calls."""
        ...

    async def disturbances(
        self, *, lines: tuple[str, ...] = (), stops: tuple[str, ...] = ()
    ) -> tuple[Disturbance, ...]:
        """What is amiss or will be, about any of these lines and stops; without any, all of it."""
        ...
