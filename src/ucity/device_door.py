"""The door for devices, as part of the worker: who may log in by MQTT, whose sessions end, what is counted."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats
import structlog
from nats.aio.client import Client

from ucity.cloud.ioc.policy import Announcements, Authenticator, Credentials, hear_credentials
from ucity.cloud.ioc.policy.announcements import Announcement
from ucity.errors import StartupError, TooManyRequests, UcityError, Unauthenticated
from ucity.network.log import Log
from ucity.network.mqtt.callout import Admission, Callout, Login
from ucity.network.mqtt.forgotten import keep_forgetting
from ucity.network.mqtt.qos0 import Forwarder
from ucity.network.mqtt.sessions import device_of, disconnect, watch_refusals
from ucity.network.mqtt.violations import Violations
from ucity.settings import Settings

log = structlog.get_logger()
_MISSED = timedelta(hours=1)
"""After the database was away: credentials that ended so long ago are looked at again."""

_AT_ONCE = 32
"""Devices whose sessions are closed at a time."""


class DeviceDoor:
    """Answers nats-server's questions about logins, and closes the sessions of devices whose credential has ended."""

    def __init__(self, credentials: Credentials, system: Client) -> None:
        self._credentials = credentials
        self._system = system
        self._authenticator = Authenticator(credentials)
        self._ended: asyncio.Queue[str | None] = asyncio.Queue()
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def admit(self, name: str, password: str, login: Login) -> Admission | None:
        """What a device may do; None for a wrong name or password."""
        try:
            who = await self._authenticator.admit_device(name, password, login.address)
        except (Unauthenticated, TooManyRequests):
            return None
        return Admission.of(who.name)

    def hear(self, announcements: Announcements) -> None:
        """Have these tell which credentials change."""
        hear_credentials(announcements, self._heard, missed=self._missed)

    def _heard(self, which: Announcement) -> None:
        self._authenticator.forget(which)
        if which.kind == "device":
            self._ended.put_nowait(which.name)

    def _missed(self) -> None:
        self._authenticator.forget_all()
        self._ended.put_nowait(None)

    async def close_sessions(self) -> None:
        """Close the sessions of devices whose credential has changed, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._close(await self._ended.get()))

    async def _close(self, name: str | None) -> None:
        """Close the sessions of this device, or of all that ended lately. No device waits for another: each takes a
        moment, in which a login that was decided on before can come into being."""
        try:
            names = [name] if name else await self._lately_ended()
            await asyncio.gather(*map(self._disconnect, names))
        except UcityError as error:
            log.warning("sessions cannot be closed yet", why=error.detail)
            await asyncio.sleep(0.5)
            self._ended.put_nowait(name)

    async def _disconnect(self, name: str) -> None:
        async with self._at_once:
            await disconnect(self._system, name)

    async def _lately_ended(self) -> list[str]:
        since = datetime.now(UTC) - _MISSED
        return [each.name for each in await self._credentials.devices() if each.revoked_at and each.revoked_at > since]


@asynccontextmanager
async def device_door(
    settings: Settings, credentials: Credentials, ingest: Log, announcements: Announcements
) -> AsyncIterator[None]:
    """Devices can log in and send for as long as the context lasts, in which ``announcements`` have to begin to run."""
    if not settings.nats_url:
        raise StartupError("The door for devices needs a bus; `ucity serve` gives it one.")
    if not (settings.nats_callout_url and settings.nats_system_url and settings.nats_issuer_seed):
        raise StartupError("The door for devices needs the URLs of NATS and its issuer seed; `ucity serve` sets them.")
    async with AsyncExitStack() as stack:
        callout_bus = await _connected(settings.nats_callout_url, stack)
        system = await _connected(settings.nats_system_url, stack)
        # Of its own: everything that devices send passes on it, and must not be in the way of the logs.
        passing = await _connected(settings.nats_url, stack)
        door = DeviceDoor(credentials, system)
        door.hear(announcements)
        callout = Callout(
            callout_bus, settings.nats_issuer_seed, door.admit, failures_per_minute=settings.failures_per_minute
        )
        await callout.start()
        stack.push_async_callback(callout.stop)
        await watch_refusals(system)
        tasks: list[Coroutine[Any, Any, None]] = [
            Forwarder(passing, ingest.append, max_bytes=settings.message_bytes).run(),
            door.close_sessions(),
            keep_forgetting(passing, system),
        ]
        if (server_log := _server_log(settings)) is not None:
            tasks.append(Violations(server_log, lambda number: device_of(system, number)).follow())
        group = await stack.enter_async_context(asyncio.TaskGroup())
        running = [group.create_task(task) for task in tasks]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


async def _connected(url: str, stack: AsyncExitStack) -> Client:
    client = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, name="ucity devices")
    stack.push_async_callback(_closed, client)
    return client


async def _closed(client: Client) -> None:
    with suppress(OSError):  # the server may have gone before
        await client.close()


def _server_log(settings: Settings) -> Path | None:
    """The embedded nats-server's log; an external one's is not ours to read."""
    file = settings.data / "logs" / "nats.log"
    return file if file.exists() else None
