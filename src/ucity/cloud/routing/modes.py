"""GTFS's kinds of routes as modes, and which modes cause how much carbon while the way is sought.

Sources: GTFS reference, routes.txt route_type; extended route types of Google Transit (hundreds).
"""

from ucity.blueprint.journeys import Mode

_BASIC = {
    0: Mode.TRAM,
    1: Mode.METRO,
    2: Mode.RAIL,
    3: Mode.BUS,
    4: Mode.FERRY,
    5: Mode.TRAM,
    6: Mode.TRAM,
    7: Mode.TRAM,
    11: Mode.BUS,
    12: Mode.METRO,
}
_HUNDREDS = {
    1: Mode.RAIL,
    2: Mode.BUS,
    3: Mode.RAIL,
    4: Mode.METRO,
    5: Mode.METRO,
    6: Mode.METRO,
    7: Mode.BUS,
    8: Mode.BUS,
    9: Mode.TRAM,
    10: Mode.FERRY,
    12: Mode.FERRY,
    13: Mode.TRAM,
    14: Mode.TRAM,
}


def mode_of(route_type: int) -> Mode:
    """The mode of a route; a kind that nobody has defined is taken for a bus, the most common."""
    return _BASIC.get(route_type) or _HUNDREDS.get(route_type // 100) or Mode.BUS
