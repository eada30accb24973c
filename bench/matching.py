"""What it costs to find whom a change concerns among 10,000 subscriptions to one type, each with another condition.

In this process, without a city: subscriptions are read as the city reads them, put into its index, and held against
changes of which each concerns one of them on average, however many there are. References: the same among 100
subscriptions, and with each of the 10,000 held against each change, as an index of types alone would have it.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.figures import Aim, Figure, Spread, compared
from bench.progress import Step
from ucity.cloud.ioc.api.ngsi.contexts import build
from ucity.cloud.ioc.api.ngsi.subscriptions.content import parsed
from ucity.cloud.ioc.policy.names import LOCATION, SCOPE, attribute_iri, type_iri
from ucity.cloud.ioc.share.notify import Index, Wanted, fires
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.alterations import Alteration, alteration

MANY, FEW = 10_000, 100
MEANT = 100
"""How many a change concerns where it concerns more than one."""
ROUNDS = 3
CHANGES, CHANGES_OF_ALL = 200, 2
_DEGREE_METRES = 91_087.0
"""Of longitude at 35 degrees north."""
_NAMES = build([])
_NOW = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Crowd:
    """So many subscriptions, of which a change concerns so many at once."""

    total: int
    meant: int = 1

    def group(self, number: int) -> int:
        """Those of a group are meant together; the first of that to which this one belongs."""
        return number // self.meant * self.meant

    def at(self, place: float) -> int:
        """The first of the group that stands at a place between 0 and 1."""
        return self.group(int(place * self.total))


@dataclass(frozen=True)
class Kind:
    """``asks``: what the subscription with a number says; ``thing``: an attribute of what is at a place."""

    name: str
    asks: Callable[[int, Crowd], dict[str, Any]]
    thing: Callable[[float, Crowd], dict[str, Any]]


def _level(value: float) -> dict[str, Any]:
    return {attribute_iri("level"): {"type": "Property", "value": value}}


def _located(place: float, _: Crowd) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [128 + place, 35.0]}
    return {LOCATION: {"type": "GeoProperty", "value": point}}


def _between(number: int, crowd: Crowd) -> dict[str, Any]:
    return {"q": f"level=={100 * number / crowd.total}..{100 * (number + crowd.meant) / crowd.total}"}


def _near(number: int, crowd: Crowd) -> dict[str, Any]:
    metres = _DEGREE_METRES * crowd.meant / crowd.total / 2
    point = [128 + number / crowd.total, 35.0]
    return {"geoQ": {"georel": f"near;maxDistance=={metres}", "geometry": "Point", "coordinates": point}}


def _within(number: int, crowd: Crowd) -> dict[str, Any]:
    west, east = (128 + each / crowd.total for each in (number, number + crowd.meant))
    ring = [[west, 34.9], [east, 34.9], [east, 35.1], [west, 35.1], [west, 34.9]]
    return {"geoQ": {"georel": "within", "geometry": "Polygon", "coordinates": [ring]}}


def _scope(place: float, crowd: Crowd) -> dict[str, Any]:
    return {SCOPE: {"type": "Property", "value": [f"/Busan/Quarter{crowd.at(place)}/Street"]}}


def _line(place: float, crowd: Crowd) -> dict[str, Any]:
    return {attribute_iri("line"): {"type": "Relationship", "object": f"urn:ngsi-ld:Line:{crowd.at(place)}"}}


KINDS = (
    Kind("q, line==", lambda number, crowd: {"q": f'line=="urn:ngsi-ld:Line:{crowd.group(number)}"'}, _line),
    Kind("q, level between", _between, lambda place, _: _level(100 * place)),
    Kind("q, level>", lambda number, _: {"q": f"level>{number}"}, lambda place, crowd: _level(2 * place * crowd.meant)),
    Kind("geoQ, near", _near, _located),
    Kind("geoQ, within", _within, _located),
    Kind("scopeQ", lambda number, crowd: {"scopeQ": f"/Busan/Quarter{crowd.group(number)}/#"}, _scope),
)


async def measure(step: Step) -> list[Figure]:
    """Processor time for each change, and memory for each subscription."""
    figures: list[Figure] = []
    for kind in KINDS:
        step(f"{kind.name}, {MANY:,} subscriptions")
        figures += _figures(kind)
    return figures


def _figures(kind: Kind) -> Iterator[Figure]:
    some, many, crowded = (_Matching(kind, crowd) for crowd in (Crowd(FEW), Crowd(MANY), Crowd(MANY, MEANT)))
    name = f"{kind.name}, {MANY:,} subscriptions"
    yield _figure(f"{name}, a change", many, some, f"{FEW} subscriptions", Aim(2, "less"))
    yield _figure(f"{name}, a change that concerns {MEANT}", crowded, many, "one that concerns 1")
    yield _figure(f"{name}, a change", many, _Matching(kind, Crowd(MANY), few=MANY), "all held against it")
    yield Figure(
        benchmark="matching", name=f"{name}, memory of each", unit="bytes", measured=Spread.of([_memory_of(kind)])
    )


def _figure(name: str, ours: "_Matching", theirs: "_Matching", against: str, aim: Aim | None = None) -> Figure:
    rounds = [(ours.microseconds(turn), theirs.microseconds(turn)) for turn in range(ROUNDS)]
    measured, reference, ratio = compared([one for one, _ in rounds], [other for _, other in rounds])
    return Figure(
        benchmark="matching",
        name=name,
        unit="us",
        measured=measured,
        against=against,
        reference=reference,
        ratio=ratio,
        aim=aim,
    )


class _Matching:
    """An index with all of a crowd. ``few``: so many are not told apart."""

    def __init__(self, kind: Kind, crowd: Crowd, few: int | None = None) -> None:
        self._kind, self._crowd = kind, crowd
        self._changes = CHANGES if few is None else CHANGES_OF_ALL
        self._index = Index() if few is None else Index(few)
        for wanted in _subscriptions(kind, crowd):
            self._index.put(wanted)

    def microseconds(self, turn: int) -> float:
        """Processor time for a change. Raises WrongCountError when other subscriptions are meant than should be."""
        changes = [_change(self._kind, self._crowd, random.Random(f"{turn} {each}")) for each in range(self._changes)]  # noqa: S311 - no secret
        found, began = 0, time.process_time()
        for change in changes:
            found += sum(fires(wanted, change) for wanted in self._index.candidates(change))
        used = time.process_time() - began
        if not 0.4 < found / self._changes / self._crowd.meant < 2.5:
            raise WrongCountError(f"{self._kind.name}: {found / self._changes} are meant, not {self._crowd.meant}")
        return 1e6 * used / self._changes


class WrongCountError(Exception):
    """What is measured is not what should be."""


def _subscriptions(kind: Kind, crowd: Crowd) -> list[Wanted]:
    return [_wanted(number, kind.asks(number, crowd)) for number in range(crowd.total)]


def _wanted(key: int, asked: dict[str, Any]) -> Wanted:
    endpoint = {"uri": "http://127.0.0.1/notify"}
    document = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": {"endpoint": endpoint}, **asked}
    selection = parsed(document, lambda _: _NAMES, private=True, strict=True).selection
    return Wanted(key=key, tenant="", owner="key:bench", endpoint=endpoint["uri"], since=0, selection=selection)


def _change(kind: Kind, crowd: Crowd, chance: random.Random) -> Alteration:
    other = {attribute_iri(f"other{each}"): {"type": "Property", "value": each} for each in range(4)}
    attrs = {**other, **kind.thing(chance.random(), crowd)}
    change = alteration(None, Document(id="urn:ngsi-ld:Lamp:1", types=[type_iri("Lamp")], attrs=attrs), _NOW)
    if change is None:
        raise WrongCountError("nothing has changed")
    return change


def _memory_of(kind: Kind) -> float:
    """Bytes of the index for each subscription, without the subscription itself."""
    subscriptions, index = _subscriptions(kind, Crowd(MANY)), Index()
    tracemalloc.start()
    try:
        for wanted in subscriptions:
            index.put(wanted)
        return tracemalloc.get_traced_memory()[0] / MANY
    finally:
        tracemalloc.stop()
