"""The city's own processes are there all the time, and carry no more than they need."""

import subprocess
import sys

from ucity.commands.lean import UNUSED

HEAVY = {"cryptography", "duckdb", "fastapi", "httpx", "numpy", "polars", "pyld", "shapely", "sqlalchemy", "starlette"}
"""What the supervisor's children work with, and it has no use for: tens of megabytes."""


def imported(program: str) -> set[str]:
    """Names of what is loaded after this program."""
    words = [sys.executable, "-c", f"{program}; import sys; print(*filter(sys.modules.get, sys.modules))"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - every word is ours
    return set(done.stdout.split())


def test_the_supervisor_carries_nothing_of_what_only_its_children_need() -> None:
    assert not HEAVY & imported("import ucity.cli, ucity.commands.serve, ucity.commands.city")


def test_its_children_do_without_what_libraries_take_along() -> None:
    programs = "ucity.app, ucity.worker, ucity.router.building, ucity.demo.run, osmium"
    loaded = imported(f"from ucity.commands.lean import stay_lean; stay_lean(); import {programs}")
    assert not loaded & set(UNUSED)
    assert HEAVY - {"cryptography", "duckdb", "sqlalchemy"} <= loaded


def test_the_demo_is_a_client_which_carries_nothing_of_the_city() -> None:
    assert not HEAVY - {"httpx", "numpy"} & imported("import ucity.cli, ucity.commands.demo, ucity.demo.run")
