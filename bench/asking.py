"""Asks one URL over and over on kept-alive connections, from a process of its own: wrk where it is installed.

Where it is not, a client of our own does, which knows no more of HTTP/1.1 than our servers' plain answers need; any
library would be busier than the servers that are to be measured.
"""

import asyncio
import multiprocessing
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.figures import percentile

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_PATIENCE = 30
"""Seconds that the last answers may be late by."""
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Asked:
    """Answers a second, and the seconds that 99 of 100 answers do not exceed."""

    per_second: float
    p99: float


class WrongAnswerError(Exception):
    """An answer was not the 200 that is to be measured."""


def who_asks() -> str:
    """The program that asks."""
    return "wrk" if shutil.which("wrk") else "its own client"


def ask(url: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Asked:
    """Ask for so long. Raises WrongAnswerError."""
    if program := shutil.which("wrk"):
        return _by_wrk(program, url, headers, connections, seconds)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_by_ourselves, url, dict(headers), connections, seconds).result()


def _by_wrk(program: str, url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Asked:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    words = [program, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", *given, url]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own words
    per_second, p99 = re.search(r"Requests/sec: +([\d.]+)", said), re.search(r"99% +([\d.]+)(us|ms|s|m)\b", said)
    if not per_second or not p99 or "Non-2xx" in said or "Socket errors" in said:
        raise WrongAnswerError(said)
    return Asked(float(per_second[1]), float(p99[1]) * _SECONDS[p99[2]])


def _by_ourselves(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Asked:
    return uvloop.run(_ask(url, headers, connections, seconds))


async def _ask(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Asked:
    parts = urlsplit(url)
    given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{given}\r\n".encode()
    loop, waits = asyncio.get_running_loop(), list[float]()
    until = time.perf_counter() + seconds
    opened = [
        await loop.create_connection(lambda: _Asker(request, waits, until), parts.hostname or "", parts.port or 80)
        for _ in range(connections)
    ]
    began = time.perf_counter()
    async with asyncio.timeout(seconds + _PATIENCE):
        await asyncio.gather(*(asker.ended for _, asker in opened))
    return Asked(len(waits) / (time.perf_counter() - began), percentile(waits, 0.99))


class _Asker(asyncio.Protocol):
    """One connection: the next request goes out as soon as the answer to the last one is whole."""

    def __init__(self, request: bytes, waits: list[float], until: float) -> None:
        self._request, self._waits, self._until = request, waits, until
        self._got = bytearray()
        self._asked = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._got, 0, head + 2)
        if length is None or not self._got.startswith(b"HTTP/1.1 200"):
            self._end(WrongAnswerError(bytes(self._got[:1000]).decode(errors="replace")))
        elif len(self._got) >= head + 4 + int(length[1]):
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """The server has closed it, which it should not."""
        self._end(WrongAnswerError("the server has closed the connection"))

    def _ask(self) -> None:
        self._got.clear()
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def _next(self) -> None:
        now = time.perf_counter()
        self._waits.append(now - self._asked)
        if now < self._until:
            self._ask()
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error:
            self.ended.set_exception(error)
        else:
            self.ended.set_result(None)
        self._transport.close()
