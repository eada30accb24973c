"""The command: which benchmarks to run, and where the figures go."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from bench import table
from bench.figures import Figure
from bench.progress import Step, steps

Measure = Callable[[Step], Coroutine[Any, Any, list[Figure]]]


class Name(StrEnum):
    """The benchmarks, each in the module of its name."""

    INGEST = "ingest"
    JOURNEYS = "journeys"
    MQTT = "mqtt"
    NOTIFY = "notify"
    RETRIEVE = "retrieve"
    START = "start"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    names: Annotated[list[Name] | None, typer.Argument(metavar="NAME...", help=f"Of {', '.join(Name)}; all.")] = None,
    *,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures there, too.")] = None,
) -> None:
    """Measure ucity against references that do the same work without it. Takes less than five minutes."""
    console = Console(stderr=True)
    step = steps(console)
    before = table.machine()
    figures: list[Figure] = []
    for name in names or list(Name):
        figures += asyncio.run(_measure_of(name)(lambda what: step(f"{name}: {what}")))  # noqa: B023 - called at once
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
