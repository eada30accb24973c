"""Gives back what building a network took and answering does not need. Does nothing but on Linux."""

import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ucity.cloud.ioc.manage.memory import give_back

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_DONTNEED = 4
"""MADV_DONTNEED of <sys/mman.h>."""
_COMPILERS = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) r-[x-]p .*/libllvmlite\.so\n(?:[A-Z]\w+: .*\n)*?Anonymous: +0 kB$", re.MULTILINE
)
"""A part of the compiler's library that is as it is in the file: an entry of /proc/self/smaps."""


def give_back_all() -> None:
    """Return free memory to the system, and let go of the compiler's own code and tables: 85 MB, which loading what it
    compiled reads through once. Should they be needed after all, the system reads them again."""
    if _LIBC is None:
        return
    give_back()
    for start, length in _compilers_parts(Path("/proc/self/smaps").read_text()):
        _LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _DONTNEED)


def _compilers_parts(smaps: str) -> Iterator[tuple[int, int]]:
    """Where they lie, and how long they are, in bytes."""
    for start, end in _COMPILERS.findall(smaps):
        yield int(start, 16), int(end, 16) - int(start, 16)
