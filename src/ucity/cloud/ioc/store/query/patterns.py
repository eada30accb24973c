"""Regular expressions that clients send: those which PostgreSQL and this process understand alike.

They are POSIX extended ones, with ``\\d``, ``\\w``, ``\\s``, groups without capture and a leading ``(?i)`` besides.
In the process RE2 decides, which takes linear time whatever the pattern.
"""

import re
from functools import lru_cache
from typing import Protocol

import re2  # type: ignore[import-untyped]  # RE2's binding has no types

from ucity.errors import BadInput

LONGEST = 512
_ESCAPES = frozenset("dDwWsS")


class BadPattern(BadInput):
    """A regular expression that is none, or that means different things to different engines."""


class Searches(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """Something when it matches somewhere in the text, None otherwise."""


def _options() -> re2.Options:
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = 1 << 20
    return options


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Searches:
    """The pattern, ready to search. Raises BadPattern."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"A pattern has at most {LONGEST} characters.")
    _check_escapes(pattern)
    try:
        found: Searches = re2.compile(pattern, options=_options())
    except re2.error as error:
        said = error.args[0] if error.args else b""
        reason = said.decode(errors="replace") if isinstance(said, bytes) else said
        raise BadPattern(f"This is no regular expression: {reason}.") from None
    return found


def _check_escapes(pattern: str) -> None:
    for escaped in re.findall(r"\\(.?)", pattern, re.DOTALL):
        if not escaped or (escaped.isalnum() and escaped not in _ESCAPES):
            raise BadPattern(f"A pattern may not hold \\{escaped}.")
    for start in re.finditer(r"\(\?(.{0,2})", pattern):
        if not start[1].startswith(":") and not (start[1] == "i)" and start.start() == 0):
            raise BadPattern(f"A pattern may not hold (?{start[1]}")
