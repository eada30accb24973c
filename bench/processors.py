"""Processor time: what a city takes of it, told apart from what those take who ask it on the same machine."""

from contextlib import suppress

import psutil

from running.city import RunningCity

NOTE = (
    "a core: by a second of processor time of the city's own processes, database included, since that is what a core"
    " gives; whoever asks, on the same machine, is not in it, and is told beside the processor time"
)


def used_by(city: RunningCity) -> float:
    """Seconds that all processes of a city took until now, those that have ended included."""
    seconds = 0.0
    for process in city.processes():
        with suppress(psutil.NoSuchProcess):
            seconds += sum(process.cpu_times()[:4])
    return seconds


def used_by_process(pid: int) -> float:
    """Seconds that one process took until now."""
    return float(sum(psutil.Process(pid).cpu_times()[:2]))
