"""What is given back can be read again."""

import sys
from pathlib import Path

import numba
import pytest

from ucity.router.memory import give_back_all


def twice(number: int) -> int:
    return 2 * number


def thrice(number: int) -> int:
    return 3 * number


def of_compiler_kb() -> int:
    """How much of its library is in memory."""
    found = 0
    ours = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            ours = line.endswith("libllvmlite.so")
        elif ours and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="there is nothing to give back to other systems")
def test_the_compilers_library_is_let_go_of_and_read_again_where_something_has_to_be_compiled_after_all() -> None:
    assert numba.njit()(twice)(2) == 4
    before = of_compiler_kb()
    give_back_all()
    assert of_compiler_kb() < before / 2
    assert numba.njit()(thrice)(3) == 9
