"""Forgets sessions of MQTT clients that do not come back, which nats-server itself keeps for good.

nats-server keeps a record of each session in the stream SESSIONS and writes it anew whenever the client connects, so
that its time tells when that was last. A session that asks for persistence is kept for KEPT after its client was
there; a clean one means nothing once its connection is gone, and is there still when the server was killed meanwhile.
The record of a session that is connected is never touched: nats-server would not let it subscribe any more. Who comes
back after having been forgotten may have its first attempt to connect refused: nats-server has it in memory still.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError
from prometheus_client import Counter

from ucity.errors import UcityError
from ucity.network.mqtt.sessions import connected_clients

SESSIONS: Final = "$MQTT_sess"
_MESSAGES: Final = "$MQTT_msgs"
KEPT: Final = timedelta(days=30)
CLEAN_KEPT: Final = timedelta(hours=1)
EVERY: Final = 3600.0
FORGOTTEN: Final = Counter("ucity_mqtt_sessions_forgotten_total", "Sessions of clients that did not come back.")
_PATIENCE = 5.0

log = structlog.get_logger()


class _Consumer(msgspec.Struct):
    durable_name: str = ""


class _Session(msgspec.Struct):
    id: str
    clean: bool = False
    cons: dict[str, _Consumer] = {}


class _Stored(msgspec.Struct):
    seq: int
    time: datetime
    data: bytes = b""
    """msgspec reads base64, as JetStream has it."""


class _Answer(msgspec.Struct):
    message: _Stored | None = None


async def keep_forgetting(bus: Client, system: Client) -> None:
    """Forget every hour, until cancelled. ``bus`` is in the account of the devices."""
    while True:
        try:
            await forget(bus, system, datetime.now(UTC))
        except (UcityError, nats.errors.Error, OSError) as error:
            log.warning("sessions of devices are kept for longer", why=type(error).__name__)
        await asyncio.sleep(EVERY)


async def forget(bus: Client, system: Client, now: datetime) -> int:
    """Forget the sessions that are due, and how many they were."""
    connected = await connected_clients(system)
    forgotten = 0
    async for stored, session in _sessions(bus, until=now - CLEAN_KEPT):
        is_due = stored.time < now - (CLEAN_KEPT if session.clean else KEPT)
        if not is_due or session.id in connected or await connected_clients(system, session.id):
            continue
        forgotten += await _forget(bus, stored, session)
    FORGOTTEN.inc(forgotten)
    return forgotten


async def _sessions(bus: Client, until: datetime) -> AsyncIterator[tuple[_Stored, _Session]]:
    """Records of sessions in the order in which their clients connected last, up to this time."""
    after = 0
    while (stored := await _next(bus, after)) is not None and stored.time < until:
        after = stored.seq
        with suppress(msgspec.DecodeError):
            yield stored, msgspec.json.decode(stored.data, type=_Session)


async def _next(bus: Client, after: int) -> _Stored | None:
    question = {"seq": after + 1, "next_by_subj": ">"}
    answer = await _asked(bus, f"$JS.API.STREAM.MSG.GET.{SESSIONS}", question)
    return msgspec.json.decode(answer, type=_Answer).message


async def _forget(bus: Client, stored: _Stored, session: _Session) -> bool:
    """Whether it could be forgotten: a client that has come back meanwhile has a new record."""
    stream = bus.jetstream()
    try:
        await stream.delete_msg(SESSIONS, stored.seq)
    except APIError:
        return False
    for each in session.cons.values():
        with suppress(NotFoundError):
            await stream.delete_consumer(_MESSAGES, each.durable_name)
    return True


async def _asked(bus: Client, subject: str, question: dict[str, Any]) -> bytes:
    return (await bus.request(subject, json.dumps(question).encode(), timeout=_PATIENCE)).data
