"""The command: which benchmarks to run, and where the figures go."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from bench import table
from bench.figures import Figure
from bench.progress import steps

Measure = Callable[..., Coroutine[Any, Any, list[Figure]]]


class Name(StrEnum):
    """The benchmarks, each in the module of its name."""

    AGGREGATE = "aggregate"
    CITY_JOURNEYS = "city_journeys"
    INGEST = "ingest"
    JOURNEYS = "journeys"
    MATCHING = "matching"
    MQTT = "mqtt"
    NGSI = "ngsi"
    NOTIFY = "notify"
    RETRIEVE = "retrieve"
    START = "start"


LONG = (Name.CITY_JOURNEYS, Name.NGSI)
PLAIN = tuple(name for name in Name if name not in LONG)
"""What a run without names measures: those that are left out take as long as several others together."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    names: Annotated[
        list[Name] | None,
        typer.Argument(metavar="NAME...", help=f"Of {', '.join(Name)}; all but {' and '.join(LONG)}."),
    ] = None,
    *,
    entities: Annotated[
        int, typer.Option(metavar="N", min=100_000, help="Entities of the city that ngsi measures.")
    ] = 1_000_000,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures there, too.")] = None,
) -> None:
    """Measure ucity against references that do the same work without it. Takes some eight minutes, and ngsi alone
    eight."""
    """Measure ucity against references that do the same work without it. Takes some six minutes; city_journeys alone
    five, ngsi eight."""
    console = Console(stderr=True)
    step = steps(console)
    before = table.machine()
    figures: list[Figure] = []
    for name in names or PLAIN:
        measure = _measure_of(name)
        measure = partial(measure, entities=entities) if name is Name.NGSI else measure
        figures += asyncio.run(measure(lambda what: step(f"{name}: {what}")))  # noqa: B023 - called at once
    told = before | {"load_after": table.machine()["load"]}
    table.write(figures, Console(width=table.WIDTH))
    console.print(_told(told), highlight=False)
    if json:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(table.document(figures, told))) + b"\n")


def _measure_of(name: Name) -> Measure:
    # Loaded when it is its turn: one benchmark need not wait for what another one needs.
    measure: Measure = import_module(f"bench.{name}").measure
    return measure


def _told(machine: dict[str, Any]) -> str:
    return (
        f"{machine['processors']} processors, {machine['memory_gib']} GiB, Python {machine['python']}; "
        f"load {machine['load'][0]} before and {machine['load_after'][0]} after"
    )


def main() -> None:
    """Entry point of ``python -m bench``."""
    app()
