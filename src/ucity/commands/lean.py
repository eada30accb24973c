"""What libraries load where they find it, and the city's own processes never use."""

import sys

UNUSED = ("pygments", "requests", "rich")
"""pyld would load documents by requests, structlog and httpx colour what they print by the others: 7 MiB a process."""


def stay_lean() -> None:
    """Have these be found as little as if they were not installed, from now on in this process."""
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # the import system takes it for: not there
