"""The edge around an application: what every request meets on its way in, and every answer on its way out."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from ucity.errors import BadInput, Forbidden, TooManyRequests, Unauthenticated, Unavailable
from ucity.network.http import HANDLERS, Limits, edge
from ucity.network.http.bodies import Gunzip

ERRORS = {
    "forbidden": Forbidden("No."),
    "away": Unavailable("Away.", retry_after=7),
    "bug": RuntimeError("secret words"),
}


@dataclass(frozen=True)
class Visitor:
    kind: str = "anyone"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


async def authenticate(headers: Mapping[str, str], address: str) -> Visitor:
    given_key = headers.get("x-api-key")
    if given_key == "wrong":
        raise Unauthenticated("Wrong.")
    return Visitor("key", given_key) if given_key else Visitor()


async def echo(request: Request) -> Response:
    return Response(await request.body(), headers={"X-Type": request.headers.get("content-encoding", "none")})


async def who(request: Request) -> Response:
    return PlainTextResponse(str(request.state.principal))


async def fail(request: Request) -> Response:
    raise ERRORS[request.path_params["how"]]


async def page(request: Request) -> Response:
    return HTMLResponse("<p>")


async def broken_stream(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield "half"
        raise RuntimeError("in the middle")

    return StreamingResponse(parts())


ROUTES = [
    Route("/echo", echo, methods=["POST"]),
    Route("/who", who),
    Route("/fail/{how}", fail),
    Route("/page", page),
    Route("/broken", broken_stream),
]


def client(**limits: Any) -> httpx.AsyncClient:
    app = edge(
        Starlette(routes=ROUTES, exception_handlers=HANDLERS), authenticate=authenticate, limits=Limits(**limits)
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://city")


async def test_every_answer_has_a_request_id_and_repeats_the_senders_own() -> None:
    async with client() as http:
        first, second = [(await http.get("/who")).headers["x-request-id"] for _ in range(2)]
        assert first != second
        assert (await http.get("/who", headers={"X-Request-Id": "mine-1"})).headers["x-request-id"] == "mine-1"
        assert (await http.get("/who", headers={"X-Request-Id": "a\tb" * 50})).headers["x-request-id"] != "a\tb" * 50


@pytest.mark.parametrize(("path", "status"), [("/fail/forbidden", 403), ("/fail/away", 503), ("/fail/bug", 500)])
async def test_an_error_is_a_problem_document_that_names_the_request(path: str, status: int) -> None:
    async with client() as http:
        answer = await http.get(path, headers={"X-Request-Id": "r1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["requestId"], document["type"]) == (status, "r1", "about:blank")
    assert "secret words" not in answer.text


async def test_an_error_carries_its_headers() -> None:
    async with client() as http:
        assert (await http.get("/fail/away")).headers["retry-after"] == "7"
        refused = await http.get("/who", headers={"X-API-Key": "wrong"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="ucity"')


async def test_an_unknown_address_and_method_are_problems_too() -> None:
    async with client() as http:
        for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/who", 405)):
            answer = await http.request(method, path)
            assert (answer.status_code, answer.json()["status"]) == (status, status)


async def test_the_fault_is_logged_under_the_requests_id_and_no_query_or_key_is() -> None:
    async with client() as http:
        with capture_logs(processors=[merge_contextvars]) as logs:
            await http.get("/fail/bug?token=hidden", headers={"X-Request-Id": "r1", "X-API-Key": "k1"})
    fault, request = logs
    assert (fault["log_level"], fault["request_id"], fault["exc_info"]) == ("error", "r1", True)
    assert request == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/fail/{how}",
        "status": 500,
        "who": "key:k1",
        "request_id": "r1",
        "ms": request["ms"],
        "bytes": request["bytes"],
    }
    assert "hidden" not in json.dumps(logs, default=str)


async def test_a_stream_that_breaks_off_does_not_look_whole() -> None:
    async with client() as http:
        with pytest.raises(RuntimeError, match="in the middle"):
            await http.get("/broken")


async def test_who_still_waits_when_the_server_stops_is_told_to_come_again() -> None:
    said: list[Any] = []
    began = asyncio.Event()

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "headers": [], "query_string": b""}
    app = edge(waits, authenticate=authenticate, limits=Limits())
    request = asyncio.ensure_future(app(scope, receive, send))
    await began.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert said[0]["status"] == 503
    assert json.loads(said[1]["body"])["status"] == 503


async def test_pages_get_a_content_policy_and_data_an_empty_one() -> None:
    async with client() as http:
        html, data = await http.get("/page"), await http.get("/who", headers={"X-API-Key": "k"})
    assert "script" not in html.headers["content-security-policy"]
    assert "default-src 'self'" in html.headers["content-security-policy"]
    assert "default-src 'none'" in data.headers["content-security-policy"]
    assert data.headers["cache-control"] == "private, no-store"
    for answer in (html, data):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in answer.headers


async def test_over_tls_browsers_are_told_to_stay_there() -> None:
    async with client() as http:
        assert "max-age" in (await http.get("https://city/who")).headers["strict-transport-security"]


async def test_who_asks_too_often_waits_and_others_do_not() -> None:
    async with client(requests_per_minute=60) as http:  # a burst of ten
        answers = [await http.get("/who", headers={"X-API-Key": "busy"}) for _ in range(11)]
        other = await http.get("/who", headers={"X-API-Key": "calm"})
        visitor = await http.get("/who")
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) == 1
    assert (other.status_code, other.text) == (200, "key:calm")
    assert visitor.status_code == 200


async def test_an_address_with_a_character_that_no_text_may_hold_is_refused() -> None:
    async with client() as http:
        assert (await http.get("/who?name=a%00")).status_code == 400
        assert [(await http.get(f"/fail/a{odd}b")).status_code for odd in ("%00", "%0A")] == [404, 404]


async def test_a_packed_body_arrives_unpacked() -> None:
    async with client() as http:
        for packed in (gzip.compress(b"hello" * 1000), gzip.compress(b"hello" * 500) * 2):
            answer = await http.post("/echo", content=packed, headers={"Content-Encoding": "gzip"})
            assert (answer.content, answer.headers["x-type"]) == (b"hello" * 1000, "none")


async def test_a_body_over_the_limit_is_refused_however_it_is_sent() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    async with client(body_bytes=1000) as http:
        plain = await http.post("/echo", content=b"x" * 1001)
        chunked = await http.post("/echo", content=parts())
        bomb = await http.post("/echo", content=gzip.compress(b"x" * 900_000), headers={"Content-Encoding": "gzip"})
        fits = await http.post("/echo", content=gzip.compress(b"x" * 1000), headers={"Content-Encoding": "gzip"})
    assert [plain.status_code, chunked.status_code, bomb.status_code] == [413] * 3
    assert len(fits.content) == 1000


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"not gzip", 400),
        ("gzip", gzip.compress(b"hello" * 100, mtime=0)[:-4], 400),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"rest", 400),
        ("br", b"hello", 415),
        ("gzip, gzip", b"hello", 415),
    ],
    ids=["not gzip", "cut off", "rest", "brotli", "twice"],
)
async def test_a_body_that_cannot_be_unpacked_is_refused(encoding: str, body: bytes, status: int) -> None:
    async with client() as http:
        answer = await http.post("/echo", content=body, headers={"Content-Encoding": encoding})
    assert answer.status_code == status


async def test_an_answer_goes_out_piece_by_piece() -> None:
    gate = asyncio.Event()

    async def events(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await gate.wait()
        await send({"type": "http.response.body", "body": b""})

    sent: asyncio.Queue[Any] = asyncio.Queue()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "headers": [],
        "client": ("192.0.2.1", 1),
    }
    app = edge(events, authenticate=authenticate, limits=Limits())
    task = asyncio.ensure_future(app(scope, asyncio.Queue[Any]().get, sent.put))
    assert (await asyncio.wait_for(sent.get(), 20))["type"] == "http.response.start"
    assert (await asyncio.wait_for(sent.get(), 20))["body"] == b"data: 1\n\n"
    gate.set()
    await task


@given(members=st.lists(st.binary(max_size=2000), min_size=1, max_size=3), step=st.integers(1, 100))
def test_whatever_was_packed_comes_out_in_any_steps(members: list[bytes], step: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    gunzip = Gunzip()
    out = b"".join(gunzip.feed(packed[at : at + step], 10_000) for at in range(0, len(packed), step))
    gunzip.finish()
    assert out == b"".join(members)


@given(body=st.binary(max_size=300), most=st.integers(1, 100))
def test_anything_else_is_refused_and_never_grows_beyond_what_is_allowed(body: bytes, most: int) -> None:
    for packed in (body, zlib.compress(body, wbits=31)):
        try:
            assert len(Gunzip().feed(packed, most)) <= most
        except BadInput:
            assert packed is body


def test_an_error_tells_when_to_come_again() -> None:
    assert TooManyRequests("Later.", retry_after=3).headers == {"Retry-After": "3"}
