"""The durable logs between the doors and the operations centre, on NATS JetStream.

A log is read in order from a position that its reader keeps, never by acknowledging messages; so a message is neither
skipped nor seen out of turn whatever is killed, and the reader alone decides what has been dealt with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from ucity.errors import TooManyRequests, Unavailable

_AWAY = (nats.errors.Error, nats.js.errors.Error, OSError)
_FULL = 10077
"""JetStream's error code for a stream that has reached its limit and refuses more."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One message of a log."""

    seq: int
    subject: str
    payload: bytes
    received: datetime


class Log(Protocol):
    """A durable, bounded log. ``incarnation`` tells it from one of the same name that was made anew."""

    @property
    def name(self) -> str: ...
    @property
    def incarnation(self) -> str: ...

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        """Sequence number of the message, once it is stored. The same ``message_id`` again is stored once.

        Raises TooManyRequests when the log is full, Unavailable when it cannot be reached.
        """
        ...

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        """Messages that follow ``after``, in order; none after ``wait`` seconds without any."""
        ...

    async def trim(self, through: int) -> None:
        """Forget the messages up to this one."""
        ...

    async def lag(self, after: int) -> int:
        """How many messages follow ``after``."""
        ...


class JetStreamLog:
    """A log on one JetStream stream. ``prefix`` is taken off the subjects."""

    def __init__(self, js: JetStreamContext, name: str, prefix: str, incarnation: str) -> None:
        self._js = js
        self._prefix = prefix
        self._reader: JetStreamContext.PullSubscription | None = None
        self._next = 0
        self.name = name
        self.incarnation = incarnation

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        """See ``Log.append``."""
        headers = {"Nats-Msg-Id": message_id} if message_id else None
        try:
            stored = await self._js.publish(subject, payload, headers=headers, timeout=10)
        except nats.js.errors.APIError as error:
            if error.err_code == _FULL:
                raise TooManyRequests("Readings arrive faster than the city stores them.", retry_after=5) from error
            raise Unavailable("The city's log of readings refuses messages.", retry_after=5) from error
        except _AWAY as error:
            raise Unavailable("The city's log of readings is not answering.", retry_after=2) from error
        return stored.seq

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        """See ``Log.read``. ``max_bytes`` is kept to within one message."""
        try:
            if self._reader is None or self._next != after + 1:
                self._reader = await self._open(after)
            messages = await self._fetch(self._reader, after, max_messages, wait)
        except _AWAY as error:
            self._reader = None
            raise Unavailable(f"The log {self.name} is not answering.") from error
        kept = _within(messages, max_bytes)
        self._next = kept[-1].seq + 1 if kept else after + 1
        if len(kept) < len(messages):
            self._reader = None
        return kept

    async def _open(self, after: int) -> JetStreamContext.PullSubscription:
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            mem_storage=True,
            inactive_threshold=60,
        )
        made = await self._js.add_consumer(self.name, config)
        return await self._js.pull_subscribe_bind(made.name, self.name)

    async def _fetch(
        self, reader: JetStreamContext.PullSubscription, after: int, count: int, wait: float
    ) -> list[Logged]:
        try:
            messages = await reader.fetch(count, timeout=wait)
        except nats.errors.TimeoutError:
            # Nothing came; or the consumer has gone with its server, which this call tells.
            await reader.consumer_info()
            return []
        logged = []
        for message in messages:
            seq = message.metadata.sequence.stream
            if seq <= after:
                raise nats.errors.Error("out of order")
            after = seq
            subject = message.subject.removeprefix(self._prefix)
            logged.append(Logged(seq, subject, message.data, message.metadata.timestamp.astimezone(UTC)))
        return logged

    async def trim(self, through: int) -> None:
        """See ``Log.trim``."""
        try:
            await self._js.purge_stream(self.name, seq=through + 1)
        except _AWAY as error:
            raise Unavailable(f"The log {self.name} is not answering.") from error

    async def lag(self, after: int) -> int:
        """See ``Log.lag``."""
        try:
            info = await self._js.stream_info(self.name)
        except _AWAY as error:
            raise Unavailable(f"The log {self.name} is not answering.") from error
        return max(0, info.state.last_seq - after)


def _within(messages: list[Logged], max_bytes: int) -> list[Logged]:
    """The first messages, up to about so many bytes, and at least one."""
    size = 0
    for number, message in enumerate(messages):
        size += len(message.payload)
        if size > max_bytes and number:
            return messages[:number]
    return messages


@dataclass(frozen=True)
class Logs:
    """``mqtt``: what devices published with QoS 1, subjects ``ucity.>``. ``ingest``: batches from other doors."""

    mqtt: JetStreamLog
    ingest: JetStreamLog


async def open_logs(bus: Client, max_bytes: int) -> Logs:
    """Both logs, made where they are missing; each takes at most ``max_bytes`` and refuses more."""
    js = bus.jetstream()
    mqtt = await _stream(js, "$MQTT_msgs", "$MQTT.msgs.>", max_bytes)
    ingest = await _stream(js, "INGEST", "ingest.>", max_bytes)
    return Logs(
        JetStreamLog(js, "$MQTT_msgs", "$MQTT.msgs.", mqtt),
        JetStreamLog(js, "INGEST", "", ingest),
    )


async def _stream(js: JetStreamContext, name: str, subject: str, max_bytes: int) -> str:
    """Make or adjust a stream; returns its incarnation."""
    config = StreamConfig(
        name=name,
        subjects=[subject],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_bytes=max_bytes,
        discard=DiscardPolicy.NEW,
    )
    try:
        info = await js.stream_info(name)
        if (info.config.max_bytes, info.config.discard) != (max_bytes, DiscardPolicy.NEW):
            info = await js.update_stream(config)
    except nats.js.errors.NotFoundError:
        info = await js.add_stream(config)
    created = info.created
    return created.isoformat() if isinstance(created, datetime) else str(created)
