"""Alerts of real-time feeds, with the keys of what they are about."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from ucity.blueprint.boards import About, Disturbance
from ucity.cloud.routing.boards.names import UNKNOWN
from ucity.cloud.routing.boards.selecting import and_its_platforms, routes_named
from ucity.network.feeds.realtime_rows import Informed

if TYPE_CHECKING:  # whoever has no timetable does without the compiler that timetables take
    from ucity.cloud.routing.boards.expected import ToldAlert
    from ucity.cloud.routing.timetable import Timetable


def disturbance(timetable: "Timetable", told: "ToldAlert") -> Disturbance:
    """The alert, in the words of the blueprint."""
    alert, feed = told.alert, told.feed
    return Disturbance(
        key=f"{feed}:{alert.id}",
        cause=alert.cause.lower(),
        effect=alert.effect.lower(),
        severity=alert.severity.lower(),
        header=_texts(alert.header),
        description=_texts(alert.description),
        url=_texts(alert.url),
        about=tuple(about for each in alert.informed or (Informed(),) for about in _about(timetable, feed, each)),
        periods=alert.periods,
        told_at=told.at,
    )


class Run(NamedTuple):
    """A run that somebody is on: the key of its trip, its service day, and its direction where that is known."""

    trip: str
    day: date
    direction: int | None = None


def concerns(what: Disturbance, keys: AbstractSet[str], run: Run | None = None) -> bool:
    """Whether it is about one of these lines or stops, or about this run of them; without one, about any run."""
    feed = what.key.partition(":")[0]
    return any(_is_there(each, keys, run) if each != About() else _has(feed, keys) for each in what.about)


def _has(feed: str, keys: AbstractSet[str]) -> bool:
    return any(key.partition(":")[0] == feed for key in keys)


def _is_there(about: About, keys: AbstractSet[str], run: Run | None) -> bool:
    named = {key for key in (about.line, about.stop) if key}
    return named <= keys and bool(named) and (run is None or _is_of(about, run))


def _is_of(about: About, run: Run) -> bool:
    pairs = ((about.trip, run.trip), (about.day, run.day), (about.direction, run.direction))
    return all(said is None or known is None or said == known for said, known in pairs)


def _about(timetable: "Timetable", feed: str, named: Informed) -> Iterator[About]:
    """A selector by keys: one for each line of an agency or of a kind, and for each platform of a station."""
    trip = f"{feed}:{named.trip}" if named.trip else None
    for line, stop in product(_lines(timetable, feed, named), _stops(timetable, feed, named)):
        yield About(line=line, trip=trip, stop=stop, direction=named.direction, day=named.start_date)


def _lines(timetable: "Timetable", feed: str, named: Informed) -> list[str | None]:
    """Keys of the lines that it names, or whose trip it names; None stands for any."""
    if named.route:
        return [f"{feed}:{named.route}"]
    trip = timetable.trip_rows.get(f"{feed}:{named.trip}") if named.trip else None
    keys = timetable.routes["key"]
    if trip is not None:
        return [keys[timetable.trips["route"][trip]]]
    rows = routes_named(timetable, feed, named)
    is_any = rows is None or len(rows) == keys.str.starts_with(f"{feed}:").sum()
    return [None] if is_any or rows is None else [keys[row] for row in sorted(rows)]


def _stops(timetable: "Timetable", feed: str, named: Informed) -> list[str | None]:
    if named.stop is None:
        return [None]
    key = f"{feed}:{named.stop}"
    return [timetable.stops["key"][row] for row in and_its_platforms(timetable, key)] or [key]


def _texts(said: dict[str, str]) -> dict[str, str]:
    return {language or UNKNOWN: text for language, text in said.items() if text}
