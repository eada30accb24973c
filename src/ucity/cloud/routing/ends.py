"""All ways between the ends of a query and stops."""

from ucity.blueprint.journeys import JourneyQuery, Mode
from ucity.cloud.routing.fans import Fan, by_bicycle, joined, on_foot
from ucity.cloud.routing.network import Network
from ucity.cloud.routing.parking import park_and_ride
from ucity.cloud.routing.shared import Shared
from ucity.cloud.routing.sharing import to_stops


def fan(network: Network, query: JourneyQuery, shared: Shared | None = None, *, is_egress: bool = False) -> Fan:
    """Those from the origin (``is_egress``: to the destination) that the query allows: what one has left at the first
    stop is not at the last."""
    found = [on_foot(network, query, is_egress=is_egress)]
    if Mode.BICYCLE in query.modes and not is_egress:
        found.append(by_bicycle(network, query))
    if Mode.CAR in query.modes and not is_egress:
        found.append(park_and_ride(network, query))
    if Mode.SHARED_BICYCLE in query.modes and shared:
        found.append(to_stops(network, query, shared, is_egress=is_egress))
    return joined(found)
