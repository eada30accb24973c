"""Asks over and over on kept-alive connections, from a process of its own: for one URL wrk where it is installed.

Where it is not, and for requests that differ, a client of our own does, which knows no more of HTTP/1.1 than our
servers' plain answers need; any library would be busier than the servers that are to be measured.
"""

import asyncio
import multiprocessing
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.figures import percentile

_GOOD = re.compile(rb"HTTP/1\.1 20[0-4]")
_EMPTY = b"HTTP/1.1 204"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_PATIENCE = 30
"""Seconds that the last answers may be late by."""
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Asked:
    """Answers a second, and the seconds that half of the answers and 99 of 100 do not exceed. Where they were counted:
    ``p95``, how many ``answers`` came, and ``used``, the seconds of processor time that asking for one took."""

    per_second: float
    p50: float
    p99: float
    p95: float = 0.0
    answers: int = 0
    used: float = 0.0


@dataclass(frozen=True)
class Request:
    """One of many requests. ``path`` is that below the address that all of them share."""

    path: str
    method: str = "GET"
    body: bytes | None = None


class WrongAnswerError(Exception):
    """An answer was not the one that is to be measured: 200, 201 or 204."""


def who_asks() -> str:
    """The program that asks."""
    return "wrk" if shutil.which("wrk") else "its own client"


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests that are sent in order, each below ``url``, for so many seconds; again from the first one when they come
    to an end, or ``once`` only."""

    url: str
    headers: Mapping[str, str]
    connections: int
    seconds: float
    requests: Sequence[Request] = (Request(""),)
    once: bool = False


def ask(url: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Asked:
    """Ask for so long. Raises WrongAnswerError."""
    if program := shutil.which("wrk"):
        return _by_wrk(program, url, headers, connections, seconds)
    return send(Load(url=url, headers=dict(headers), connections=connections, seconds=seconds))


def send(load: Load) -> Asked:
    """Send requests from a process of its own. Raises WrongAnswerError."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_by_ourselves, load).result()


def _by_wrk(program: str, url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Asked:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    words = [program, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", *given, url]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own words
    per_second = re.search(r"Requests/sec: +([\d.]+)", said)
    p50, p99 = (re.search(rf"{share}% +([\d.]+)(us|ms|s|m)\b", said) for share in (50, 99))
    if not per_second or not p50 or not p99 or "Non-2xx" in said or "Socket errors" in said:
        raise WrongAnswerError(said)
    half, most = (float(each[1]) * _SECONDS[each[2]] for each in (p50, p99))
    return Asked(float(per_second[1]), half, most)


def _by_ourselves(load: Load) -> Asked:
    return uvloop.run(_ask(load))


def _written(request: Request, below: str, headers: str) -> bytes:
    body = request.body
    about = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{request.method} {below}{request.path} HTTP/1.1\r\n{headers}{about}\r\n".encode() + (body or b"")


async def _ask(load: Load) -> Asked:
    parts = urlsplit(load.url)
    below = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = "".join(f"{name}: {value}\r\n" for name, value in {"Host": parts.netloc, **load.headers}.items())
    written = [_written(each, below, headers) for each in load.requests]
    requests = iter(written) if load.once else cycle(written)
    loop, waits = asyncio.get_running_loop(), list[float]()
    until = time.perf_counter() + load.seconds
    opened = [
        await loop.create_connection(lambda: _Asker(requests, waits, until), parts.hostname or "", parts.port or 80)
        for _ in range(load.connections)
    ]
    began, worked = time.perf_counter(), time.process_time()
    async with asyncio.timeout(load.seconds + _PATIENCE):
        await asyncio.gather(*(asker.ended for _, asker in opened))
    seconds, used = time.perf_counter() - began, time.process_time() - worked
    count = len(waits)
    p50, p95, p99 = (percentile(waits, share) for share in (0.5, 0.95, 0.99))
    return Asked(count / seconds, p50, p99, p95, count, used / count)


class _Asker(asyncio.Protocol):
    """One connection: the next request goes out as soon as the answer to the last one is whole."""

    def __init__(self, requests: Iterator[bytes], waits: list[float], until: float) -> None:
        self._requests, self._waits, self._until = requests, waits, until
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
        size = int(length[1]) if length else 0 if self._got.startswith(_EMPTY) else None
        if size is None or not _GOOD.match(self._got):
            self._end(WrongAnswerError(bytes(self._got[:1000]).decode(errors="replace")))
        elif len(self._got) >= head + 4 + size:
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """The server has closed it, which it should not."""
        self._end(WrongAnswerError("the server has closed the connection"))

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end(None)
            return
        self._got.clear()
        self._asked = time.perf_counter()
        self._transport.write(request)

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
