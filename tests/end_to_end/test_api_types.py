"""The pages' types of the API are those that the city serves."""

import shutil
import subprocess
from pathlib import Path

import pytest

from running.city import RunningCity

ROOT = Path(__file__).parents[2]


def test_types_are_current(city: RunningCity) -> None:
    # The machine's own Node, or the one that scripts/setup.sh has put there.
    node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".tools" / "node"))
    if node is None or not (ROOT / "web" / "node_modules").is_dir():
        pytest.fail("what builds the pages is not installed: scripts/test does that")
    command = [node, str(ROOT / "web" / "scripts" / "types.mjs"), city.url, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
