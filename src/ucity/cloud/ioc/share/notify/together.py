"""Work that many ask for, done for all who asked meanwhile at once: under load one query for many endpoints."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
MOST = 200


class Together(Generic[Asked, Answer]):
    """``work`` takes what was asked and gives as many answers, in the same order. ``gather``: seconds that whoever asks
    first waits for others."""

    def __init__(self, work: Callable[[list[Asked]], Awaitable[Sequence[Answer]]], gather: float = 0.0) -> None:
        self._work, self._gather = work, gather
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def ask(self, what: Asked) -> Answer:
        """The answer, once it is there. It is worked on to the end though whoever asked may be cancelled."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((what, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._gather)
            some = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            try:
                answers = await self._work([what for what, _ in some])
            except Exception as error:  # noqa: BLE001 - whatever it was, all who asked have to hear of it
                for _, future in some:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(some, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
