"""Which of the disturbances that feeds tell of touch a leg of a journey."""

from collections.abc import Iterable

from ucity.blueprint.boards import Disturbance
from ucity.blueprint.journeys import Leg
from ucity.cloud.routing.boards.disturbances import concerns


def touching(leg: Leg, known: Iterable[Disturbance]) -> tuple[Disturbance, ...]:
    """Those of the leg's line, or of the stop where one gets on or off, that hold while one rides; none on foot."""
    if leg.trip is None:
        return ()
    keys = {leg.trip.route, leg.origin.stop or "", leg.destination.stop or ""}
    return tuple(each for each in known if concerns(each, keys, leg.trip.trip) and _holds(each, leg))


def _holds(what: Disturbance, leg: Leg) -> bool:
    """Without periods it holds as long as it is told of."""
    return not what.periods or any(
        (start is None or start <= leg.arrives) and (end is None or end > leg.departs) for start, end in what.periods
    )
