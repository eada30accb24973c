"""The same HTTP server without a city behind it: an empty handler that reads one row of ``entity`` by its key.

``python -m bench.bare_http POSTGRES_URL PORT KEY`` prints a line once it answers.
"""

import sys
from typing import Any

import uvloop

from ucity.cloud.ioc.store import Pool, connect
from ucity.commands.web import http_server
from ucity.settings import load_settings

_READ = "SELECT id, types, attrs, created_at, modified_at FROM entity WHERE key = $1"


class Handler:
    """An ASGI application with no more in it than it takes to read and send the row."""

    def __init__(self, pool: Pool, key: int) -> None:
        self._pool, self._key = pool, key

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        row = await self._pool.fetchrow(_READ, self._key)
        body = row["attrs"].encode() if row else b""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def serve(url: str, port: int, key: int) -> None:
    """Answer until killed."""
    server = http_server(Handler(await connect(url), key), load_settings(port=port))
    print("ready", flush=True)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
