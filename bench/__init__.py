"""Measures ucity on this machine: ``scripts/bench``, or ``python -m bench`` in the environment that it sets up.

Every figure that depends on the machine is a ratio against a reference that does the same work without ucity, measured
in the same run, turn by turn with what it is compared to. Nothing here passes or fails: the tables tell.
"""

import sys
from pathlib import Path

# A city is started here as the tests start it, by the very same code.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
