"""The network and what is expected of it, as the office asks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from ucity.blueprint import Journey, JourneyQuery
from ucity.cloud.routing.chains import Ride
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.following import Expected
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.plan import plan
from ucity.cloud.routing.rides import ride_leg


@dataclass(frozen=True, eq=False)
class NetworkWays:
    """Implements ``office.Ways``."""

    network: Network
    live: Live

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
        return plan(self.network, self.live, query)

    def expected(self, trip: str, day: date, about: datetime) -> Expected | None:
        """What is expected of a run; of a trip that goes every so often, of the run that leaves about then."""
        row = self.network.timetable.trip_rows.get(trip)
        if row is None:
            return None
        runs = self.live.day(self.network.timetable, day)
        found = [self._run(runs, run) for run in _runs_of(runs, row, day)]
        if found:
            return min(found, key=lambda run: min(abs(call.departs - about) for call in run.calls))
        scheduled = Live().day(self.network.timetable, day)
        return Expected((), is_live=True, is_cancelled=True) if _runs_of(scheduled, row, day) else None

    def _run(self, runs: Day, run: int) -> Expected:
        lane = int(np.searchsorted(runs.lanes.run_first, run, side="right")) - 1
        length = int(runs.lanes.call_first[lane + 1] - runs.lanes.call_first[lane])
        leg = ride_leg(self.network.timetable, self.live, runs, Ride(lane=lane, run=run, board=0, alight=length - 1))
        return Expected(leg.calls, is_live=bool(leg.trip and leg.trip.is_live))


def _runs_of(runs: Day, trip: int, day: date) -> list[int]:
    return np.flatnonzero((runs.trip == trip) & (runs.ordinal == day.toordinal())).tolist()
