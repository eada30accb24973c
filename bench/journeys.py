"""Ways through a made-up city of some 4,000 stops: building, asking, and from a real-time message to another answer.

Reference: cafein, which routes on the same feed and streets and is asked for the same pairs. It knows no real time; its
way there is a timetable with the delays in it, built anew.
"""

import asyncio
import gc
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from bench import cafein_city, transit_city
from bench.figures import Aim, Figure, Spread, percentile
from bench.progress import Step
from bench.transit_messages import late_everywhere
from running.servers import temporary_folder
from ucity.blueprint.journeys import JourneyQuery, Position
from ucity.cloud.routing.boards import Message, live_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.network import Network, build, read_streets
from ucity.cloud.routing.plan import fastest, plan
from ucity.network.feeds.gtfs import read
from ucity.network.feeds.gtfs_realtime import decode

PAIRS, REFERENCES = 1000, 50
"""Pairs of places that we are asked for, and the first of them, for which the reference is: its Pareto sets take half a
second or more each."""
AT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Half past eight on a Tuesday in Seoul."""
DAY = date(2026, 11, 24)
THREADS = 2
_MIB = 1 << 20
_CAFEIN = "cafein"


@dataclass(frozen=True)
class Built:
    """A network ready to be asked, and the seconds that its parts took."""

    network: Network
    live: Live
    streets: float
    timetable: float


async def measure(step: Step) -> list[Figure]:
    """All of it, in a thread, so that the display goes on."""
    return await asyncio.to_thread(_measure, step)


def _measure(step: Step) -> list[Figure]:
    with temporary_folder() as folder:
        step("making the city")
        feed, streets = transit_city.write(folder)
        step("compiling the search")
        _ask(_built(feed, streets), 3)
        step("building the network")
        ours = _built(feed, streets)
        step("building the reference")
        theirs = cafein_city.built(feed, streets)
        figures = _building(ours, theirs)
        step("building both once more, each alone")
        held = [_memory(build_it, feed, streets) for build_it in (_built, cafein_city.built)]
        figures.append(_figure("memory after building", "MiB", held[:1], held[1:]))
        step(f"{PAIRS} pairs")
        figures += _asking(ours, theirs)
        step("many at once")
        figures.append(_rate(ours))
        step("from a message to another answer")
        return figures + _realtime(ours, feed, folder)


def _built(feed: Path, streets: Path) -> Built:
    began = time.perf_counter()
    ways = read_streets(streets)
    read_at = time.perf_counter()
    network = build({"city": read(feed)}, ways)
    live = Live()
    live.day(network.timetable, DAY)
    ended = time.perf_counter()
    return Built(network, live, read_at - began, ended - read_at)


def _memory(build_it: Callable[[Path, Path], object], feed: Path, streets: Path) -> float:
    """MiB that building takes and keeps in a process of its own, which has done nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_held, build_it, feed, streets).result()


def _held(build_it: Callable[[Path, Path], object], feed: Path, streets: Path) -> float:
    before = psutil.Process().memory_full_info().uss
    kept = build_it(feed, streets)
    gc.collect()
    held = (psutil.Process().memory_full_info().uss - before) / _MIB
    del kept
    return held


def queries(count: int, seed: int = 1, at: datetime = AT) -> Iterator[JourneyQuery]:
    """Between random places of the city."""
    chance = random.Random(seed)  # noqa: S311 - places, no secrets
    for _ in range(count):
        origin, destination = (
            Position(
                transit_city.LON + chance.random() * (transit_city.CORNERS - 1) * transit_city.BLOCK_LON,
                transit_city.LAT + chance.random() * (transit_city.CORNERS - 1) * transit_city.BLOCK_LAT,
            )
            for _ in range(2)
        )
        yield JourneyQuery(origin=origin, destination=destination, at=at)


def _ask(built: Built, count: int) -> None:
    for query in queries(count, seed=0):
        fastest(built.network, built.live, query)
        plan(built.network, built.live, query)


