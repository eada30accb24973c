"""Which of the disturbances that feeds tell of touch a leg of a journey."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from ucity.blueprint.boards import Disturbance
from ucity.blueprint.journeys import Leg
from ucity.cloud.routing.boards.disturbances import Run, concerns
from ucity.cloud.routing.wire import AlertAhead, Followed


def touching(leg: Leg, known: Iterable[Disturbance]) -> tuple[Disturbance, ...]:
    """Those of the leg's line, or of the stop where one gets on or off, that hold while one rides; none on foot."""
    if leg.trip is None:
        return ()
    keys = {leg.trip.route, leg.origin.stop or "", leg.destination.stop or ""}
    run = Run(leg.trip.trip, leg.trip.day, leg.trip.direction)
    return tuple(each for each in known if concerns(each, keys, run) and _holds(each, leg.departs, leg.arrives))


def ahead(journey: Followed, known: Sequence[Disturbance], now: datetime) -> Iterator[AlertAhead]:
    """The same of the legs of a followed journey that are not over, as they were planned."""
    for number, leg in enumerate(journey.legs):
        departs, arrives = (datetime.fromtimestamp(time, UTC) for time in (leg.departs, leg.arrives))
        if leg.trip and arrives > now:
            keys = {leg.line, *leg.stops}
            run = Run(leg.trip, date.fromisoformat(leg.day), leg.direction)
            for each in known:
                if concerns(each, keys, run) and _holds(each, departs, arrives):
                    yield AlertAhead(leg=number, disturbance=each)


def _holds(what: Disturbance, departs: datetime, arrives: datetime) -> bool:
    """Without periods it holds as long as it is told of."""
    return not what.periods or any(
        (start is None or start <= arrives) and (end is None or end > departs) for start, end in what.periods
    )
