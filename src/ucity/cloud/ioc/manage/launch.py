"""How a child process is started, so that it never outlives its parent.

On Linux the kernel signals the child when the thread that started it ends, however it ended. That thread has to be the
main one, which ends with its process. Every child carries ``MARK`` in its environment, by which a later start on the
same data folder recognises one that lived on all the same (see ``leftovers``).
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARK = "_UCITY_CHILD_OF"
READY = "_UCITY_READY"
_PR_SET_PDEATHSIG = 1
_TELL_EVERY = 2.0
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
# Loaded before any fork: between fork and exec a child must not import or look up anything.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """The system user and group that a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to start: its words, its working folder, what it sees of the environment, and as whom it runs."""

    words: tuple[str, ...]
    folder: Path
    city: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    when_orphaned: signal.Signals = signal.SIGKILL

    def options(self) -> dict[str, Any]:
        """Keyword arguments for ``subprocess.Popen`` and ``asyncio.create_subprocess_exec``.

        Ctrl-C in a terminal goes to the whole process group, so the child gets a group of its own and is stopped by
        its parent, in order.
        """
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        options: dict[str, Any] = {
            "cwd": self.folder,
            "env": {**inherited, **self.environment, MARK: str(self.city)},
            "process_group": 0,
            "preexec_fn": _tied_to_parent(self.when_orphaned),
        }
        if self.account:
            options |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return options


def die_with_parent(when_orphaned: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process ``when_orphaned`` once its parent ends. Does nothing but on Linux."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(when_orphaned), 0, 0, 0)


def tell_ready() -> None:
    """Tell the parent that this process does its work now. Does nothing in a process that was started by hand."""
    if descriptor := os.environ.pop(READY, None):
        os.write(int(descriptor), b"1")
        os.close(int(descriptor))


async def keep_telling(is_well: Callable[[], bool] = lambda: True) -> None:
    """Tell the parent that this process does its work now, and go on telling it as long as it does and ``is_well``,
    until cancelled. For children with ``ChildSpec.tells_life``."""
    descriptor = os.environ.pop(READY, None)
    if descriptor is None:  # started by hand
        return
    parent = int(descriptor)
    os.set_blocking(parent, False)
    try:
        while True:
            if is_well():
                with contextlib.suppress(OSError):  # what it was told before is enough while it does not read
                    os.write(parent, b"1")
            await asyncio.sleep(_TELL_EVERY)
    finally:
        os.close(parent)


def _tied_to_parent(when_orphaned: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def tie() -> None:
        die_with_parent(when_orphaned)
        if os.getppid() != parent:  # it ended before the call above
            os._exit(1)

    return tie
