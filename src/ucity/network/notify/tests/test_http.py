"""Notifications by HTTP: what is taken, refused or not delivered, and where they may not go."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from running.receiver import Receiver
from ucity.cloud.ioc.manage.ports import free_port
from ucity.network.notify import Message, NotDeliveredError, RefusedError, Senders


def message(uri: str, *, seconds: float = 60) -> Message:
    return Message(
        uri=uri, body=b'{"a": "\xea\xb0\x80"}', headers={"Content-Type": "application/json"}, seconds=seconds
    )


async def test_one_connection_carries_many(receiver: Receiver) -> None:
    sender = Senders(private=True).to(receiver.url())
    for _ in range(3):
        await sender.send(message(receiver.url("/notify")))
    await sender.close()
    assert [each.body for each in receiver.at()] == [{"a": "가"}] * 3


ANSWERS = {
    200: True,
    204: False,
    302: NotDeliveredError,
    404: RefusedError,
    429: NotDeliveredError,
    500: NotDeliveredError,
}


@pytest.mark.parametrize(("status", "expected"), ANSWERS.items())
async def test_answers(receiver: Receiver, status: int, expected: bool | type[Exception]) -> None:
    receiver.status["/notify"] = status
    sender = Senders(private=True).to(receiver.url())
    if isinstance(expected, bool):
        assert await sender.send(message(receiver.url())) is expected
    else:
        with pytest.raises(expected) as caught:
            await sender.send(message(receiver.url()))
        assert type(caught.value) is expected
    await sender.close()


async def test_whoever_hangs_or_is_away_fails(receiver: Receiver) -> None:
    receiver.hang["/notify"] = 30
    for uri in (receiver.url(), f"http://127.0.0.1:{free_port()}/"):
        sender = Senders(private=True).to(uri)
        with pytest.raises(NotDeliveredError):
            await sender.send(message(uri, seconds=0.3))
        await sender.close()


async def test_addresses_inside_the_network_are_not_called(receiver: Receiver) -> None:
    with pytest.raises(NotDeliveredError, match="public internet"):
        Senders(private=False).to(receiver.url())
    named = "http://localhost.localdomain:1/"  # a name that stands for this machine, or for nothing
    sender = Senders(private=False).to(named)
    with pytest.raises(NotDeliveredError):
        await sender.send(message(named))
    await sender.close()
    assert receiver.received == []


class _Raw(asyncio.Protocol):
    """A server that answers each request with the next of these bytes, and hangs up after it where it is None."""

    def __init__(self, answers: Iterator[bytes | None], counts: list[int]) -> None:
        self._answers, self._counts = answers, counts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._counts.append(0)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"}"):
            self._counts[-1] += 1
            answer = next(self._answers)
            if answer is None:
                self._transport.close()
            else:
                self._transport.write(answer)
                if answer.startswith(b"HTTP/1.0"):
                    self._transport.close()


@asynccontextmanager
async def raw(*answers: bytes | None) -> AsyncIterator[tuple[str, list[int]]]:
    """Where it listens, and how many requests came on each of its connections."""
    counts: list[int] = []
    rest = iter(answers)
    server = await asyncio.get_running_loop().create_server(lambda: _Raw(rest, counts), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", counts


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("first", "connections"),
    [
        (OK, [2]),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, [2]),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, [2]),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", [2]),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", [1, 1]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 100_000, [1, 1]),
        (b"HTTP/1.0 200 OK\r\n\r\nok", [1, 1]),
        (OK + OK, [1, 1]),
    ],
    ids=[
        "plain",
        "continued",
        "with hints",
        "in chunks",
        "closed by the receiver",
        "too long",
        "to the end",
        "with more than was asked for",
    ],
)
async def test_a_connection_is_used_again_where_it_can_be(first: bytes, connections: list[int]) -> None:
    async with raw(first, OK) as (uri, counts):
        sender = Senders(private=True).to(uri)
        assert [await sender.send(message(uri)) for _ in range(2)] == [True, True]
        await sender.close()
        assert counts == connections


async def test_what_breaks_off_on_an_idle_connection_is_sent_once_more_and_on_a_new_one_fails() -> None:
    async with raw(OK, None, OK) as (uri, counts):
        sender = Senders(private=True).to(uri)
        assert [await sender.send(message(uri)) for _ in range(2)] == [True, True]
        await sender.close()
        assert counts == [2, 1]
    async with raw(None, OK) as (uri, counts):
        sender = Senders(private=True).to(uri)
        with pytest.raises(NotDeliveredError):
            await sender.send(message(uri))
        assert await sender.send(message(uri))
        await sender.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-nothing to see\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 101 Other\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    ],
    ids=["another protocol", "a head without end", "a change of protocol"],
)
async def test_what_is_no_answer_fails(answer: bytes) -> None:
    async with raw(answer, OK) as (uri, _):
        sender = Senders(private=True).to(uri)
        with pytest.raises(NotDeliveredError):
            await sender.send(message(uri))
        assert await sender.send(message(uri))
        await sender.close()
