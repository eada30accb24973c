"""Alerts of real-time feeds, with the keys of what they are about."""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ucity.blueprint.boards import Disturbance
from ucity.cloud.routing.boards.names import UNKNOWN
from ucity.network.feeds.realtime_rows import Informed

if TYPE_CHECKING:  # whoever has no timetable does without the compiler that timetables take
    from ucity.cloud.routing.boards.expected import ToldAlert
    from ucity.cloud.routing.timetable import Timetable


def disturbance(timetable: "Timetable", told: "ToldAlert") -> Disturbance:
    """The alert, in the words of the blueprint."""
    alert, feed = told.alert, told.feed
    lines = {key for each in alert.informed if (key := _line(timetable, feed, each))}
    return Disturbance(
        key=f"{feed}:{alert.id}",
        cause=alert.cause.lower(),
        effect=alert.effect.lower(),
        severity=alert.severity.lower(),
        header=_texts(alert.header),
        description=_texts(alert.description),
        url=_texts(alert.url),
        lines=tuple(sorted(lines)),
        stops=tuple(sorted({f"{feed}:{each.stop}" for each in alert.informed if each.stop})),
        periods=alert.periods,
        told_at=told.at,
    )


def concerns(what: Disturbance, keys: AbstractSet[str]) -> bool:
    """Whether it is about one of these lines or stops; what is about all of a feed is about each of its own."""
    if not (what.lines or what.stops):
        feed = what.key.partition(":")[0]
        return any(key.partition(":")[0] == feed for key in keys)
    return not keys.isdisjoint((*what.lines, *what.stops))


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
