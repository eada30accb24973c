"""Identifiers of others' things as subjects of readings.

A subject is letters, digits and ``. _ : ~ -``, at most 128 of them (it becomes part of a URN). Others' identifiers may
be anything: what does not fit is written as ``~`` and its bytes in hexadecimal, and one that is too long is cut, with
a digest in place of its end.
"""

import hashlib
import re

SUBJECT = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}$"
_ODD = re.compile(r"[^A-Za-z0-9._:~-]")
_MOST, _KEPT = 128, 100


def subject_of(feed: str, id_: str) -> str:
    """The subject for the thing that ``feed`` calls ``id_``: ``<feed>:<id>``, as it is wherever it can be."""
    found = f"{feed}:{_ODD.sub(_spelled, id_)}"
    if len(found) <= _MOST:
        return found
    return f"{found[:_KEPT]}~{hashlib.sha256(found.encode()).hexdigest()[:16]}"


def _spelled(odd: re.Match[str]) -> str:
    return "".join(f"~{byte:02X}" for byte in odd[0].encode())
