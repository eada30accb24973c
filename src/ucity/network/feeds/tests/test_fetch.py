"""Fetching: limits hold against servers that want to be trouble, and no redirect leads into the city's own network."""

import asyncio
import contextlib
import gzip
import time
from pathlib import Path

import pytest

from running.feeds import Answer, FeedServer
from ucity.network import public_address
from ucity.network.feeds.fetch import Fetched, Fetcher, Source
from ucity.network.feeds.refusal import FeedRefused, Reason


async def get(url: str, into: Path, *, most: int = 1_000_000, seconds: float = 5, **known: str) -> Fetched | None:
    return await Fetcher(private=True).fetch(Source(url=url, **known), into, most=most, seconds=seconds)  # type: ignore[arg-type]  # etag or modified


async def refusal(url: str, into: Path, **limits: float) -> Reason:
    with pytest.raises(FeedRefused) as caught:
        await get(url, into, **limits)  # type: ignore[arg-type]  # as above
    return caught.value.reason


async def test_what_is_fetched_is_told_and_not_fetched_again(feed_server: FeedServer, tmp_path: Path) -> None:
    file = tmp_path / "feed"
    feed_server.answers["/feed"] = Answer(b"good", etag='"1"')
    got = await get(feed_server.url("/feed"), file)
    assert got and (got.bytes, got.etag, file.read_bytes()) == (4, '"1"', b"good")
    assert await get(feed_server.url("/feed"), file, etag='"1"') is None


async def test_gzip_is_unpacked_and_counted_unpacked(feed_server: FeedServer, tmp_path: Path) -> None:
    packed = {"Content-Encoding": "gzip"}
    feed_server.answers["/small"] = Answer(gzip.compress(b"x" * 1000), headers=packed)
    feed_server.answers["/bomb"] = Answer(gzip.compress(b"\0" * 50_000_000), headers=packed)
    got = await get(feed_server.url("/small"), tmp_path / "feed")
    assert got and got.bytes == 1000
    assert await refusal(feed_server.url("/bomb"), tmp_path / "feed") is Reason.TOO_LARGE


async def test_a_redirect_into_the_citys_network_is_not_followed(
    feed_server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_address, "is_public", lambda address: address == "127.0.0.1")
    inside = feed_server.url("/inside").replace("127.0.0.1", "127.0.0.2")
    feed_server.answers["/feed"] = Answer(status=302, headers={"Location": inside})
    with pytest.raises(FeedRefused) as caught:
        await Fetcher().fetch(Source(url=feed_server.url("/feed")), tmp_path / "feed", most=1000, seconds=5)
    assert caught.value.reason is Reason.ADDRESS_REFUSED
    assert feed_server.times("/inside") == 0


async def test_a_server_that_gives_a_byte_now_and_then_is_given_up(tmp_path: Path) -> None:
    over, ended = asyncio.Event(), asyncio.Event()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not over.is_set():
            writer.write(b"x")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 0.05)
        writer.close()
        ended.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    reason = await refusal(f"http://127.0.0.1:{port}/", tmp_path / "feed", seconds=0.5)
    assert (reason, time.monotonic() - began < 15) == (Reason.NOT_REACHED, True)
    over.set()
    await ended.wait()
    server.close()


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.0.0.1:99999", "exa mple.org"])
async def test_a_server_that_is_not_there_is_told(host: str, tmp_path: Path) -> None:
    assert await refusal(f"http://{host}/feed", tmp_path / "feed") in {Reason.NOT_REACHED, Reason.ADDRESS_REFUSED}
