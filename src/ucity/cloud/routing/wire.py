"""What the rest of the city and the router say to one another over the bus, as MessagePack.

A question carries when its asker stops waiting, and a name: asked twice, because an answer was lost with the router
that worked on it, it is worked on once.
"""

from datetime import datetime
from typing import Literal

import msgspec

from ucity.blueprint import JourneyQuery, Position
from ucity.blueprint.boards import Disturbance
from ucity.blueprint.figures import Comparison, Told

PREFIX = "routing."
QUEUE = "routers"
JOURNEYS, CHECK, STATE = (PREFIX + each for each in ("journeys", "check", "state"))
CHANGED = PREFIX + "changed"
"""Published, without a body, whenever journeys may have become other ones."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """``until``: seconds of the epoch at which the asker stops waiting. ``asked``: what is asked, encoded."""

    id: str
    until: float
    asked: msgspec.Raw


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """``kind``: the name of a class of ``ucity.errors``; ``texts``: why, by language."""

    kind: str
    texts: dict[str, str]
    retry_after: int = 1


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, encoded, or why not."""

    told: msgspec.Raw = msgspec.Raw(b"\xc0")
    refused: Refusal | None = None


class FeedUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that an answer rests on. ``live_at``: the time that its newest real-time message tells, None without."""

    feed: str
    version: str
    live_at: datetime | None = None


class Journeys(msgspec.Struct, frozen=True, kw_only=True):
    """Which way is asked for. ``most`` journeys are told. ``occupancy``: people in the car that they are compared
    with."""

    query: JourneyQuery
    most: int = 12
    occupancy: float = 1.0
    compare: bool = True


class JourneysFound(msgspec.Struct, frozen=True, kw_only=True):
    """Journeys, soonest there first; the same way by car, taxi and bicycle; what the answer rests on."""

    journeys: tuple[Told, ...]
    comparisons: tuple[Comparison, ...]
    feeds: tuple[FeedUsed, ...]
    has_streets: bool
    built_at: datetime
    names: dict[str, dict[str, str]] = {}
    """As ``naming.named`` tells them."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One leg of a followed journey: a ride by ``trip`` (its identifier; ``day``; sequences of the calls at which one
    gets on and off; keys of its ``line`` and of those ``stops``; its ``direction``; ``stays``: being aboard already),
    or else a way that takes as long as planned, on a shared bicycle from the station ``taken`` to ``returned``.

    What is new comes last: tokens of before are still read."""

    mode: str
    begin: tuple[float, float]
    end: tuple[float, float]
    departs: int
    arrives: int
    trip: str = ""
    day: str = ""
    route: str = ""
    on: int = 0
    off: int = 0
    stays: bool = False
    taken: str = ""
    returned: str = ""
    line: str = ""
    stops: tuple[str, str] = ("", "")
    direction: int | None = None


class Followed(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A journey that somebody is on; times in whole seconds of the epoch. The rest are the wishes it was found by."""

    legs: tuple[Stretch, ...]
    modes: tuple[str, ...]
    wheelchair: bool = False
    few_steps: bool = False
    walking_speed: float = 1.25
    longest_walk: int = 1200
    most_transfers: int = 5


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Does this journey still hold at ``now``? ``patience``: seconds of delay at the end that do not break it.
    ``here``: where the traveller is, where that is known better than from the times. ``told``: the reason and the leg
    of a break that the traveller was told of already, for which no other way is sought again."""

    journey: Followed
    now: datetime
    patience: float
    here: Position | None = None
    told: tuple[str, int] | None = None


class LegNow(msgspec.Struct, frozen=True, kw_only=True):
    """When a leg of a followed journey is expected to begin and end, and whether that is live."""

    departs: datetime
    arrives: datetime
    is_live: bool


Reason = Literal["missed", "cancelled", "skipped", "gone", "late", "no_bicycle", "no_dock"]


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """Why a followed journey does not hold: ``missed``, ``cancelled``, ``skipped`` (a stop), ``gone`` (from the
    timetable), ``late``, ``no_bicycle`` or ``no_dock`` (left at a station). ``leg``: number of the leg from 0.
    ``place``: names by language of where another dock is free, for somebody who is on the bicycle."""

    reason: Reason
    leg: int
    route: str = ""
    seconds: float = 0.0
    place: dict[str, str] = {}


class AlertAhead(msgspec.Struct, frozen=True, kw_only=True):
    """What is amiss on a leg of a followed journey that is not over; ``leg``: its number from 0."""

    leg: int
    disturbance: Disturbance


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """``broken`` None: it holds. Else ``query`` asks for another way, from where and when the traveller can take one,
    and ``instead`` is that way; both None where none was sought again, the latter where there is none."""

    legs: tuple[LegNow, ...]
    delay_seconds: float
    is_over: bool
    broken: Break | None = None
    query: JourneyQuery | None = None
    instead: Told | None = None
    alerts: tuple[AlertAhead, ...] = ()
    feeds: tuple[FeedUsed, ...] = ()
    names: dict[str, dict[str, str]] = {}
    """Of what is in ``instead``, as ``naming.named`` tells them."""


class RouterState(msgspec.Struct, frozen=True, kw_only=True):
    """How a router stands. ``trouble``: what keeps it from using the newest feeds, None when nothing does."""

    process: int
    is_ready: bool
    feeds: tuple[FeedUsed, ...] = ()
    stops: int = 0
    trips: int = 0
    has_streets: bool = False
    built_at: datetime | None = None
    build_seconds: float = 0.0
    is_building: bool = False
    waiting: int = 0
    trouble: str | None = None


encode = msgspec.msgpack.Encoder().encode
