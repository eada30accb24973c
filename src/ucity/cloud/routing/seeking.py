"""From a question to chains of rides: what may be used, in both directions of time, and the searches in their order."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ucity.blueprint.journeys import JourneyQuery
from ucity.cloud.routing import chains
from ucity.cloud.routing.chains import Chain
from ucity.cloud.routing.day import Day
from ucity.cloud.routing.earliest import FAR, Found, Reach, Rules, earliest, rest, rest_aboard
from ucity.cloud.routing.emissions import factor_of
from ucity.cloud.routing.network import Listed, Network
from ucity.cloud.routing.pareto import MOST_LABELS, Ends, Task, Window, pareto
from ucity.cloud.routing.pieces import going_of
from ucity.cloud.routing.timetable import MODES, Ints

WALK_STEP, GRAMS_STEP = 200, 50
"""Metres on foot and grams of carbon that make a difference between two journeys."""
GRAMS_SHARE = 0.1
"""Or such a share of what the fastest one causes, when that is more."""
LONGER, LATER = 1.25, 600
"""No journey takes more than so many times the fastest one's time, and so many seconds."""
MORE_RIDES = 1
"""Nor more rides than so many beyond the fastest one's."""
_GRAMS_UNKNOWN = 100.0
"""Grams a kilometre of a mode without a factor, for the search only: none is told of it."""
_INACCESSIBLE = 2


class At(NamedTuple):
    """Ways to (from) platforms: the ``stop`` of ``ends`` is a platform's number, ``number`` the number of each way."""

    ends: Ends
    number: Ints

    def quickest(self, platform: int) -> int:
        """The row of the way that takes least."""
        rows = np.flatnonzero(self.ends.stop == platform)
        return int(rows[np.argmin(self.ends.seconds[rows])])


@dataclass(frozen=True)
class Side:
    """The question in one direction of time. Backward, all times are negative, and starts are at the destination."""

    reach: Reach
    carbon: NDArray[np.float32]
    starts: At
    ends: At

    def goal(self) -> Ints:
        """Seconds from each platform to the goal without a ride."""
        goal = np.full(len(self.reach.rules.platform), FAR, np.int32)
        np.minimum.at(goal, self.ends.ends.stop, self.ends.ends.seconds)
        return goal

    def numbered(self, chain: Chain) -> Chain:
        """A chain of rows of starts and ends as one of the numbers of the ways."""
        return replace(chain, start=int(self.starts.number[chain.start]), end=int(self.ends.number[chain.end]))

    def search(self, moment: int, rounds: int, *, limit: int = int(FAR), is_pruned: bool = True) -> Found:
        """When each platform (``is_pruned``: the goal) is reached at the earliest, starting at ``moment``."""
        starts = np.full(len(self.reach.rules.platform), FAR, np.int32)
        np.minimum.at(starts, self.starts.ends.stop, (self.starts.ends.seconds + moment).astype(np.int32))
        reach = self.reach._replace(rules=self.reach.rules._replace(limit=np.int32(limit)))
        found: Found = earliest(reach, starts, self.goal(), rounds, is_pruned)
        return found


@dataclass(frozen=True)
class Question:
    """A query made ready: both sides, ``ahead`` the one in whose direction it is asked."""

    ahead: Side
    behind: Side
    moment: int
    window: int
    rounds: int
    is_backward: bool

    def forward(self, chain: Chain) -> Chain:
        """A chain that ``ahead`` has found, in the direction of travel."""
        return chain.turned(self.behind.reach.lanes) if self.is_backward else chain


def question(network: Network, day: Day, query: JourneyQuery, access: Ends, egress: Ends) -> Question:
    """The query on a day, with the ways from its origin and to its destination."""
    forward, backward = (
        _side(network, day, query, (access, egress), is_backward=False),
        _side(network, day, query, (egress, access), is_backward=True),
    )
    moment = int(query.at.timestamp()) - day.epoch
    return Question(
        ahead=backward if query.arrive_by else forward,
        behind=forward if query.arrive_by else backward,
        moment=-moment if query.arrive_by else moment,
        window=int(query.window.total_seconds()),
        rounds=query.most_transfers + 1,
        is_backward=query.arrive_by,
    )


