"""Where the simulated operators publish their feeds: a web server on loopback, as an operator's own would be.

``/gtfs.zip``, ``/vehicle_positions.pb``, ``/trip_updates.pb`` and ``/alerts.pb``, and those of shared bicycles, which
``/gbfs/gbfs.json`` names. Each answer has an ETag, and who has
it already is told so.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread

from ucity.demo import bicycles
from ucity.demo.transit import realtime
from ucity.demo.transit.days import date_of, service_day
from ucity.demo.transit.schedule import schedule

EVERY_S = 10
"""How often the real-time messages are made anew."""
SCHEDULE = "/gtfs.zip"
MESSAGES: Mapping[str, Callable[[int, float], bytes]] = {
    "/vehicle_positions.pb": realtime.vehicle_positions,
    "/trip_updates.pb": realtime.trip_updates,
    "/alerts.pb": realtime.alerts,
}
_PROTOBUF, _ZIP = "application/x-protobuf", "application/zip"
_JSON = "application/json"


@dataclass(frozen=True)
class Published:
    """One document. ``etag``: the same for the same content, in quotes as HTTP has it."""

    kind: str
    body: bytes
    etag: str


@lru_cache(maxsize=16)
def published(seed: int, path: str, key: int, base: str = "") -> Published | None:
    """What ``path`` shows; ``key``: the year of a timetable, the moment (seconds after 1970) of a message, the minute
    of what bicycles tell; ``base``: where all this is. None where there is nothing."""
    kind = _kind(path)
    body: bytes | None
    if path == SCHEDULE:
        body = schedule(seed, key)
    elif kind == _JSON:
        body = bicycles.document(seed, path, key, base)
    elif path in MESSAGES:
        body = MESSAGES[path](seed, key)
    else:
        body = None
    if body is None:
        return None
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Published(kind, body, etag)


def _kind(path: str) -> str:
    if path.startswith(bicycles.FOLDER):
        return _JSON
    return _ZIP if path == SCHEDULE else _PROTOBUF


def current(seed: int, path: str, at_s: float, base: str = "") -> Published | None:
    """What ``path`` shows at a moment."""
    if _kind(path) == _JSON:
        return published(seed, path, int(at_s // bicycles.EVERY_S), base)
    key = date_of(int(service_day(at_s))).year if path == SCHEDULE else int(at_s // EVERY_S) * EVERY_S
    return published(seed, path, key)


@contextmanager
def open_door(seed: int, clock: Callable[[], float] = time.time, *, port: int = 0) -> Iterator[str]:
    """The address of the feeds, without a slash at its end, as long as it is wanted. ``port``: the one to take unless
    it is taken; 0 for any."""

    class Door(BaseHTTPRequestHandler):
        """One request."""

        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            """Answer with a document, or say that it has not changed."""
            found = current(seed, self.path.partition("?")[0], clock(), f"http://{self.headers.get('Host', '')}")
            if found is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            known = found.etag in self.headers.get("If-None-Match", "")
            self.send_response(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK)
            self.send_header("ETag", found.etag)
            if not known:
                self.send_header("Content-Type", found.kind)
                self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            if not known:
                self.wfile.write(found.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    with _bound(port, Door) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, name="transit feeds", daemon=True)
        thread.start()
        try:
            yield _address(server)
        finally:
            server.shutdown()
            thread.join()


def _address(server: TCPServer) -> str:
    return f"http://127.0.0.1:{server.socket.getsockname()[1]}"


def _bound(port: int, door: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), door)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), door)
