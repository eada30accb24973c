"""Where a router takes questions from the bus and answers them: so many at a time, in threads of their own.

A question that cannot be worked on soon is refused at once, so that its asker can say when to try again. One that has
waited longer than its asker is not worked on at all. One that comes again while it is worked on gets the same answer.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from prometheus_client import Counter, Gauge, Histogram

from ucity.cloud.routing.refusals import TOO_MANY, WAITED_TOO_LONG
from ucity.cloud.routing.wire import QUEUE, Question, Refusal, Reply, encode
from ucity.errors import TooManyRequests, UcityError, Unavailable

log = structlog.get_logger()
STUCK_AFTER = 60.0
"""Seconds after which a question that is still worked on has brought the desk to a standstill: none takes one."""
_SECONDS = Histogram(
    "ucity_routing_seconds",
    "Time from taking a question to its answer, waiting for a thread included.",
    ["subject"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)
_REFUSED = Counter("ucity_routing_refused_total", "Questions that were refused.", ["subject", "kind"])
_WAITING = Gauge("ucity_routing_waiting", "Questions taken and not answered yet.", multiprocess_mode="livesum")


@dataclass(frozen=True)
class Task:
    """Work on what is asked under one subject. ``answer`` gets an ``asked``, runs in a thread, may raise UcityError."""

    asked: Any
    answer: Callable[[Any], Any]


class Desk:
    """``at_a_time`` questions are worked on at once; ``most`` may be there altogether."""

    def __init__(self, bus: Client, tasks: Mapping[str, Task], *, at_a_time: int = 2, most: int = 64) -> None:
        self._bus, self._most = bus, most
        self._tasks = {subject: (msgspec.msgpack.Decoder(task.asked).decode, task) for subject, task in tasks.items()}
        self._threads = ThreadPoolExecutor(at_a_time, "routing")
        self._worked_on: dict[str, asyncio.Future[bytes]] = {}
        self._begun: dict[str, float] = {}
        self._subscriptions: list[Subscription] = []
        self._replying: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Questions that were taken and not answered yet."""
        return len(self._worked_on)

    def is_well(self) -> bool:
        """Whether nothing has been worked on for so long that it will hardly end."""
        return time.monotonic() - min(self._begun.copy().values(), default=time.monotonic()) < STUCK_AFTER

    async def open(self) -> None:
        """Take questions from now on."""
        for subject in self._tasks:
            self._subscriptions.append(await self._bus.subscribe(subject, QUEUE, cb=self._take))
        await self._bus.flush()

    async def close(self) -> None:
        """Take no more, and let go of what is being worked on: whoever asked asks again."""
        with contextlib.suppress(NatsError):  # the bus may be gone already
            for subscription in self._subscriptions:
                await subscription.unsubscribe()
        for task in self._replying:
            task.cancel()
        await asyncio.gather(*self._replying, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _take(self, message: Msg) -> None:
        task = asyncio.create_task(self._reply(message))
        self._replying.add(task)
        task.add_done_callback(self._replying.discard)

    async def _reply(self, message: Msg) -> None:
        began = time.perf_counter()
        answer = await self._answered(message)
        _SECONDS.labels(message.subject).observe(time.perf_counter() - began)
        try:
            await self._bus.publish(message.reply, answer)
        except NatsError as error:  # the asker asks again
            log.warning("an answer could not be sent", why=str(error))

    async def _answered(self, message: Msg) -> bytes:
        try:
            question = _question(message.data)
        except msgspec.MsgspecError as error:
            log.warning("a question is not understood", subject=message.subject, why=str(error))
            return _refused(message.subject, Unavailable("The router does not understand the question."))
        if question.id in self._worked_on:
            return await asyncio.shield(self._worked_on[question.id])
        if len(self._worked_on) >= self._most:
            return _refused(message.subject, TooManyRequests(TOO_MANY, retry_after=1))
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._work, message.subject, question)
        self._worked_on[question.id] = work
        _WAITING.set(len(self._worked_on))
        try:
            return await asyncio.shield(work)
        finally:
            del self._worked_on[question.id]
            _WAITING.set(len(self._worked_on))

    def _work(self, subject: str, question: Question) -> bytes:
        if time.time() > question.until:
            return _refused(subject, TooManyRequests(WAITED_TOO_LONG, retry_after=2))
        decode, task = self._tasks[subject]
        self._begun[question.id] = time.monotonic()
        try:
            return encode(Reply(told=msgspec.Raw(encode(task.answer(decode(question.asked))))))
        except UcityError as error:
            return _refused(subject, error)
        except Exception:
            log.exception("a question could not be answered", subject=subject)
            return _refused(subject, UcityError("The router could not answer. It was logged there."))
        finally:
            del self._begun[question.id]


_question = msgspec.msgpack.Decoder(Question).decode


def _refused(subject: str, error: UcityError) -> bytes:
    kind = type(error).__name__
    _REFUSED.labels(subject, kind).inc()
    return encode(Reply(refused=Refusal(kind=kind, texts=error.texts, retry_after=getattr(error, "retry_after", 1))))
