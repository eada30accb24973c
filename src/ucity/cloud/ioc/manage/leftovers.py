"""Ends processes of an earlier run on the same data folder that lived on.

They are known by the mark that every child inherits; those of PostgreSQL, which write over their environment, by their
working folder. A process of the operator's that merely stands in the data folder is neither.
"""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from ucity.cloud.ioc.manage.launch import MARK

_PATIENCE = 5.0


def end_leftovers(city: Path) -> list[int]:
    """End what is left of the city whose data folder is ``city``, and wait for it; the process ids that were found."""
    return _end(list(_marked(city)), signal.SIGKILL) + end_postgres(city)


def end_postgres(folder: Path) -> list[int]:
    """End every PostgreSQL process that works in ``folder`` or under it, and clear the way for the next server.

    Only once none is left may the pid file go: it is what keeps two servers from writing to one cluster. It has to go,
    because its process id may belong to another process by now, and then PostgreSQL would not start.
    """
    found = _end(list(_postgres_in(folder)), signal.SIGQUIT)
    for stale in (folder / "postmaster.pid", *folder.glob("*/postmaster.pid")):
        stale.unlink(missing_ok=True)
    return found


def _end(found: list[psutil.Process], how: signal.Signals) -> list[int]:
    for process in found:
        _signal(process, how)
    _, alive = psutil.wait_procs(found, _PATIENCE)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, _PATIENCE)
    return [process.pid for process in found]


def _signal(process: psutil.Process, how: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(how)


def _marked(city: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(city):
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended, or it is another user's and so not the city's


def _postgres_in(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()).is_relative_to(folder):
                yield process
        except (psutil.Error, OSError):
            continue
