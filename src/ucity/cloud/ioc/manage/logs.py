"""The log files of the children: each of limited size, a few of them kept."""

import asyncio
import contextlib
from pathlib import Path

_TAIL = 4000


class RollingFile:
    """A file that is put aside as ``name.1``, ``name.2`` and so on whenever it has reached ``limit`` bytes."""

    def __init__(self, path: Path, *, limit: int, files: int) -> None:
        self.path, self._limit, self._files = path, limit, files
        self._out = path.open("ab")
        self._tail = b""

    def write(self, chunk: bytes) -> None:
        """Append ``chunk`` at once, to a new file if this one is full."""
        if self._out.tell() and self._out.tell() + len(chunk) > self._limit:
            self._roll()
        self._out.write(chunk)
        self._out.flush()
        self._tail = (self._tail + chunk)[-_TAIL:]

    def tail(self, lines: int = 15) -> str:
        """The last lines that were written through this object."""
        return "\n".join(self._tail.decode(errors="replace").splitlines()[-lines:])

    def close(self) -> None:
        """Close the file; nothing can be written afterwards."""
        self._out.close()

    def _roll(self) -> None:
        self._out.close()
        for number in range(self._files - 1, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        self._out = self.path.open("wb")

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


async def copy(stream: asyncio.StreamReader, file: RollingFile) -> None:
    """Write to ``file`` whatever comes from ``stream``, until it ends.

    What cannot be written, e.g. to a full disk, is let go: a child that waits for its log would stand still.
    """
    while chunk := await stream.read(65_536):
        with contextlib.suppress(OSError):
            file.write(chunk)
