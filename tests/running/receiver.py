"""A receiver of notifications for tests, which can be made to hang or to answer with an error."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Received:
    """One request: ``headers`` by their names in lower case, ``body`` as JSON, ``at`` by the monotonic clock."""

    path: str
    headers: dict[str, str]
    body: Any
    at: float


class Receiver:
    """``status`` by path is what it answers, 200 otherwise; ``hang`` by path, for how many seconds it says nothing;
    ``refused``: whom it answers 401, by their Authorization."""

    def __init__(self, port: int = 0) -> None:
        self.received: list[Received] = []
        self.status: dict[str, int] = {}
        self.hang: dict[str, float] = {}
        self.refused: set[str] = set()
        self._stop = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._http.server_port

    def url(self, path: str = "/notify") -> str:
        """Where notifications may be sent to."""
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str = "/notify") -> list[Received]:
        """What was received there."""
        return [each for each in self.received if each.path == path]

    def data(self, path: str = "/notify") -> list[Any]:
        """The entities in all notifications that were received there."""
        return [entity for each in self.at(path) for entity in each.body["data"]]

    def close(self) -> None:
        """Stop; whoever hangs is let go."""
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body, time.monotonic()))
                receiver._stop.wait(receiver.hang.get(self.path, 0.0))
                is_refused = headers.get("authorization") in receiver.refused
                try:
                    self.send_response(401 if is_refused else receiver.status.get(self.path, 200))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                return

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of this test's own."""
    found = Receiver()
    yield found
    found.close()
