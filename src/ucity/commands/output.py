"""How commands write what they found: a table for people, JSON for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def write_json(value: Any) -> None:
    """Indented JSON on standard output."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table on standard output. What is too wide for the terminal is folded, but for the first column: a name or id
    to copy. Elsewhere than in a terminal nothing is."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        # As Text, since what came from elsewhere may look like markup.
        table.add_row(*(Text(shown(value)) for value in row))
    console = Console()
    console.print(table, width=None if console.is_terminal else 1000)


def write_fields(fields: Mapping[str, Any]) -> None:
    """Names and values, one a line."""
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        typer.echo(f"{name:<{width}}  {shown(value)}")


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, frozenset | set | list | tuple):
        return ", ".join(sorted(map(str, value)))
    return str(value)
