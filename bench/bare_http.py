"""The same HTTP server without a city behind it: an empty handler, or one that reads one row of ``entity`` by its key.

``python -m bench.bare_http PORT [POSTGRES_URL KEY]`` prints a line once it answers.
"""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port
from ucity.cloud.ioc.store import connect
from ucity.commands.web import http_server
from ucity.settings import load_settings

_ROOT = Path(__file__).parent.parent
_READ = "SELECT id, types, attrs, created_at, modified_at FROM entity WHERE key = $1"


Body = Callable[[], Awaitable[bytes]]


@contextmanager
def bare_http(*row: str) -> Iterator[str]:
    """The URL of the handler, from when it answers until it has been stopped. ``row``: the database's URL and the key
    of what it reads; without, it answers with nothing."""
    port = free_port()
    words = [sys.executable, "-m", "bench.bare_http", str(port), *row]
    with subprocess.Popen(words, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        try:
            assert process.stdout is not None  # noqa: S101 - tells the type checker
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the empty handler did not start")
            yield f"http://{LOOPBACK}:{port}/"
        finally:
            process.kill()


class Handler:
    """An ASGI application with no more in it than it takes to send what ``body`` gives."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        body = await self._body()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _nothing() -> bytes:
    return b"{}"


async def _row(url: str, key: int) -> Body:
    pool = await connect(url)

    async def read() -> bytes:
        row = await pool.fetchrow(_READ, key)
        return row["attrs"].encode() if row else b""

    return read


async def serve(port: int, *row: str) -> None:
    """Answer until killed."""
    body = await _row(row[0], int(row[1])) if row else _nothing
    server = http_server(Handler(body), load_settings(port=port))
    print("ready", flush=True)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), *sys.argv[2:]))
