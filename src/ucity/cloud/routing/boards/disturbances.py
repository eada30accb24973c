"""Alerts of real-time feeds, with the keys of what they are about."""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ucity.blueprint.boards import About, Disturbance
from ucity.cloud.routing.boards.names import UNKNOWN
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
        about=tuple(_about(timetable, feed, each) for each in alert.informed) or (About(),),
        periods=alert.periods,
        told_at=told.at,
    )


def concerns(what: Disturbance, keys: AbstractSet[str], trip: str | None = None) -> bool:
    """Whether it is about one of these lines or stops, or about this trip of them; without one, about any trip."""
    feed = what.key.partition(":")[0]
    return any(_is_there(each, keys, trip) if each != About() else _has(feed, keys) for each in what.about)


def _has(feed: str, keys: AbstractSet[str]) -> bool:
    return any(key.partition(":")[0] == feed for key in keys)


def _is_there(about: About, keys: AbstractSet[str], trip: str | None) -> bool:
    named = {key for key in (about.line, about.stop) if key}
    return named <= keys and (about.trip is None or trip is None or about.trip == trip) and bool(named)


def _about(timetable: "Timetable", feed: str, named: Informed) -> About:
    """What is said of whole agencies and kinds of vehicles is taken to be about all of the feed."""
    trip, stop = (f"{feed}:{each}" if each else None for each in (named.trip, named.stop))
    return About(line=_line(timetable, feed, named), trip=trip, stop=stop)


def _line(timetable: "Timetable", feed: str, about: Informed) -> str | None:
    """The line that it names, or whose trip it names."""
    if about.route:
        return f"{feed}:{about.route}"
    trip = timetable.trip_rows.get(f"{feed}:{about.trip}") if about.trip else None
    if trip is None:
        return None
    key: str = timetable.routes["key"][timetable.trips["route"][trip]]
    return key


def _texts(said: dict[str, str]) -> dict[str, str]:
    return {language or UNKNOWN: text for language, text in said.items() if text}