@dataclass(frozen=True)
class Took:
    """Milliseconds of each answer: by the clock, and of processor time."""

    waited: list[float]
    worked: list[float]


def _timed(ask: Callable[[JourneyQuery], object], count: int) -> Took:
    took = Took([], [])
    for query in queries(count):
        began, worked = time.perf_counter(), time.thread_time()
        ask(query)
        took.worked.append((time.thread_time() - worked) * 1000)
        took.waited.append((time.perf_counter() - began) * 1000)
    return took


def _building(ours: Built, theirs: cafein_city.Built) -> list[Figure]:
    whole = ours.streets + ours.timetable
    trips = ours.network.timetable.trips.height
    size = f"{ours.network.timetable.stops.height} stops, {trips} trips a day"
    return [
        _figure("build from files", "s", [whole], [theirs.seconds], note=f"{size}; streets {ours.streets:.1f} s of it"),
    ]


def _asking(ours: Built, theirs: cafein_city.Built) -> list[Figure]:
    first = _timed(lambda query: fastest(ours.network, ours.live, query), PAIRS)
    several = _timed(lambda query: plan(ours.network, ours.live, query), PAIRS)
    first_there = _timed(theirs.fastest, REFERENCES)
    several_there = _timed(theirs.plan, REFERENCES)
    return [
        *_shares("fastest, door to door", first.waited, first_there.waited, Aim(30, "less")),
        *_shares("Pareto set with carbon, 30 minutes", several.waited, several_there.waited, Aim(150, "less")),
        _figure("the same, processor time, p95", "ms", [percentile(several.worked, 0.95)]),
    ]


def _shares(name: str, ours: Sequence[float], theirs: Sequence[float], aim: Aim) -> Iterator[Figure]:
    for label, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        measured, reference = percentile(ours, share), percentile(theirs, share)
        yield _figure(f"{name}, {label}", "ms", [measured], [reference], aim=aim if label == "p95" else None)


def _rate(built: Built) -> Figure:
    asked = list(queries(PAIRS, seed=2))
    with ThreadPoolExecutor(THREADS) as threads:
        began = time.perf_counter()
        list(threads.map(lambda query: fastest(built.network, built.live, query), asked))
        took = time.perf_counter() - began
    return _figure(f"fastest ways, {THREADS} threads", "1/s", [len(asked) / took])


def _realtime(ours: Built, feed: Path, folder: Path) -> list[Figure]:
    """A message that tells of every bus under way; meanwhile others ask."""
    message = late_everywhere(feed, AT.astimezone(ZoneInfo(transit_city.ZONE)))
    waits: list[float] = []
    done = threading.Event()

    def asking() -> None:
        while not done.is_set():
            waits.extend(_timed(lambda query: fastest(ours.network, ours.live, query), 1).waited)

    others = threading.Thread(target=asking)
    others.start()
    began = time.perf_counter()
    said = Message("city", AT, decode(message))
    live = ours.live.renewed(ours.network.timetable, live_of(ours.network.timetable, [said]), AT)
    fastest(ours.network, live, next(queries(1)))
    took = time.perf_counter() - began
    done.set()
    others.join()
    note = f"{len(live.runs)} runs told of in {len(message) / 1e6:.1f} MB"
    rebuilt = cafein_city.rebuilt(feed, folder)
    return [
        _figure("message to changed answer", "s", [took], [rebuilt], aim=Aim(60, "less"), note=note),
        _figure("slowest answer meanwhile", "ms", [max(waits)]),
    ]


def _figure(  # noqa: PLR0913 - what a figure has
    name: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[float] | None = None,
    *,
    aim: Aim | None = None,
    note: str = "",
) -> Figure:
    measured, reference = Spread.of(ours), Spread.of(theirs) if theirs else None
    ratio = Spread.of([measured.median / reference.median]) if reference else None
    return Figure(
        benchmark="journeys",
        name=name,
        unit=unit,
        measured=measured,
        against=_CAFEIN if reference else None,
        reference=reference,
        ratio=ratio,
        aim=aim,
        aims_at_ratio=False,
        note=note,
    )
