"""Reads one JetStream stream in order, from a position that the caller keeps.

The reader holds an ephemeral pull consumer open between calls, for speed only: a consumer is thrown away at the first
sign of irregularity (a gap in its own count, a lost connection, a server that restarted) and a new one starts exactly
behind the caller's position. Nothing is acknowledged and the consumer's state is never relied on.
"""

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamInfo

from ucity.errors import Unavailable

AWAY: Final = (nats.errors.Error, nats.js.errors.Error, OSError)
"""What nats-py raises when NATS is away or answers with an error."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOK_EVERY = 0.25
"""Seconds between looks at the connection while waiting for messages."""
_COMPLETED = "409 Batch Completed"
"""Sent behind a batch that was filled, which its last message has told already, and perhaps into the next one."""
_PAUSE = 0.05
"""Seconds before what did not work is tried again."""
_GRACE = 1.0
"""Seconds that the answer to a request may come later than the server was asked to give it."""

log = structlog.get_logger()


class Logged(NamedTuple):
    """One message of a log."""

    seq: int
    subject: str
    payload: bytes
    received: datetime


class _Feed:
    """What one consumer delivers: its messages in order, and how the last request ended."""

    def __init__(self, bus: Client, pull: str) -> None:
        self._bus = bus
        self._pull = pull
        self._inbox = bus.new_inbox()
        self._reconnects = bus.stats["reconnects"]
        self._wanted = 0
        self._changed = asyncio.Event()
        self.messages: list[Msg] = []
        self.ended = ""

    async def open(self) -> None:
        # Bounded by what is asked for, so no limit of the client's own may drop anything.
        self._sub = await self._bus.subscribe(
            self._inbox, cb=self._receive, pending_msgs_limit=-1, pending_bytes_limit=0
        )

    async def close(self) -> None:
        with suppress(*AWAY):
            await self._sub.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        if message.reply:
            self.messages.append(message)
            if len(self.messages) < self._wanted:
                return
        else:
            ended = _status(message)
            if ended == _COMPLETED:
                return
            self.ended = ended
        self._changed.set()

    async def ask(self, count: int, max_bytes: int, wait: float) -> None:
        """Ask for what there is, or for the next message within ``wait`` seconds when there is none."""
        request: dict[str, int | bool] = {"batch": count, "no_wait": True}
        if max_bytes:
            request["max_bytes"] = max_bytes
        if wait > 0:
            request["expires"] = max(1_000_000, int(wait * 1e9))
        self._wanted, self.ended = len(self.messages) + count, ""
        self._changed.clear()
        await self._bus.publish(self._pull, json.dumps(request).encode(), reply=self._inbox)
        await self._until_answered(time.monotonic() + max(wait, 0) + _GRACE)

    async def _until_answered(self, deadline: float) -> None:
        while not self._changed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _LOOK_EVERY)
            if self._changed.is_set():
                return
            if self._bus.stats["reconnects"] != self._reconnects or time.monotonic() > deadline:
                self.ended = "lost"
                return


class Reader:
    """Reads a stream. One call at a time; concurrent calls wait for one another.

    ``incarnation`` changes when the stream turns out to have been made anew, or to have lost its end: sequence numbers
    begin again then, and the caller has to begin with whatever the log holds.
    """

    def __init__(self, bus: Client, stream: str, prefix: str, info: StreamInfo) -> None:
        self._bus = bus
        self._js = bus.jetstream(timeout=2)
        self._stream = stream
        self._prefix = prefix
        self._lock = asyncio.Lock()
        self._feed: _Feed | None = None
        self._at = 0
        self._delivered = 0
        self.incarnation = incarnation_of(info)

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        """See ``Log.read``."""
        async with self._lock:
            deadline = time.monotonic() + wait
            whole = False
            try:
                messages = await self._read(after, max_messages, max_bytes, deadline)
                whole = True
            except AWAY as error:
                raise Unavailable(f"The log {self._stream} is not answering.") from error
            finally:
                # Also when the call was cancelled: the consumer may be ahead of what the caller has seen.
                if not whole:
                    await self._close()
            return messages

    async def _read(self, after: int, max_messages: int, max_bytes: int, deadline: float) -> list[Logged]:
        while True:
            feed = self._feed if self._at == after else None
            if feed is None:
                feed = await self._open(after, deadline)
            if not feed.messages:
                await feed.ask(max_messages, max_bytes, deadline - time.monotonic())
            if not feed.messages and "MaxBytes" in feed.ended:
                await feed.ask(1, 0, 0)
            taken = self._take(feed, max_messages)
            if taken:
                self._at = taken[-1].seq
            if _is_broken(feed.ended):
                await self._close()
                await asyncio.sleep(0 if taken else _PAUSE)
            if taken or time.monotonic() >= deadline:
                return taken

    def _take(self, feed: _Feed, max_messages: int) -> list[Logged]:
        """The next messages, as far as the consumer's own count is without a gap."""
        taken = []
        for message in islice(feed.messages, max_messages):
            logged, delivered = _logged(message, self._prefix)
            if delivered != self._delivered + 1:
                feed.ended = "lost"
                break
            self._delivered = delivered
            taken.append(logged)
        del feed.messages[: len(taken)]
        return taken

    async def _open(self, after: int, deadline: float) -> _Feed:
        await self._close()
        while not self._bus.is_connected and time.monotonic() < deadline:  # noqa: ASYNC110 - nats-py has no event for it
            await asyncio.sleep(_PAUSE)
        if not self._bus.is_connected:
            raise nats.errors.ConnectionReconnectingError
        self._check(await self._js.stream_info(self._stream), after)
        name = self._bus.new_inbox().rpartition(".")[2]
        config = ConsumerConfig(
            name=name,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            mem_storage=True,
            num_replicas=1,
            inactive_threshold=60,
        )
        await self._js.add_consumer(self._stream, config)
        feed = _Feed(self._bus, f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{name}")
        await feed.open()
        self._feed, self._at, self._delivered = feed, after, 0
        return feed

    def _check(self, info: StreamInfo, after: int) -> None:
        made = incarnation_of(info)
        if self.incarnation.partition("~")[0] != made:
            self.incarnation = made
            raise Unavailable(f"The log {self._stream} has been made anew.")
        if info.state.last_seq < after:
            # As after a power failure when not every message is synced: numbers will be given again.
            self.incarnation = f"{made}~{info.state.last_seq}"
            raise Unavailable(f"The log {self._stream} has lost its end.")
        if info.state.first_seq > after + 1:
            log.warning("messages of a log are gone", log=self._stream, after=after, first=info.state.first_seq)

    async def _close(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            await feed.close()


def incarnation_of(info: StreamInfo) -> str:
    """Tells a stream from one of the same name that was made anew: the time at which it was made."""
    created = info.created
    return created.isoformat() if isinstance(created, datetime) else str(created)


def _status(message: Msg) -> str:
    headers = message.headers or {}
    return f"{headers.get('Status', '')} {headers.get('Description', '')}".strip()


def _is_broken(ended: str) -> bool:
    """Whether the consumer is not to be asked again, because a request ended otherwise than for want of messages."""
    return not (ended == "" or ended.startswith(("404", "408")) or "MaxBytes" in ended)


def _logged(message: Msg, prefix: str) -> tuple[Logged, int]:
    """The message, and which one of its consumer's it is.

    Its reply subject is ``$JS.ACK.<stream>.<consumer>.<times>.<seq>.<delivered>.<nanoseconds>.<pending>``, with domain
    and account before the stream, and perhaps a token behind, from servers of the newer kind.
    """
    parts = message.reply.split(".")
    first = 5 if len(parts) == 9 else 7
    received = _EPOCH + timedelta(microseconds=int(parts[first + 2]) // 1000)
    subject = message.subject.removeprefix(prefix)
    return Logged(int(parts[first]), subject, message.data, received), int(parts[first + 1])
