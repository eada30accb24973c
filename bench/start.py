"""What the demo costs and how fast it is: time to start, memory, and from a device to the map.

References: the city's two servers alone, started the same way, and MQTT from one client to another through the same
nats-server without a city.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cities import started
from bench.figures import Aim, Figure, Spread, compared, percentile
from bench.in_a_page import READINGS, seen
from bench.progress import Step
from bench.to_the_map import Latencies, latencies
from running.city import SERVE, SERVERS_ONLY, RunningCity
from running.servers import temporary_folder
from ucity.demo.places import sites
from ucity.settings import Settings

ROUNDS = 3
AFTER = 60.0
"""Seconds that the demo has run for when its memory is measured."""
SIZE = f"{Settings.model_fields['demo_size'].default} buses, {len(sites())} stations"
_MB = 1_000_000
_ALONE = "PostgreSQL and NATS alone"


@dataclass(frozen=True)
class Start:
    """Seconds to the line that says it is ready, and megabytes of all its processes then."""

    seconds: float
    memory: float


async def measure(step: Step) -> list[Figure]:
    """Second starts of servers and demo in turn; then the demo's memory, and from its devices to its map."""
    with temporary_folder() as servers, temporary_folder() as demo:
        step("first starts, which make the databases")
        _start(servers, SERVERS_ONLY)
        _start(demo, SERVE)
        alone, whole = [], []
        for turn in range(1, ROUNDS + 1):
            step(f"round {turn} of {ROUNDS}, starting the servers, then the demo")
            alone.append(_start(servers, SERVERS_ONLY))
            whole.append(_start(demo, SERVE))
        step(f"the demo runs for {AFTER:.0f} s")
        with started(demo) as city:
            await asyncio.sleep(AFTER)
            used = memory(city)
            ours, theirs = await latencies(city, lambda what: step(f"to the map, {what}"))
            step("to an open page")
            pages = await seen(city)
    figures = [_start_figure(alone, whole), _memory_figure(alone, used)]
    return [*figures, *_map_figures(ours, theirs), *_page_figures(pages)]


def _start(data: Path, words: tuple[str, ...]) -> Start:
    """Start, and stop at once."""
    began = time.perf_counter()
    with started(data, words=words) as city:
        return Start(time.perf_counter() - began, memory(city))


def memory(city: RunningCity) -> float:
    """Megabytes of all processes of a city; what several share counts once (PSS)."""
    return sum(process.memory_full_info().pss for process in city.processes()) / _MB


def _start_figure(alone: Sequence[Start], whole: Sequence[Start]) -> Figure:
    measured, reference, ratio = compared([each.seconds for each in whole], [each.seconds for each in alone])
    return Figure(
        benchmark="start",
        name="second start, with the demo",
        unit="s",
        measured=measured,
        against=_ALONE,
        reference=reference,
        ratio=ratio,
        aim=Aim(10, "less"),
        aims_at_ratio=False,
    )


def _memory_figure(alone: Sequence[Start], used: float) -> Figure:
    reference = Spread.of([each.memory for each in alone])
    return Figure(
        benchmark="start",
        name="memory of the demo",
        unit="MB",
        measured=Spread.of([used]),
        against=_ALONE,
        reference=reference,
        ratio=Spread.of([used / reference.median]),
        aim=Aim(800, "less"),
        aims_at_ratio=False,
        note=f"{SIZE}, all processes, after {AFTER:.0f} s",
    )


def _map_figures(ours: Latencies, theirs: Latencies) -> list[Figure]:
    found = {"p50": (ours.p50, theirs.p50, None), "p95": (ours.p95, theirs.p95, Aim(500, "less"))}
    return [_map_figure(name, *each) for name, each in found.items()]


def _map_figure(name: str, ours: Sequence[float], theirs: Sequence[float], aim: Aim | None) -> Figure:
    measured, reference, ratio = compared(ours, theirs)
    return Figure(
        benchmark="start",
        name=f"publish to map, {name}",
        unit="ms",
        measured=measured,
        against="MQTT to MQTT, bare NATS",
        reference=reference,
        ratio=ratio,
        aim=aim,
        aims_at_ratio=False,
    )


def _page_figures(seconds: Sequence[float]) -> list[Figure]:
    return [
        Figure(
            benchmark="start",
            name=f"publish to the figure in an open page, {name}",
            unit="ms",
            measured=Spread.of([percentile(seconds, share) * 1000]),
            aim=aim,
            aims_at_ratio=False,
            note=f"{READINGS} readings; the browser draws on the same processors" if aim else "",
        )
        for name, share, aim in (("p50", 0.5, None), ("p95", 0.95, Aim(500, "less")))
    ]
