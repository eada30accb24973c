"""Messages that devices send with QoS 0, put into the ingest log as far as there is room.

nats-server stores QoS 1 messages itself and passes QoS 0 ones only on. QoS 0 promises nothing, and so does this room:
what does not fit into a bounded queue, or is not taken by the log, is counted and dropped.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Counter

from ucity.errors import UcityError
from ucity.network.mqtt.topics import ROOT, can_be_published

QOS0: Final = Counter("ucity_mqtt_qos0_total", "Messages of devices with QoS 0, by what became of them.", ["outcome"])
"""``outcome``: logged, no_room (in the queue), refused (by the log), too_large, topic (that cannot be logged)."""

_HEADER: Final = "Nmqtt-Pub"
"""nats-server puts the QoS of an MQTT message here."""
_QUEUE = 10_000
_QUEUE_BYTES = 64 * 1024**2
_AT_ONCE = 64

Append = Callable[[str, bytes], Awaitable[int]]
"""Subject and payload to their sequence number in the log, once it has them."""

log = structlog.get_logger()


class Forwarder:
    """Takes part in forwarding; among several processes each message goes to one.

    ``bus`` is a connection in the city's account, of its own where much is sent: QoS 1 messages pass on it too, and are
    left alone. ``max_bytes``: largest payload.
    """

    def __init__(self, bus: Client, append: Append, *, max_bytes: int = 1 << 20) -> None:
        self._bus = bus
        self._append = append
        self._max_bytes = max_bytes
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(_QUEUE)
        self._bytes = 0

    async def run(self) -> None:
        """Forward until cancelled."""
        subscription = await self._bus.subscribe(f"{ROOT}.>", queue="ucity-qos0", cb=self._receive)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(self._forward())
        finally:
            if self._bus.is_connected:
                await subscription.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        headers = message.headers
        if headers is None or headers.get(_HEADER) != "0":
            return
        refused = self._refused(message)
        if refused:
            QOS0.labels(refused).inc()
            return
        self._bytes += len(message.data)
        self._queue.put_nowait((f"ingest.mqtt.{message.subject.removeprefix(f'{ROOT}.')}", message.data))

    def _refused(self, message: Msg) -> str | None:
        if len(message.data) > self._max_bytes:
            return "too_large"
        if self._queue.full() or self._bytes + len(message.data) > _QUEUE_BYTES:
            return "no_room"
        # Whatever else is wrong with a topic is for the collector to say, and to keep.
        return None if can_be_published(message.subject) else "topic"

    async def _forward(self) -> None:
        while True:
            subject, payload = await self._queue.get()
            self._bytes -= len(payload)
            try:
                await self._append(subject, payload)
            except UcityError:
                QOS0.labels("refused").inc()
            else:
                QOS0.labels("logged").inc()
