"""Who may go along a way of OpenStreetMap in which direction, and how hard or fast that is.

Sources: OpenStreetMap wiki, "Key:highway", "OSM tags for routing/Access restrictions" (country-wide defaults are not
looked up), "Key:maxspeed", "Key:oneway". Speeds by kind of road are our assumptions where no limit is tagged.
"""

import math
import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple


class Going(IntEnum):
    """How one goes. On foot, costs are metres (of level ground that takes as long); otherwise they are seconds."""

    FOOT = 0
    FEW_STEPS = 1
    WHEELCHAIR = 2
    BICYCLE = 3
    CAR = 4


ON_FOOT = frozenset({Going.FOOT, Going.FEW_STEPS, Going.WHEELCHAIR})
STEPS = 1.5
"""Metres of level ground that take as long as a metre of stairs."""
STEPS_AVOIDED = 10.0
"""The same for those who want few of them: a detour of up to ten times their length is taken."""
BICYCLE_SPEED = 4.2
"""Metres a second (15 km/h), pauses at crossings included."""
PUSHING_SPEED = 1.1
TRAFFIC = 0.75
"""Share of the limit that a car makes on average in town."""

_NOT_ROADS = frozenset(
    {"proposed", "construction", "abandoned", "razed", "raceway", "bus_guideway", "corridor", "elevator", "platform"}
    | {"rest_area", "services", "bus_stop", "no", "escape", "emergency_bay", "via_ferrata"}
)
_MOTOR_ONLY = frozenset({"motorway", "motorway_link"})
_SPEEDS = {
    "motorway": 100,
    "motorway_link": 60,
    "trunk": 80,
    "trunk_link": 50,
    "primary": 60,
    "primary_link": 40,
    "secondary": 50,
    "secondary_link": 40,
    "tertiary": 50,
    "tertiary_link": 40,
    "unclassified": 40,
    "residential": 30,
    "living_street": 15,
    "service": 20,
    "road": 30,
}
"""Kilometres an hour, by the kinds of road that cars use."""
_NO = frozenset({"no", "private", "use_sidepath", "customers", "delivery", "agricultural", "forestry", "military"})
_YES = frozenset({"yes", "designated", "permissive", "official", "destination"})
_READ = (
    *("highway", "access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar", "motorroad", "oneway"),
    *("oneway:bicycle", "junction", "maxspeed", "wheelchair", "cycleway"),
)
_SPEED = re.compile(r"^(\d{1,3})(?:\.\d+)?\s*(mph)?")


class Costs(NamedTuple):
    """Costs a metre for each ``Going``, there and back; infinite where one may not go."""

    there: tuple[float, ...]
    back: tuple[float, ...]


def costs(tags: Mapping[str, str]) -> Costs | None:
    """Of a way with these tags; None where nobody may go."""
    return _costs(tuple(tags.get(key, "") for key in _READ))


@lru_cache(65_536)
def _costs(values: tuple[str, ...]) -> Costs | None:
    tags = dict(zip(_READ, values, strict=True))
    if not tags["highway"] or tags["highway"] in _NOT_ROADS:
        return None
    foot, bicycle, car = _foot(tags), _bicycle(tags), _car(tags)
    there = (*foot, bicycle[0], car[0])
    back = (*foot, bicycle[1], car[1])
    return Costs(there, back) if min(*there, *back) < math.inf else None


def _may(tags: Mapping[str, str], keys: tuple[str, ...], *, usually: bool) -> bool:
    """Whether one may go: the first of the keys (most special first) that says something decides."""
    for key in keys:
        if tags[key] in _NO:
            return False
        if tags[key] in _YES:
            return True
    return usually


def _foot(tags: Mapping[str, str]) -> tuple[float, float, float]:
    kind = tags["highway"]
    usually = kind not in _MOTOR_ONLY and tags["motorroad"] != "yes" and (kind != "cycleway" or tags["foot"] == "")
    if not _may(tags, ("foot", "access"), usually=usually):
        return (math.inf, math.inf, math.inf)
    if kind == "steps":
        return (STEPS, STEPS_AVOIDED, math.inf)
    return (1.0, 1.0, math.inf if tags["wheelchair"] == "no" else 1.0)


def _bicycle(tags: Mapping[str, str]) -> tuple[float, float]:
    kind = tags["highway"]
    if kind == "steps" or kind in _MOTOR_ONLY or tags["motorroad"] == "yes":
        return (math.inf, math.inf)
    on_foot = _foot(tags)[0]
    if not _may(tags, ("bicycle", "vehicle", "access"), usually=kind not in {"footway", "pedestrian", "bridleway"}):
        pushing = 1 / PUSHING_SPEED if on_foot < math.inf else math.inf
        return (pushing, pushing)
    there, back = _ways(tags)
    free = tags["oneway:bicycle"] == "no" or tags["cycleway"].startswith("opposite")
    riding = 1 / BICYCLE_SPEED
    against = riding if free else 1 / PUSHING_SPEED if on_foot < math.inf else math.inf
    return (riding if there else against, riding if back else against)


def _car(tags: Mapping[str, str]) -> tuple[float, float]:
    kind = tags["highway"]
    keys = ("motorcar", "motor_vehicle", "vehicle", "access")
    if kind not in _SPEEDS or not _may(tags, keys, usually=True):
        return (math.inf, math.inf)
    cost = 3.6 / (_limit(tags["maxspeed"], _SPEEDS[kind]) * TRAFFIC)
    there, back = _ways(tags)
    return (cost if there else math.inf, cost if back else math.inf)


def _ways(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether traffic goes along the way, and against it."""
    oneway = tags["oneway"]
    if oneway in {"-1", "reverse"}:
        return (False, True)
    implied = oneway == "" and (tags["junction"] in {"roundabout", "circular"} or tags["highway"] == "motorway")
    return (True, not (implied or oneway in {"yes", "true", "1"}))


def _limit(text: str, usual: float) -> float:
    found = _SPEED.match(text)
    if not found or not 5 <= int(found[1]) <= 200:
        return usual
    return int(found[1]) * (1.609 if found[2] else 1.0)
