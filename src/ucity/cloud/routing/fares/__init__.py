"""What journeys cost, by the fares of the feeds that they are taken from. What these do not tell is None, never nought.

feeds = {"busan": fares_of("busan", gtfs)}
fare_of(journey, feeds)
"""

from collections.abc import Mapping
from itertools import groupby

from ucity.blueprint import Journey, Leg
from ucity.cloud.routing.fares.attributes import Fare, Fares, Rule
from ucity.cloud.routing.fares.paid import Paid, added, money
from ucity.cloud.routing.fares.products import ProductFares
from ucity.cloud.routing.fares.reading import fares_of

__all__ = ["AnyFares", "Fare", "Fares", "Paid", "ProductFares", "Rule", "fare_of", "fares_of", "money"]
AnyFares = Fares | ProductFares


def fare_of(journey: Journey, feeds: Mapping[str, AnyFares]) -> Paid | None:
    """The least that the rides of a journey cost together; None unless all of them are paid for in one currency.

    ``feeds`` by name. A journey without rides costs nothing, which has no currency: None too.
    """
    paid: Paid | None = None
    for feed, rides in groupby(journey.rides, _feed):
        fares = feeds.get(feed)
        more = fares.cheapest(list(rides)) if fares else None
        total = added(paid.price if paid else None, more.price) if more else None
        if more is None or total is None:
            return None
        paid = Paid(total, tuple(dict.fromkeys([*(paid.media if paid else ()), *more.media])))
    return paid


def _feed(ride: Leg) -> str:
    return ride.trip.route.partition(":")[0] if ride.trip else ""
