"""What a router answers with: the ways in force, and what is known beside them. Its answers run in threads.

Each answer takes what is in force once, at its beginning, so that a swap meanwhile changes nothing for it. Nothing in
force is ever changed, only replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from ucity.blueprint import Journey, JourneyQuery
from ucity.blueprint.figures import Told
from ucity.cloud.routing.catching import Delays
from ucity.cloud.routing.comparing import compared
from ucity.cloud.routing.disturbed import ahead
from ucity.cloud.routing.exposure import Air
from ucity.cloud.routing.fares import AnyFares
from ucity.cloud.routing.following import Expected, Facts, Standing, checked
from ucity.cloud.routing.naming import Named, named
from ucity.cloud.routing.refusals import BUILDING, NO_TIMETABLE, PREPARING
from ucity.cloud.routing.taxi import Taxi
from ucity.cloud.routing.telling import Crowding, Known, chosen, told
from ucity.cloud.routing.wire import Check, Checked, FeedUsed, Journeys, JourneysFound
from ucity.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from ucity.cloud.routing.boards import Boards


class Ways(Protocol):
    """A network, with what is expected of it now. Safe to ask from several threads."""

    @property
    def stops(self) -> int:
        """How many stops it has."""
        ...

    @property
    def trips(self) -> int:
        """How many trips its timetable has."""
        ...

    @property
    def has_streets(self) -> bool:
        """Whether ways on foot go along streets."""
        ...

    def plan(self, query: JourneyQuery) -> Sequence[Journey]:
        """The ways there."""
        ...

    def expected(self, trip: str, day: date, about: datetime) -> Expected | None:
        """What is expected of a run; of a trip that goes every so often, of the run that leaves about then."""
        ...

    def standing(self, station: str) -> Standing | None:
        """What a station of shared bicycles has now, by ``<feed>:<id>``; None where that is not known."""
        ...


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The network that answers, and what is told of it now."""

    ways: Ways
    boards: "Boards"
    fares: Mapping[str, AnyFares]
    feeds: tuple[FeedUsed, ...]
    built_at: datetime
    occupancy: Crowding = field(default_factory=dict)


class Office:
    """``is_building``: the first ways are being put together. ``ahead``: the boards of their timetable, which need no
    ways and are there before them; None once there are ways, and before there is a timetable."""

    def __init__(self, taxi: Taxi | None = None) -> None:
        self.in_force: InForce | None = None
        self.ahead: Boards | None = None
        self.is_building = False
        self.air: Air | None = None
        self.delays = Delays()
        self.taxi = taxi

    def journeys(self, asked: Journeys) -> JourneysFound:
        """The ways there."""
        now = self._now()
        journeys = chosen(self._told(now, asked.query), asked.most)
        return JourneysFound(
            journeys=tuple(journeys),
            names=_plain(named(journeys, now.boards)),
            comparisons=compared(asked.query, now.ways.plan, occupancy=asked.occupancy, taxi=self.taxi)
            if asked.compare
            else (),
            feeds=now.feeds,
            has_streets=now.ways.has_streets,
            built_at=now.built_at,
        )

    def check(self, asked: Check) -> Checked:
        """Whether a followed journey still holds."""
        now = self._now()
        found = checked(asked, Facts(now.ways.expected, now.ways.standing, lambda query: self._told(now, query)))
        names = _plain(named([found.instead], now.boards)) if found.instead else {}
        alerts = tuple(ahead(asked.journey, now.boards.disturbances(asked.now), asked.now))
        return msgspec.structs.replace(found, alerts=alerts, feeds=now.feeds, names=names)

    def boards(self) -> "Boards":
        """What stops and lines show."""
        ahead, now = self.ahead, self.in_force
        return now.boards if now else ahead or self._now().boards

    def _now(self) -> InForce:
        now = self.in_force
        if now is None:
            text = PREPARING if self.ahead else BUILDING
            raise Unavailable(text, retry_after=5) if self.is_building else Conflict(NO_TIMETABLE)
        return now

    def _told(self, now: InForce, query: JourneyQuery) -> list[Told]:
        known = Known(
            at=datetime.now(UTC),
            air=self.air,
            delays=self.delays,
            fares=now.fares,
            occupancy=now.occupancy,
            taxi=self.taxi,
            disturbances=tuple(now.boards.disturbances(datetime.now(UTC))),
        )
        soonest = sorted(now.ways.plan(query), key=lambda way: (way.arrives, -way.departs.timestamp()))
        return [told(way, known) for way in soonest]


def _plain(names: Named) -> dict[str, dict[str, str]]:
    return {key: dict(texts) for key, texts in names.items()}
