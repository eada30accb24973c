"""A city's children together: started in order, kept running, stopped in reverse order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ucity.cloud.ioc.manage.child import Child


async def supervise(
    children: Sequence[Child], *, report: Callable[[str], None], meanwhile: Callable[[], Awaitable[None]]
) -> None:
    """Start ``children`` one after another, keep them running while ``meanwhile`` runs, and stop them.

    A child that cannot be started at first is an error (StartupError); one that ends later is started again. To stop,
    cancel the task. A second cancellation ends it at once; the kernel then ends the children.
    """
    started: list[Child] = []
    tasks: list[asyncio.Future[None]] = []
    try:
        for child in children:
            report(f"starting {child.spec.name}")
            started.append(child)
            await child.start()
            tasks.append(asyncio.ensure_future(child.keep_running()))
        tasks.append(asyncio.ensure_future(meanwhile()))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _cancel(tasks)
        for child in reversed(started):
            await child.stop()


async def _cancel(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
