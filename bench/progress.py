"""What a run is doing just now, on standard error."""

import time
from collections.abc import Callable

from rich.console import Console

Step = Callable[[str], None]
"""Tells what begins now."""


def steps(console: Console) -> Step:
    """Tells each step on a line of its own, with the seconds since the run began."""
    began = time.monotonic()

    def step(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {what}", highlight=False)

    return step
