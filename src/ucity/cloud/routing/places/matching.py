"""How well a question meets a name, and which of the places found are shown first. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA

from ucity.blueprint import Text
from ucity.blueprint.journeys import Position
from ucity.cloud.routing.places.forms import Form

EARTH_M = 6_371_008.8
SAME_M = 400.0
"""Stops of one name that lie no farther apart are one for the reader: the two sides of a street."""
FAR_M = 40_000.0
MOST_SLIPS = 4


class How(IntEnum):
    """How a question meets a name, the best first."""

    WHOLE = 0
    BEGINS = 1
    WITHIN = 2
    SLIPS = 3


class Match(NamedTuple):
    """``slips``: letters by which they differ."""

    how: How
    slips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A place that a question may mean. ``metres``: how far from where it was asked, as the crow flies."""

    id: str
    kind: str
    names: Text
    position: Position
    district: str | None = None
    code: str = ""
    forms: tuple[Form, ...] = ()
    metres: float | None = None


# Who types a name means the station rather than one of the many stops that are called after it.
_COST = {"station": 0.0, "district": 0.2, "place": 0.3, "neighbourhood": 0.35, "stop": 0.6}


def match(question: Form, form: Form) -> Match | None:
    """How the question meets the form; None when it does not."""
    if question.kind != form.kind:
        return None
    asked, name = question.text, form.text
    if asked == name:
        return Match(How.WHOLE)
    if name.startswith(asked):
        return Match(How.BEGINS)
    if len(asked) > 2 and asked in name:
        return Match(How.WITHIN)
    return _slipped(asked, name)


def _slipped(asked: str, name: str) -> Match | None:
    allowed = min((len(asked) + 1) // 5, MOST_SLIPS)
    if not allowed or len(name) < len(asked) - allowed:
        return None
    whole = OSA.distance(asked, name, score_cutoff=allowed)
    begun = OSA.distance(asked, name[: len(asked)], score_cutoff=allowed)
    fewest = min(whole, begun)
    return Match(How.SLIPS, fewest) if fewest <= allowed else None


def best_match(questions: Sequence[Form], forms: Iterable[Form]) -> Match | None:
    """The best of all."""
    found = [met for question in questions for form in forms if (met := match(question, form))]
    return min(found, default=None)


def metres_between(one: Position, other: Position) -> float:
    """Along the great circle."""
    lat, other_lat = math.radians(one.lat), math.radians(other.lat)
    across = math.radians(other.lon - one.lon)
    half = math.sin((other_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(other_lat) * math.sin(across / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def ranked(questions: Sequence[Form], found: Iterable[Found], limit: int) -> list[Found]:
    """The best matches first; of equal ones the nearest and most important. Stops of one name side by side are one."""
    matches = ((best_match(questions, place.forms), place) for place in found)
    ordered = sorted(
        ((met, _cost(place, questions), place) for met, place in matches if met), key=lambda each: each[:2]
    )
    kept: list[Found] = []
    for _, _, place in ordered:
        if not any(_are_one(place, other) for other in kept):
            kept.append(place)
        if len(kept) == limit:
            break
    return kept


def _cost(place: Found, questions: Sequence[Form]) -> tuple[float, str]:
    far = 0.0 if place.metres is None else min(place.metres, FAR_M) / 10_000
    shortest = min((len(form.text) for form in place.forms if form.kind == questions[0].kind), default=0)
    return _COST.get(place.kind, 0.5) + far + shortest / 100, place.id


def _are_one(place: Found, other: Found) -> bool:
    return (
        place.kind == other.kind == "stop"
        and place.names == other.names
        and metres_between(place.position, other.position) <= SAME_M
    )
