"""Gives back what building a network took and answering does not need. Does nothing but on Linux."""

import ctypes
import re
import sys
from pathlib import Path

from ucity.cloud.ioc.manage.memory import give_back

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_DONTNEED = 4
"""MADV_DONTNEED of <sys/mman.h>."""
_COMPILERS_CODE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r-xp .*/libllvmlite\.so$", re.MULTILINE)


def give_back_all() -> None:
    """Return free memory to the system, and let go of the compiler's own code: 70 MB, which loading what it compiled
    reads through once. Should it be needed after all, the system reads it again."""
    if _LIBC is None:
        return
    give_back()
    for start, end in _COMPILERS_CODE.findall(Path("/proc/self/maps").read_text()):
        first = int(start, 16)
        _LIBC.madvise(ctypes.c_void_p(first), ctypes.c_size_t(int(end, 16) - first), _DONTNEED)
