"""Contexts from elsewhere: what is fetched, what is refused, and what is remembered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ucity.cloud.ioc.api.ngsi.contexts import Contexts
from ucity.cloud.ioc.api.ngsi.core_context import CORE_URL
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, LdContextNotAvailable
from ucity.cloud.ioc.api.ngsi.fetch import Fetcher, lifetime
from ucity.cloud.ioc.policy.names import NGSI_LD
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.contexts import StoredContexts
from ucity.network.public_address import is_public

Answer = Callable[[str], tuple[int, str, str]]


@asynccontextmanager
async def web_server(answer: Answer) -> AsyncIterator[tuple[str, list[str]]]:
    """An HTTP server that answers a path with (status, further header lines, body), its URL, and what it was asked."""
    asked: list[str] = []

    served: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.create_task(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        asked.append(path)
        status, headers, body = answer(path)
        if status:
            said = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n{body}"
            writer.write(said.encode())
            await writer.drain()
        else:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await asyncio.gather(*served, return_exceptions=True)


CONTEXT = '{"@context": {"p": "http://a.example/p"}}'


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::"),
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


async def test_the_own_network_is_not_asked_unless_the_city_is_open() -> None:
    async with web_server(lambda _: (200, "", CONTEXT)) as (url, asked):
        for host in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            with pytest.raises(LdContextNotAvailable):
                await Fetcher().get(f"{host}/c")
        assert asked == []
        assert (await Contexts(Fetcher(private=True)).names(f"{url}/c")).expand("p") == "http://a.example/p"


@pytest.mark.parametrize("url", ["ftp://a.example/c", "file:///etc/passwd", "http://u:p@a.example/c", "http://", "x"])
async def test_only_plain_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(LdContextNotAvailable):
        await Fetcher(private=True).get(url)


async def test_a_redirect_is_followed_and_checked_like_the_first_address() -> None:
    def answer(path: str) -> tuple[int, str, str]:
        targets = {"/a": "/b", "/b": "/c", "/file": "file:///etc/passwd", "/loop": "/loop"}
        targets |= {"/bracket": "http://[x", "/port": "http://a.example:99999/"}
        return (302, f"Location: {targets[path]}\r\n", "") if path in targets else (200, "", CONTEXT)

    async with web_server(answer) as (url, asked):
        fetcher = Fetcher(private=True)
        assert (await fetcher.get(f"{url}/a")).document == {"@context": {"p": "http://a.example/p"}}
        assert asked == ["/a", "/b", "/c"]
        for path in ("/file", "/loop", "/bracket", "/port"):
            with pytest.raises(LdContextNotAvailable):
                await fetcher.get(url + path)


async def test_what_is_too_large_too_slow_or_not_there_is_not_available() -> None:
    def answer(path: str) -> tuple[int, str, str]:
        odd = {"/gone": (404, "", CONTEXT), "/unchanged": (304, "", ""), "/somewhere": (300, "", CONTEXT)}
        return {"/large": (200, "", "x" * 2000), "/slow": (0, "", ""), **odd}[path]

    async with web_server(answer) as (url, _):
        fetcher = Fetcher(private=True, size=1000, seconds=0.3)
        for path in ("/large", "/slow", "/gone", "/unchanged", "/somewhere"):
            with pytest.raises(LdContextNotAvailable):
                await fetcher.get(url + path)


async def test_what_is_packed_unasked_is_not_unpacked() -> None:
    async with web_server(lambda _: (200, "Content-Encoding: gzip\r\n", CONTEXT)) as (url, _):
        with pytest.raises(LdContextNotAvailable, match="packed"):
            await Fetcher(private=True).get(url)


async def test_who_waits_for_servers_that_hang_waits_no_longer_than_for_its_own() -> None:
    async with web_server(lambda path: (0, "", "") if path == "/slow" else (200, "", CONTEXT)) as (url, asked):
        fetcher = Fetcher(private=True, seconds=0.5, at_once=1)
        slow = [asyncio.create_task(fetcher.get(f"{url}/slow")) for _ in range(5)]
        for each in slow:
            with pytest.raises(LdContextNotAvailable):
                await each
        assert (await fetcher.get(f"{url}/c")).document == {"@context": {"p": "http://a.example/p"}}
        assert asked.count("/slow") < len(slow), "most gave up while they waited for their turn"


async def test_a_copy_that_is_too_old_is_used_while_its_server_is_away(pool: Pool) -> None:
    status = [200]
    stored, now = StoredContexts(pool), [NOW]
    async with web_server(lambda _: (status[0], "", CONTEXT)) as (url, asked):

        def contexts() -> Contexts:
            return Contexts(Fetcher(private=True), stored, lambda: now[0])

        assert (await contexts().names(url)).expand("p") == "http://a.example/p"
        now[0], status[0] = NOW + timedelta(hours=2), 500
        assert (await contexts().names(url)).expand("p") == "http://a.example/p"
        assert len(asked) == 2, "its server is asked before"
        with pytest.raises(LdContextNotAvailable):
            await contexts().names(f"{url}/other")


async def test_a_database_that_only_reads_keeps_nobody_from_a_context(pool: Pool, migrated_database: str) -> None:
    only_reads = {"default_transaction_read_only": "on"}
    async with (
        asyncpg.create_pool(migrated_database, min_size=1, max_size=1, server_settings=only_reads) as reading,
        web_server(lambda _: (200, "", CONTEXT)) as (url, _),
    ):
        names = await Contexts(Fetcher(private=True), StoredContexts(reading)).names(url)
    assert names.expand("p") == "http://a.example/p"
    assert await StoredContexts(pool).get(url) is None


@pytest.mark.parametrize("body", ["<html>", "[", '"text"', "{}", '{"@context": 5}', "\x00"])
async def test_a_document_that_is_no_context_is_the_sender_s_affair(body: str) -> None:
    async with web_server(lambda _: (200, "", body)) as (url, _):
        with pytest.raises(BadRequestData):
            await Contexts(Fetcher(private=True)).names(url)


async def test_a_context_is_fetched_once_however_many_ask_and_whatever_they_put_around_it() -> None:
    def answer(path: str) -> tuple[int, str, str]:
        return (200, "", '{"@context": ["/part"]}'.replace("/part", f"{base[0]}/part") if path == "/all" else CONTEXT)

    base = [""]
    async with web_server(answer) as (url, asked):
        base[0] = url
        contexts = Contexts(Fetcher(private=True))
        found = await asyncio.gather(*(contexts.names(f"{url}/all") for _ in range(20)))
        assert {names.expand("p") for names in found} == {"http://a.example/p"}
        names = await contexts.names([f"{url}/all", {"r": "http://a.example/r"}])
        assert names.expand("r") == "http://a.example/r"
        assert asked == ["/all", "/part"]


async def test_a_context_that_includes_itself_is_refused() -> None:
    base = [""]
    async with web_server(lambda _: (200, "", f'{{"@context": ["{base[0]}/c"]}}')) as (url, asked):
        base[0] = url
        with pytest.raises(BadRequestData):
            await Contexts(Fetcher(private=True)).names(f"{url}/c")
        assert asked == ["/c"]


async def test_what_a_context_imports_is_part_of_it() -> None:
    documents = {
        "/terms": '{"@context": {"p": "http://a.example/p", "lamp": "own:lamp", "@vocab": "http://v.example/"}}',
        "/list": '{"@context": [{"p": "http://a.example/p"}]}',
        "/again": '{"@context": {"@import": "http://a.example/c"}}',
    }
    async with web_server(lambda path: (200, "", documents[path])) as (url, asked):
        contexts = Contexts(Fetcher(private=True))
        own = {"own": "http://own.example/", "p": "http://own.example/p"}
        names = await contexts.names([{"@import": f"{url}/terms", **own}, {"r": "http://r.example/"}])
        assert names.expand("p") == "http://own.example/p", "what it says itself has precedence"
        assert names.expand("lamp") == "http://own.example/lamp"
        assert (names.expand("r"), names.expand("location")) == ("http://r.example/", f"{NGSI_LD}location")
        assert (await contexts.names({"@import": CORE_URL, **own})).expand("p") == "http://own.example/p"
        for path in ("/list", "/again"):
            with pytest.raises(BadRequestData):
                await contexts.names({"@import": url + path})
        with pytest.raises(BadRequestData):
            await contexts.names([{"@import": f"{url}/terms"}] * 17)
        assert asked == ["/terms", "/list", "/again"]


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, timedelta(hours=1)),
        ({"cache-control": "public, max-age=7200"}, timedelta(hours=2)),
        ({"cache-control": 's-maxage="3000", max-age=7200'}, timedelta(seconds=3000)),
        ({"cache-control": "max-age=7200", "expires": "Tue, 24 Nov 2026 12:30:00 GMT"}, timedelta(hours=2)),
        ({"expires": "Tue, 24 Nov 2026 12:30:00 GMT"}, timedelta(minutes=30)),
        ({"expires": "Tue, 24 Nov 2026 11:30:00 GMT"}, timedelta(minutes=5)),
        ({"expires": "0"}, timedelta(minutes=5)),
        ({"cache-control": "no-cache"}, timedelta(minutes=5)),
        ({"cache-control": "max-age=0"}, timedelta(minutes=5)),
        ({"cache-control": "max-age=99999999999999999999"}, timedelta(days=30)),
        ({"cache-control": "max-age=soon"}, timedelta(hours=1)),
    ],
)
def test_a_copy_is_used_as_long_as_its_server_says(headers: dict[str, str], expected: timedelta) -> None:
    assert lifetime(headers, NOW) == expected
