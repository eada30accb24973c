"""The durable logs between the doors and the operations centre, on NATS JetStream."""

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


@dataclass(frozen=True, slots=True)
class Logged:
    """One message of a log."""

    seq: int
    subject: str
    payload: bytes
    received: datetime


class Log(Protocol):
    name: str
    incarnation: str

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int: ...
    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]: ...
    async def trim(self, through: int) -> None: ...
    async def lag(self, after: int) -> int: ...


class DeviceLog:
    def __init__(self, js: JetStreamContext, stream: str, prefix: str, incarnation: str) -> None:
        self._js = js
        self.name = stream
        self.incarnation = incarnation
        self._prefix = prefix
        self._sub = None
        self._next = 0

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        headers = {"Nats-Msg-Id": message_id} if message_id else None
        try:
            ack = await self._js.publish(subject, payload, headers=headers, timeout=10)
        except nats.js.errors.APIError as error:
            if error.err_code == 10077:
                raise TooManyRequests("full") from error
            raise Unavailable("nats") from error
        except (nats.errors.Error, OSError) as error:
            raise Unavailable("nats") from error
        return ack.seq

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        try:
            if self._sub is None or self._next != after + 1:
                await self._open(after)
            try:
                got = await self._sub.fetch(max_messages, timeout=wait)
            except (nats.errors.TimeoutError, TimeoutError):
                # The consumer may be gone with its server.
                await self._sub.consumer_info()
                return []
            out = []
            last = after
            for m in got:
                seq = m.metadata.sequence.stream
                if m.metadata.sequence.consumer and seq <= last:
                    raise Unavailable("order")
                out.append(
                    Logged(seq, m.subject.removeprefix(self._prefix), m.data, m.metadata.timestamp.astimezone(UTC))
                )
                last = seq
            self._next = last + 1
            return out
        except (nats.errors.Error, nats.js.errors.Error, OSError) as error:
            self._sub = None
            raise Unavailable("nats") from error

    async def _open(self, after: int) -> None:
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            mem_storage=True,
            inactive_threshold=60,
        )
        info = await self._js.add_consumer(self.name, config)
        self._sub = await self._js.pull_subscribe_bind(info.name, self.name)
        self._next = after + 1

    async def trim(self, through: int) -> None:
        try:
            await self._js.purge_stream(self.name, seq=through + 1)
        except (nats.errors.Error, nats.js.errors.Error, OSError) as error:
            raise Unavailable("nats") from error

    async def lag(self, after: int) -> int:
        info = await self._js.stream_info(self.name)
        return max(0, info.state.last_seq - after)


@dataclass
class Logs:
    mqtt: DeviceLog
    ingest: DeviceLog


async def open_logs(nc: Client, max_bytes: int) -> Logs:
    js = nc.jetstream()
    out = []
    for name, subject in (("$MQTT_msgs", "$MQTT.msgs.>"), ("INGEST", "ingest.>")):
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
        except nats.js.errors.NotFoundError:
            info = await js.add_stream(config)
        out.append(DeviceLog(js, name, "$MQTT.msgs." if name != "INGEST" else "", str(info.created)))
    return Logs(*out)