def _side(network: Network, day: Day, query: JourneyQuery, ends: tuple[Ends, Ends], *, is_backward: bool) -> Side:
    lane = np.isin(day.mode, [MODES.index(mode) for mode in query.modes])
    stop = network.timetable.platforms.stop
    platform = np.ones(len(stop), np.uint8)
    if query.wheelchair:
        lane &= day.wheelchair != _INACCESSIBLE
        platform = network.accessible[stop]
    carbon = _carbon(query)[day.mode]
    turn = slice(None, None, -1 if is_backward else None)
    walk = np.int32(query.longest_walk.total_seconds() * query.walking_speed)
    reach = Reach(
        lanes=day.backward if is_backward else day.lanes,
        walks=network.walks(going_of(query), query.walking_speed, is_backward=is_backward),
        rules=Rules(lane[turn].astype(np.uint8), platform, walk, FAR),
    )
    return Side(
        reach=reach,
        carbon=np.ascontiguousarray(carbon[turn]),
        starts=_at(network.off if is_backward else network.on, ends[0]),
        ends=_at(network.on if is_backward else network.off, ends[1]),
    )


def _at(platforms: Listed, ends: Ends) -> At:
    """Ways to stops as ways to each of their platforms."""
    first = platforms.first[ends.stop]
    several = platforms.first[ends.stop + 1] - first
    number = np.repeat(np.arange(len(ends.stop), dtype=np.int32), several)
    within = np.arange(len(number)) - np.repeat(np.cumsum(several) - several, several)
    return At(Ends(platforms.platform[first[number] + within], *(column[number] for column in ends[1:])), number)


def _carbon(query: JourneyQuery) -> NDArray[np.float32]:
    """Grams a metre of each mode in ``MODES``."""
    factors = [factor_of(mode, query.at.date()) for mode in MODES]
    return np.array([(each.grams_per_km if each else _GRAMS_UNKNOWN) / 1000 for each in factors], np.float32)


def fastest(of: Question) -> Chain | None:
    """The chain that arrives first with the fewest rides, and of those the one that leaves last (mutatis mutandis)."""
    found = of.ahead.search(of.moment, of.rounds)
    rides = int(np.argmin(found.goal))
    if found.goal[rides] >= FAR:
        return None
    later = of.behind.search(-int(found.goal[rides]), rides)
    best = int(np.argmin(later.goal))
    if later.goal[best] >= FAR:  # only when two times are one second apart by rounding: what was found first stands
        return of.forward(_chain(of.ahead, found, rides))
    chain = _chain(of.behind, later, best)
    return chain if of.is_backward else chain.turned(of.ahead.reach.lanes)


def _chain(side: Side, found: Found, rides: int) -> Chain:
    ridden, first, last = chains.of_found(found, side.reach.lanes, rides)
    return side.numbered(Chain(side.starts.quickest(first), ridden, side.ends.quickest(last)))


def sensible(of: Question) -> list[Chain]:
    """The Pareto set over departure, arrival, rides, walking and carbon within the window."""
    side = of.ahead
    found = side.search(of.moment, of.rounds)
    rides = int(np.argmin(found.goal))
    if found.goal[rides] >= FAR:
        return []
    rounds = min(of.rounds, rides + MORE_RIDES)
    grams = _grams(side, _chain(side, found, rides))
    window, deadline = _bounds(of, int(found.goal[rides]), grams)
    table = of.behind.search(-deadline, rounds, limit=-int(window.start), is_pruned=False)
    latest: Ints = -np.minimum.accumulate(table.time, axis=0)
    least = rest(of.behind.reach, side.goal(), rounds)
    aboard = rest_aboard(side.reach, least)
    labels, first = pareto(
        Task(side.reach, side.starts.ends, side.ends.ends, side.carbon, window, latest, least, aboard)
    )
    several = [of.forward(side.numbered(chain)) for chain in chains.of_labels(labels, int(first))]
    quickest = fastest(of) if len(labels) >= MOST_LABELS else None
    return several if quickest is None or quickest in several else [quickest, *several]


def _grams(side: Side, chain: Chain) -> float:
    along, first = side.reach.lanes.along, side.reach.lanes.call_first
    ridden = [(ride.lane, first[ride.lane] + ride.board, first[ride.lane] + ride.alight) for ride in chain.rides]
    return float(sum(side.carbon[lane] * (along[alight] - along[board]) for lane, board, alight in ridden))


def _bounds(of: Question, soonest: int, grams: float) -> tuple[Window, int]:
    """When one may leave and for how long be under way, and when one has to be there at the latest."""
    leaves = -int(of.behind.search(-soonest, of.rounds).goal.min())
    start, end = of.moment, of.moment + of.window
    if leaves > end:  # nothing goes for a while: ask around the first that goes
        start, end = leaves - of.window, leaves
    last = int(of.ahead.search(end, of.rounds).goal.min())
    last = soonest if last >= FAR else last
    longest = int(LONGER * max(soonest - leaves, last - end)) + LATER
    window = (start, end, longest, WALK_STEP, max(GRAMS_STEP, GRAMS_SHARE * grams))
    return Window(*(np.int32(each) for each in window)), max(soonest, min(last + LATER, end + longest))
