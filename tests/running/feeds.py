"""A server of feeds for tests, which can be made to misbehave, and small feeds for it to serve."""

import io
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb

TIMETABLE = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nB,Busan,https://example.org,Asia/Seoul\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon\nS1,서면,35.15,129.05\nS2,부전,35.16,129.06\nS3,양정,35.17,129.07\n"
    ),
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nR1,B,1,1\n",
    "trips.txt": "route_id,service_id,trip_id,direction_id\nR1,DAILY,T1,0\nR1,DAILY,T2,1\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:30,S1,1\nT1,08:05:00,08:05:30,S2,2\nT1,08:10:00,08:10:00,S3,3\n"
        "T2,23:58:00,23:58:00,S3,1\nT2,24:08:00,24:08:00,S1,2\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "DAILY,1,1,1,1,1,1,1,20200101,20991231\n"
    ),
}
"""Two trips of one line in Busan, every day, the second of which runs past midnight."""


def zipped(files: Mapping[str, str | bytes] = TIMETABLE) -> bytes:
    """A GTFS feed of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # With a time of its own, so that the same files are the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 24, 8, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def small_map(feature: bytes = b"OsmSchema-V0.6") -> bytes:
    """An OpenStreetMap extract in PBF without a street: its header, which needs ``feature``, and an empty blob."""
    header = b"\x22" + bytes([len(feature)]) + feature
    blob = b"\x0a" + bytes([len(header)]) + header
    parts = ((b"OSMHeader", blob), (b"OSMData", b"\x0a\x00"))
    return b"".join(_pbf_part(kind, data) for kind, data in parts)


def _pbf_part(kind: bytes, blob: bytes) -> bytes:
    head = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + bytes([len(blob)])
    return len(head).to_bytes(4, "big") + head + blob


def bomb() -> bytes:
    """A zip of a few kilobytes that claims to hold, and holds, 64 MB."""
    return zipped({**TIMETABLE, "shapes.txt": b"0" * (64 << 20)})


def realtime(*, at: float | None = None) -> pb.FeedMessage:
    """A message without entities, made now or at this POSIX time."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(time.time() if at is None else at)
    return message


@dataclass
class Answer:
    """What the server does when it is asked. ``hang``: seconds before it answers; ``cut``: it breaks off after so many
    bytes. It answers 304 to whoever has ``etag`` already."""

    body: bytes = b""
    status: int = 200
    etag: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut: int | None = None


class FeedServer:
    """``answers`` by path; what is not in it is not found. ``asked`` holds (path, headers, status) of each request,
    ``asked_at`` when it came by ``time.monotonic``."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str], int]] = []
        self.asked_at: list[float] = []
        self._stop = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def url(self, path: str) -> str:
        """Where the answer for this path is had."""
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def times(self, path: str) -> int:
        """How often it was asked for."""
        return sum(asked == path for asked, _, _ in self.asked)

    def close(self) -> None:
        """Stop; whoever hangs is let go."""
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = server.answers.get(self.path, Answer(status=404))
                known = answer.etag is not None and self.headers.get("If-None-Match") == answer.etag
                status = 304 if known and answer.status == 200 else answer.status
                server.asked.append((self.path, dict(self.headers), status))
                server.asked_at.append(time.monotonic())
                server._stop.wait(answer.hang)
                try:
                    server._send(self, answer, status)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                return

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer, status: int) -> None:
        body = b"" if status == 304 else answer.body
        handler.send_response(status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.etag:
            handler.send_header("ETag", answer.etag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body if answer.cut is None else body[: answer.cut])


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    """A server of feeds of this test's own."""
    server = FeedServer()
    yield server
    server.close()
