"""The process that keeps the others running: it is there all the time, and should cost next to nothing."""

import subprocess
import sys

HEAVY = {"cryptography", "duckdb", "fastapi", "httpx", "numpy", "polars", "pyld", "shapely", "sqlalchemy", "starlette"}
"""What its children work with, and it has no use for: tens of megabytes."""


def test_the_supervisor_carries_nothing_of_what_only_its_children_need() -> None:
    told = "import ucity.cli, ucity.commands.serve, ucity.commands.city, sys; print(*sys.modules)"
    words = [sys.executable, "-c", told]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - every word is ours
    assert not HEAVY & set(done.stdout.split())
