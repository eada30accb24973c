"""Servers of other versions, as far as their first words."""

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
