"""Finding the way: a query answered with journeys from door to door.

    journeys = plan(network, live, query)        # all sensible ones within the query's window
    journey = fastest(network, live, query)      # the one that is there first (leaves last, for ``arrive_by``), or None

``network`` is from ``ucity.cloud.routing.network.build``, ``live`` from ``ucity.cloud.routing.live``. Both run for
milliseconds, hold no lock of the interpreter while they search, and may run in several threads.

``plan`` gives the Pareto set over departure, arrival, transfers, walking (in steps of 200 m) and carbon (in steps of 50
g, or a tenth of what the fastest causes), as long as a journey takes no more than one and a quarter of the fastest
one's time and ten minutes, and no more than one ride more. Of very many, it gives the best in each respect, then those
that cost least trouble (``choice``). The ways without a timetable that the query's modes allow are among them. There is
none when there is no way. Shared bicycles are for those who ask for that mode, and where ``shared`` offers them
(``shared``, ``sharing``). Whoever needs a wheelchair is offered no bicycle. Journeys stand in the order of their
arrival (for ``arrive_by``: latest departure first).

A stop or vehicle that says nothing of wheelchairs counts as usable; one that says no does not.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta

from ucity.blueprint.journeys import Journey, JourneyQuery, Mode, Place
from ucity.cloud.routing import seeking
from ucity.cloud.routing.ends import fan
from ucity.cloud.routing.fans import between
from ucity.cloud.routing.legs import Teller
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.pieces import Piece, going_of
from ucity.cloud.routing.shared import Shared
from ucity.cloud.routing.sharing import whole_way
from ucity.cloud.routing.streets import Going

NOTHING_SHARED = Shared()
LONGEST_ON_FOOT = timedelta(minutes=90)
"""For the whole way; for those ways by bicycle and car, too."""
_BICYCLES = frozenset({Mode.BICYCLE, Mode.SHARED_BICYCLE})
_WITHOUT_TIMETABLE = ((Mode.BICYCLE, Going.BICYCLE), (Mode.CAR, Going.CAR), (Mode.TAXI, Going.CAR))


def plan(network: Network, live: Live, query: JourneyQuery, shared: Shared = NOTHING_SHARED) -> list[Journey]:
    """See the module."""
    query = _to_be_ridden(query)
    ask, tell = _asked(network, live, query, shared)
    direct = _direct(tell, query, shared)
    on_foot = next((journey for journey in direct if journey.legs[0].mode is Mode.WALK), None)
    ridden = [tell.journey(chain) for chain in seeking.sensible(ask)]
    found = [journey for journey in ridden if on_foot is None or not _is_pointless(journey, on_foot, query)]
    return sorted(found + direct, key=_latest_first if query.arrive_by else _soonest_first)


def fastest(network: Network, live: Live, query: JourneyQuery, shared: Shared = NOTHING_SHARED) -> Journey | None:
    """See the module."""
    query = _to_be_ridden(query)
    ask, tell = _asked(network, live, query, shared)
    chain = seeking.fastest(ask)
    found = _direct(tell, query, shared) + ([tell.journey(chain)] if chain else [])
    return min(found, key=_latest_first if query.arrive_by else _soonest_first, default=None)


def _to_be_ridden(query: JourneyQuery) -> JourneyQuery:
    """The same without the modes that the one who asks cannot use."""
    return replace(query, modes=query.modes - _BICYCLES) if query.wheelchair else query


def _asked(network: Network, live: Live, query: JourneyQuery, shared: Shared) -> tuple[seeking.Question, Teller]:
    day = live.day(network.timetable, _day(network, query))
    access, egress = fan(network, query, shared), fan(network, query, shared, is_egress=True)
    ask = seeking.question(network, day, query, access.ends, egress.ends)
    return ask, Teller(network, live, day, query, access.draw, egress.draw)


def _day(network: Network, query: JourneyQuery) -> date:
    return query.at.astimezone(network.timetable.feeds[0].zone).date()


def _direct(tell: Teller, query: JourneyQuery, shared: Shared) -> list[Journey]:
    """The ways without a timetable."""
    means = [(Mode.WALK, going_of(query), query.walking_speed)] if Mode.WALK in query.modes else []
    means += [(mode, going, 1.0) for mode, going in _WITHOUT_TIMETABLE if mode in query.modes]
    ends, longest = (query.origin, query.destination), LONGEST_ON_FOOT.total_seconds()
    ways = [[piece] for each in means if (piece := between(tell.network, each, ends, longest))]
    if Mode.SHARED_BICYCLE in query.modes and (ridden := whole_way(tell.network, query, shared)):
        on_foot = [way for way in ways if way[0].mode is Mode.WALK]
        ways += [ridden] if all(_seconds(ridden) < _seconds(way) for way in on_foot) else []
    return [_alone(tell, query, way) for way in ways]


def _seconds(way: Sequence[Piece]) -> int:
    return sum(piece.seconds for piece in way)


def _alone(tell: Teller, query: JourneyQuery, way: Sequence[Piece]) -> Journey:
    at = query.at.astimezone(UTC)
    departs = at - timedelta(seconds=_seconds(way)) if query.arrive_by else at
    start, end = Place(position=query.origin), Place(position=query.destination)
    return Journey(legs=tuple(tell.pieces(way, departs, start, end)))


def _is_pointless(journey: Journey, on_foot: Journey, query: JourneyQuery) -> bool:
    """Whether one would be there on foot as soon, and may walk so far."""
    walk = on_foot.arrives - on_foot.departs
    return walk <= min(journey.arrives - journey.departs, query.longest_walk)


def _soonest_first(journey: Journey) -> tuple[float, float, int]:
    return (journey.arrives.timestamp(), -journey.departs.timestamp(), journey.changes)


def _latest_first(journey: Journey) -> tuple[float, float, int]:
    return (-journey.departs.timestamp(), journey.arrives.timestamp(), journey.changes)
