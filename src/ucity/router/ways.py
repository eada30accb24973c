"""The network and what is expected of it, as the office asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import numpy as np

from ucity.blueprint import Journey, JourneyQuery, Mode
from ucity.cloud.routing.chains import Ride
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.following import Expected, Standing
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.rides import ride_leg
from ucity.cloud.routing.shared import Shared


@dataclass(frozen=True, eq=False)
class NetworkWays:
    """Implements ``office.Ways``."""

    network: Network
    live: Live
    shared: Shared = field(default_factory=Shared)

    @property
    def stops(self) -> int:
        """How many stops the network has."""
        return self.network.timetable.stops.height

    @property
    def trips(self) -> int:
        """How many trips its timetable has."""
        return self.network.timetable.trips.height

    @property
    def has_streets(self) -> bool:
        """Whether ways on foot go along streets."""
        return self.network.streets is not None

    def plan(self, query: JourneyQuery) -> Sequence[Journey]:
        """The ways there."""
        return plan(self.network, self.live, query, self.shared.at(datetime.now(UTC)))

    def warm(self, now: datetime) -> None:
        """Have all that a question takes loaded and made, so that the first one is answered like the others."""
        stops = self.network.timetable.patterns.stop
        if not len(stops):
            return
        ends = [self.network.timetable.places[int(stop)].position for stop in (stops[0], stops[-1])]
        wish = JourneyQuery(origin=ends[0], destination=ends[1], at=now)
        by_street = frozenset({Mode.CAR, Mode.BICYCLE}) if self.has_streets else frozenset()
        for asked in (wish, replace(wish, arrive_by=True), replace(wish, modes=wish.modes | by_street, few_steps=True)):
            self.plan(asked)

    def expected(self, trip: str, day: date, about: datetime) -> Expected | None:
        """What is expected of a run; of a trip with several, of the one that leaves about then."""
        timetable = self.network.timetable
        added = [-1 - number for number, run in enumerate(self.live.added) if run.key == trip]
        row = timetable.trip_rows.get(trip)
        rows = added if row is None else [row, *added]
        if not rows:
            return None
        runs = self.live.day(timetable, day)
        found = [self._run(runs, run) for run in _runs_of(runs, rows, day)]
        if not found:
            planned = self.live.planned(timetable, day)
            return Expected((), is_live=True, is_cancelled=True) if _runs_of(planned, rows, day) else None
        return min(found, key=lambda run: min(abs(call.departs_scheduled - about) for call in run.calls))

    def standing(self, station: str) -> Standing | None:
        """What a station of shared bicycles has now, by ``<feed>:<id>``; None where that is not known."""
        now = datetime.now(UTC)
        return self.shared.at(now).standing(station, now)

    def _run(self, runs: Day, run: int) -> Expected:
        lanes = runs.lanes
        lane = int(np.searchsorted(lanes.run_first, run, side="right")) - 1
        first, after = (int(lanes.call_first[each]) for each in (lane, lane + 1))
        ride = Ride(lane=lane, run=run, board=0, alight=after - first - 1)
        leg = ride_leg(self.network.timetable, self.live, runs, ride)
        served = lanes.board[first:after] | lanes.alight[first:after]
        skipped = (call.sequence for call, at in zip(leg.calls, served, strict=True) if not at)
        return Expected(leg.calls, is_live=bool(leg.trip and leg.trip.is_live), skipped=frozenset(skipped))


def _runs_of(runs: Day, trips: Sequence[int], day: date) -> list[int]:
    return np.flatnonzero(np.isin(runs.trip, trips) & (runs.ordinal == day.toordinal())).tolist()
