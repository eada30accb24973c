"""The durable logs between the doors and the operations centre, on NATS JetStream.

A log is read in order from a position that its reader keeps, never by acknowledging messages; so a message is neither
skipped nor seen out of turn whatever is killed, and the reader alone decides what has been dealt with. A full log
refuses messages, which the doors pass on to the senders: HTTP answers 429, MQTT does not acknowledge.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo

from ucity.errors import TooLarge, TooManyRequests, Unavailable
from ucity.network.log_reader import AWAY, Logged, Reader

__all__ = ["JetStreamLog", "Log", "Logged", "Logs", "open_logs"]

MQTT_STREAM: Final = "$MQTT_msgs"
"""The stream in which nats-server itself keeps what comes by MQTT with QoS 1, before it acknowledges."""
MQTT_PREFIX: Final = "$MQTT.msgs."
INGEST_STREAM: Final = "INGEST"
RETAINED_STREAM: Final = "$MQTT_rmsgs"
"""Where nats-server keeps retained messages. Nobody reads them here; but a device may send some on ever new topics."""

_FULL = frozenset({10077, 10023, 10047})
"""JetStream's error codes: stream at its limit of messages or bytes, insufficient resources, storage exceeded."""
_TOO_LARGE = 10054
_NAME_IN_USE = 10058
_PIPELINED = 256
"""Messages of one log on their way at a time; each may be a batch of megabytes."""
_RETAINED_BYTES = 64 * 1024**2
_HEADERS = 1024
"""Room for what nats-server adds to a message, in bytes."""


class Log(Protocol):
    """A durable, bounded log. ``incarnation`` tells it from one of the same name that was made anew."""

    @property
    def name(self) -> str: ...
    @property
    def incarnation(self) -> str: ...

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        """Sequence number of the message, once it is stored. The same ``message_id`` again within two minutes is
        stored once.

        Raises TooManyRequests when the log is full, TooLarge, and Unavailable when it cannot be reached; in that case
        the message may be stored nevertheless.
        """
        ...

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        """Messages that follow ``after``, in order, as soon as there are any; none after ``wait`` seconds without.

        ``max_bytes`` bounds them, but for a message that is larger alone. Raises Unavailable when the log cannot be
        reached, and when it has been made anew; ``incarnation`` then says so and the position counts no more.
        """
        ...

    async def trim(self, through: int) -> None:
        """Forget the messages up to this one."""
        ...

    async def lag(self, after: int) -> int:
        """How many messages follow ``after``."""
        ...


class JetStreamLog:
    """A log on one JetStream stream. ``prefix`` is taken off the subjects that are read, and put before those that
    are appended."""

    def __init__(self, bus: Client, info: StreamInfo, prefix: str) -> None:
        self._bus = bus
        self._js: JetStreamContext = bus.jetstream()
        self._prefix = prefix
        self._pipeline = asyncio.Semaphore(_PIPELINED)
        self.name = str(info.config.name)
        self._reader = Reader(bus, self.name, prefix, info)

    @property
    def incarnation(self) -> str:
        """See ``Log``."""
        return self._reader.incarnation

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int:
        """See ``Log.append``."""
        headers = {"Nats-Msg-Id": message_id} if message_id else None
        async with self._pipeline:
            if not self._bus.is_connected:
                raise Unavailable("The city's log of readings is not answering.", retry_after=2)
            try:
                stored = await self._js.publish(self._prefix + subject, payload, headers=headers, timeout=5)
            except (nats.js.errors.APIError, nats.errors.MaxPayloadError) as error:
                raise _refusal(error) from error
            except AWAY as error:
                raise Unavailable("The city's log of readings is not answering.", retry_after=2) from error
        return stored.seq

    async def read(self, after: int, *, max_messages: int, max_bytes: int, wait: float) -> list[Logged]:
        """See ``Log.read``."""
        return await self._reader.read(after, max_messages=max_messages, max_bytes=max_bytes, wait=wait)

    async def trim(self, through: int) -> None:
        """See ``Log.trim``."""
        try:
            await self._js.purge_stream(self.name, seq=through + 1)
        except AWAY as error:
            raise Unavailable(f"The log {self.name} is not answering.") from error

    async def lag(self, after: int) -> int:
        """See ``Log.lag``."""
        try:
            state = (await self._js.stream_info(self.name)).state
        except AWAY as error:
            raise Unavailable(f"The log {self.name} is not answering.") from error
        return max(0, min(state.last_seq - after, state.messages))


