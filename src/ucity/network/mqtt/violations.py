"""What devices were refused after their login, counted from nats-server's log.

NATS tells of refused publishes nowhere else: it acknowledges them, as MQTT 3.1.1 has it [MQTT-3.3.5-2], and forgets
them. So they are counted where the server's log is a file that can be read, which that of the embedded server is.
"""

import asyncio
import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Counter

from ucity.errors import UcityError

VIOLATIONS: Final = Counter("ucity_mqtt_violations_total", "What devices were refused after their login.", ["kind"])
"""``kind``: publish or subscribe (a topic that is not the device's), full (log), too_large, qos2."""

Who = Callable[[int], Awaitable[str | None]]
"""Number of a connection to the device that has it, if that can be told."""

_CONNECTION = re.compile(rb" - mid:(\d+) - ")
_KINDS: Final = (
    (re.compile(rb"Publish Violation - Subject \"(.*?)\""), "publish"),
    (re.compile(rb"Subscription Violation - Subject \"(.*?)\""), "subscribe"),
    (re.compile(rb"maximum (?:bytes|messages) exceeded|resource limits exceeded"), "full"),
    (re.compile(rb"message size exceeds maximum allowed"), "too_large"),
    (re.compile(rb"QoS=2 is disabled for PUBLISH"), "qos2"),
)
_EVERY = 0.5
"""Seconds between looks at the file."""
_LINE = 8192
_PIECE = 1 << 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Violation:
    """``subject``: what the device tried, where that was the reason. ``connection``: its number on the server."""

    kind: str
    connection: int
    subject: str = ""


def violation_in(line: bytes) -> Violation | None:
    """What a line of nats-server's log tells, if it is about a device that was refused something."""
    connection = _CONNECTION.search(line)
    if connection is None:
        return None
    for pattern, kind in _KINDS:
        if found := pattern.search(line):
            subject = found[1].decode(errors="replace")[:256] if pattern.groups else ""
            return Violation(kind, int(connection[1]), subject)
    return None


class Violations:
    """Follows the log at ``path``, from its present end, through its being put aside and made anew.

    ``by_device`` has how often each of the devices seen last was refused something, for those who look after them.
    """

    def __init__(self, path: Path, who: Who, *, remembered: int = 1000) -> None:
        self._path = path
        self._who = who
        self._remembered = remembered
        self._file: BufferedReader | None = None
        self._rest = b""
        self.by_device: OrderedDict[str, int] = OrderedDict()

    async def follow(self) -> None:
        """Count until cancelled."""
        self._open(at_end=True)
        try:
            while True:
                for violation in [found for line in self._lines() if (found := violation_in(line))]:
                    await self._count(violation)
                await asyncio.sleep(_EVERY)
        finally:
            self._close()

    async def _count(self, violation: Violation) -> None:
        try:
            device = await self._who(violation.connection) or "unknown"
        except UcityError:
            device = "unknown"
        VIOLATIONS.labels(violation.kind).inc()
        first = device not in self.by_device
        self.by_device[device] = self.by_device.pop(device, 0) + 1
        if len(self.by_device) > self._remembered:
            self.by_device.popitem(last=False)
        if first:
            log.warning("a device was refused", device=device, kind=violation.kind, subject=violation.subject)

    def _lines(self) -> list[bytes]:
        """Whole lines that were written since the last look."""
        if self._file is None:
            self._open(at_end=False)
        read = self._file.read(_PIECE) if self._file else b""
        if not read and self._was_put_aside():
            self._close()
            self._open(at_end=False)
            read = self._file.read(_PIECE) if self._file else b""
        *lines, rest = (self._rest + read).split(b"\n")
        self._rest = rest[-_LINE:]
        return lines

    def _was_put_aside(self) -> bool:
        if self._file is None:
            return False
        try:
            here = self._path.stat()
        except OSError:
            return False
        open_ = os.fstat(self._file.fileno())
        return (here.st_dev, here.st_ino) != (open_.st_dev, open_.st_ino) or here.st_size < self._file.tell()

    def _open(self, *, at_end: bool) -> None:
        self._rest = b""
        try:
            self._file = self._path.open("rb")
        except OSError:
            self._file = None
        else:
            self._file.seek(0, 2 if at_end else 0)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
