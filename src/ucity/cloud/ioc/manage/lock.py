"""One city at a time in a data folder.

The lock is the kernel's, so it is gone with the process that held it, however that ended.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ucity.errors import StartupError

_FILE = "lock"


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the folder ``data``; StartupError with the holder's process id when another city has it."""
    descriptor = os.open(data / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(descriptor):
            raise StartupError(
                f"The city in {data} is running already, as process {_holder(descriptor)}. "
                "Stop it first, or choose another folder with --data."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_locked(data: Path) -> bool:
    """Whether a city runs in the folder ``data`` now."""
    try:
        descriptor = os.open(data / _FILE, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode() or "unknown"
