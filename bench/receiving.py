"""A receiver of notifications as a process of its own, which does as little as it can: it counts, and times them.

It says ``port N`` at first. For each line on standard input it writes what it has received since the line before: a
JSON array of the seconds from each write to its notification, as the writer put the time of writing into the entity.
"""

import asyncio
import re
import sys
import time
from typing import cast

import msgspec
import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_WRITTEN = re.compile(rb'"written":([0-9.]+)')
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Receiver(asyncio.Protocol):
    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A sender is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Part of a request, or several."""
        self._got += data
        while self._take():
            self._transport.write(_ANSWER)

    def _take(self) -> bool:
        head = self._got.find(b"\r\n\r\n")
        length = _LENGTH.search(self._got, 0, head + 2) if head >= 0 else None
        if length is None or len(self._got) < head + 4 + int(length[1]):
            return False
        end = head + 4 + int(length[1])
        now = time.time()
        self._waits += [now - float(each) for each in _WRITTEN.findall(self._got, head, end)]
        del self._got[:end]
        return True


async def main() -> None:
    """Receive until standard input ends."""
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Receiver(waits), "127.0.0.1", 0)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        told, waits[:] = list(waits), []
        print(msgspec.json.encode(told).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