def _refusal(error: nats.js.errors.APIError | nats.errors.MaxPayloadError) -> TooManyRequests | TooLarge | Unavailable:
    code = getattr(error, "err_code", None)
    if code in _FULL:
        return TooManyRequests("Readings arrive faster than the city stores them.", retry_after=5)
    if code == _TOO_LARGE or isinstance(error, nats.errors.MaxPayloadError):
        return TooLarge("The message is larger than the city's log of readings takes.")
    return Unavailable("The city's log of readings refuses messages.", retry_after=5)


@dataclass(frozen=True)
class Logs:
    """``mqtt``: what devices published with QoS 1, subjects ``ucity.>``. ``ingest``: batches from other doors."""

    mqtt: JetStreamLog
    ingest: JetStreamLog


async def open_logs(bus: Client, max_bytes: int, *, max_message: int = 1 << 20, replicas: int | None = None) -> Logs:
    """Both logs, made where they are missing and adjusted where they differ. Raises Unavailable.

    ``max_bytes``: disk space of each, after which it refuses more. ``max_message``: largest MQTT payload in bytes; a
    larger one is not acknowledged, and its sender disconnected. ``replicas``: copies on the servers of a NATS cluster;
    what there is stays as it is when not given.
    """
    try:
        mqtt = _wanted(MQTT_STREAM, f"{MQTT_PREFIX}>", max_bytes, replicas)
        made = await _stream(bus.jetstream(), mqtt.evolve(max_msg_size=max_message + _HEADERS))
        ingest = await _stream(bus.jetstream(), _wanted(INGEST_STREAM, "ingest.>", max_bytes, replicas))
        retained = _wanted(RETAINED_STREAM, "$MQTT.rmsgs.>", _RETAINED_BYTES, replicas)
        await _stream(bus.jetstream(), retained.evolve(max_msgs_per_subject=1))
    except AWAY as error:
        raise Unavailable(f"The city's logs of readings cannot be opened: {error}") from error
    return Logs(mqtt=JetStreamLog(bus, made, MQTT_PREFIX), ingest=JetStreamLog(bus, ingest, ""))


async def find_logs(bus: Client) -> Logs:
    """Both logs of a running city, as they are. Raises Unavailable."""
    try:
        mqtt = await bus.jetstream().stream_info(MQTT_STREAM)
        ingest = await bus.jetstream().stream_info(INGEST_STREAM)
    except AWAY as error:
        raise Unavailable(f"The city's logs of readings cannot be found: {error}") from error
    return Logs(mqtt=JetStreamLog(bus, mqtt, MQTT_PREFIX), ingest=JetStreamLog(bus, ingest, ""))


def _wanted(name: str, subject: str, max_bytes: int, replicas: int | None) -> StreamConfig:
    # nats-server uses its MQTT stream as it finds it; one of its own making forgets what nobody subscribes to.
    return StreamConfig(
        name=name,
        subjects=[subject],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_bytes=max_bytes,
        discard=DiscardPolicy.NEW,
        num_replicas=replicas,
    )


async def _stream(js: JetStreamContext, wanted: StreamConfig) -> StreamInfo:
    name = str(wanted.name)
    try:
        return await _adjusted(js, await js.stream_info(name), wanted)
    except nats.js.errors.NotFoundError:
        pass
    try:
        return await js.add_stream(wanted)
    except nats.js.errors.BadRequestError as error:
        if error.err_code != _NAME_IN_USE:
            raise
        # Another process, or nats-server itself at a first MQTT login, was a moment earlier.
        return await _adjusted(js, await js.stream_info(name), wanted)


async def _adjusted(js: JetStreamContext, found: StreamInfo, wanted: StreamConfig) -> StreamInfo:
    """The stream with the settings that matter to us; others (placement, compression ...) stay the operator's."""
    changes = {
        field: getattr(wanted, field)
        for field in ("retention", "max_bytes", "max_msg_size", "discard", "num_replicas")
        if getattr(wanted, field) not in (None, getattr(found.config, field))
    }
    return await js.update_stream(found.config.evolve(**changes)) if changes else found
