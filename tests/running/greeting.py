"""Servers of other versions, as far as their first words, and servers that go away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ucity.cloud.ioc.manage.ports import LOOPBACK


@asynccontextmanager
async def greeting(words: bytes, *, asked: bool = False) -> AsyncIterator[int]:
    """A port where whoever connects hears these words; ``asked``: once there is something to answer."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asked:
            await reader.read(4096)
        writer.write(words)
        await reader.read(4096)  # until they say more, or leave
        writer.close()
        await writer.wait_closed()

    async with asyncio.TaskGroup() as visits:
        server = await asyncio.start_server(lambda *ends: visits.create_task(greet(*ends)), LOOPBACK, 0)
        async with server:
            yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def going_away(port: int, at: bytes) -> AsyncIterator[int]:
    """A port that passes on what is said to and by the server at ``port``, and hangs up on both at the word ``at``."""

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, both: list[asyncio.Task[None]]
    ) -> None:
        while words := await reader.read(1 << 16):
            if at in words:
                break
            writer.write(words)
        for task in both:
            task.cancel()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(LOOPBACK, port)
        both: list[asyncio.Task[None]] = []
        both += [
            asyncio.create_task(pass_on(reader, server_writer, both)),
            asyncio.create_task(pass_on(server_reader, writer, both)),
        ]
        await asyncio.wait(both)
        writer.transport.abort()
        server_writer.transport.abort()

    async with asyncio.TaskGroup() as visits:
        server = await asyncio.start_server(lambda *ends: visits.create_task(visit(*ends)), LOOPBACK, 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
