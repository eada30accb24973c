"""What a search has found, as rides one after another: between two rides one walks where they do not share a stop."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucity.cloud.routing.choice import chosen
from ucity.cloud.routing.day import Lanes
from ucity.cloud.routing.earliest import Found
from ucity.cloud.routing.pareto import ALIGHT, BEFORE, BOARD, LANE, NEXT, RIDES, RUN


@dataclass(frozen=True, slots=True)
class Ride:
    """A run of a lane, from one of its calls to another. ``stays``: one is aboard already, see ``staying``."""

    lane: int
    run: int
    board: int
    alight: int
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Rides, and the numbers of the ways to the first (among the starts) and from the last (among the ends)."""

    start: int
    rides: tuple[Ride, ...]
    end: int

    def turned(self, lanes: Lanes) -> "Chain":
        """The same in the other direction. ``lanes``: those of the direction that is turned to."""
        count, runs = len(lanes.run_first) - 2, int(lanes.run_first[-1]) - 1

        def ride(of: Ride) -> Ride:
            lane = count - of.lane
            last = int(lanes.call_first[lane + 1] - lanes.call_first[lane]) - 1
            return Ride(lane, runs - of.run, last - of.alight, last - of.board)

        return Chain(self.end, tuple(ride(each) for each in reversed(self.rides)), self.start)


def of_labels(labels: NDArray[np.int32], first: int) -> list[Chain]:
    """The chains of the labels in a bag that are worth telling."""
    rows = []
    while first >= 0:
        rows.append(first)
        first = int(labels[first, NEXT])
    goals = labels[np.array(rows, np.int64)]
    return [_of_label(labels, goals[row]) for row in chosen(goals)]


def _of_label(labels: NDArray[np.int32], goal: NDArray[np.int32]) -> Chain:
    rides = []
    label = labels[goal[BEFORE]]
    while True:
        rides.append(_ride(label[[LANE, RUN, BOARD, ALIGHT]]))
        before = int(label[BEFORE])
        if label[RIDES] == 1:
            return Chain(before, tuple(reversed(rides)), int(goal[RUN]))
        label = labels[labels[before][BEFORE]]


def _ride(columns: Iterable[np.int32]) -> Ride:
    lane, run, board, alight = (int(each) for each in columns)
    return Ride(lane, run, board, alight)


def of_found(found: Found, lanes: Lanes, rides: int) -> tuple[tuple[Ride, ...], int, int]:
    """The rides by which the goal is reached in a round, and the platforms where the first begins and the last ends."""
    chain, off = list[Ride](), int(found.last[rides])
    last, on = off, -1
    while rides:
        ride = _ride(column[rides, off] for column in (found.lane, found.run, found.board, found.alight))
        chain.append(ride)
        on = int(lanes.on[lanes.call_first[ride.lane] + ride.board])
        rides -= 1
        off = int(found.walked[rides, on])
    return tuple(reversed(chain)), on, last
