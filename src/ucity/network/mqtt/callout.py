"""Whom nats-server lets in: it asks here at each login that is not one of the city's own (auth callout).

Any number of callouts may run, on any number of servers; each question goes to one of them. A login is refused in the
same time and the same words whether the name or the password was wrong. After many wrong passwords for one device from
one address, that pair is refused unseen for some seconds; others at the same address, behind one router, are not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from prometheus_client import Counter

from ucity.errors import UcityError
from ucity.network.limits import Buckets, address_key
from ucity.network.mqtt.jwt import Signer, claims_of
from ucity.network.mqtt.topics import command_subjects, is_device_name, own_subjects
from ucity.network.nats_config import CITY, LOGIN_TIMEOUT

SUBJECT: Final = "$SYS.REQ.USER.AUTH"
LOGINS: Final = Counter("ucity_mqtt_logins_total", "Logins of devices, by what became of them.", ["outcome"])
"""``outcome``: admitted, anonymous, client_id (of somebody else), late, malformed, overload, protocol (not MQTT),
too_often, unavailable (the records of devices), wrong (name or password)."""

_REFUSED_AFTER = 0.25
"""Seconds from question to refusal, so that its time tells nothing, and guessing takes long."""
_AT_ONCE = 32
"""Records of devices looked up at a time."""
_WAITING = 10_000
"""Questions waiting at a time; further ones are left without an answer, which refuses them as well."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Login:
    """Who knocks: address of the client, its id in MQTT, and the connection's number on its server."""

    address: str
    client_id: str
    connection: int
    server: str


@dataclass(frozen=True)
class Admission:
    """What a device may do once it is in, as NATS subjects."""

    device: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    @classmethod
    def of(cls, device: str) -> "Admission":
        """A device publishes under its own name and hears its own commands, a gateway likewise."""
        if not is_device_name(device):
            raise ValueError(f"{device!r} cannot be a device's name")
        return cls(device, own_subjects(device), command_subjects(device))


Admit = Callable[[str, str, Login], Awaitable[Admission | None]]
"""Name, password and login to what they may do; None when they are wrong. Its comparisons take as long for a near miss
as for any other. Raises UcityError when it cannot say."""


class _Client(msgspec.Struct):
    host: str = ""
    id: int = 0
    type: str = ""
    mqtt_id: str = ""


class _Options(msgspec.Struct):
    user: str = ""
    password: str = msgspec.field(name="pass", default="")


class _Server(msgspec.Struct):
    id: str


class _Question(msgspec.Struct):
    server_id: _Server
    user_nkey: str
    client_info: _Client
    connect_opts: _Options


class _Claims(msgspec.Struct):
    nats: _Question


_read_claims = msgspec.json.Decoder(_Claims).decode


class Callout:
    """Answers nats-server's questions on the connection ``bus``, which is in the account of the callout."""

    def __init__(
        self, bus: Client, issuer_seed: str, admit: Admit, *, account: str = CITY, failures_per_minute: int = 30
    ) -> None:
        self._bus = bus
        self._signer = Signer(issuer_seed)
        self._admit = admit
        self._account = account
        self._failures = Buckets(failures_per_minute, burst=failures_per_minute / 3)
        self._shut_until: dict[str, float] = {}
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._waiting: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Answer from now on."""
        self._subscription = await self._bus.subscribe(
            SUBJECT, queue="ucity", cb=self._receive, pending_msgs_limit=_WAITING, pending_bytes_limit=0
        )
        await self._bus.flush()

    async def stop(self) -> None:
        """Leave the questions to others, once those that have come in are answered: nobody else gets to see them."""
        with suppress(nats.errors.Error, TimeoutError, OSError):
            if self._bus.is_connected:
                async with asyncio.timeout(LOGIN_TIMEOUT):
                    await self._answer_the_last()
        for task in self._waiting:
            task.cancel()

    async def _answer_the_last(self) -> None:
        if self._subscription is not None:
            await self._subscription.drain()  # type: ignore[no-untyped-call]  # it has no types yet
        await asyncio.gather(*self._waiting)
        await self._bus.flush()

    async def _receive(self, message: Msg) -> None:
        if len(self._waiting) >= _WAITING:
            LOGINS.labels("overload").inc()
            return
        task = asyncio.create_task(self._answer(message, time.monotonic()))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _answer(self, message: Msg, asked: float) -> None:
        try:
            question = _read_claims(claims_of(message.data)).nats
        except (ValueError, msgspec.DecodeError):
            LOGINS.labels("malformed").inc()
            log.warning("nats-server asked about a login in a way that is not understood")
            return
        outcome = await self._decide(question, asked)
        admission = outcome if isinstance(outcome, Admission) else None
        LOGINS.labels("admitted" if admission else outcome).inc()
        if admission is None:
            await asyncio.sleep(asked + _REFUSED_AFTER - time.monotonic())
        with suppress(nats.errors.Error):
            await message.respond(self._answered(question, admission).encode())

    async def _decide(self, question: _Question, asked: float) -> Admission | str:
        client, given = question.client_info, question.connect_opts
        if client.type != "mqtt":
            return "protocol"
        if not given.user or not given.password:
            return "anonymous"
        if not may_use(client.mqtt_id, given.user):
            return "client_id"
        pair = f"{given.user[:64]}@{address_key(client.host)}"
        if self._is_shut(pair):
            return "too_often"
        async with self._at_once:
            if time.monotonic() - asked > LOGIN_TIMEOUT:
                return "late"
            return await self._looked_up(question, pair)

    async def _looked_up(self, question: _Question, pair: str) -> Admission | str:
        client, given = question.client_info, question.connect_opts
        login = Login(client.host, client.mqtt_id, client.id, question.server_id.id)
        try:
            admission = await self._admit(given.user, given.password, login)
        except UcityError as error:
            log.warning("logins cannot be decided on", why=error.detail)
            return "unavailable"
        if admission is None:
            self._count_failure(pair)
            return "wrong"
        return admission

    def _count_failure(self, pair: str) -> None:
        wait = self._failures.take(pair)
        if wait:
            self._shut_until[pair] = time.monotonic() + wait
            if len(self._shut_until) > _WAITING:
                del self._shut_until[next(iter(self._shut_until))]

    def _is_shut(self, pair: str) -> bool:
        until = self._shut_until.get(pair, 0.0)
        if until and until <= time.monotonic():
            del self._shut_until[pair]
        return until > time.monotonic()

    def _answered(self, question: _Question, admission: Admission | None) -> str:
        answer: dict[str, Any] = {"type": "authorization_response", "version": 2}
        if admission is None:
            answer["error"] = "refused"
        else:
            answer["jwt"] = self._signer.sign(_user(question.user_nkey, self._account, admission))
        return self._signer.sign(
            {"iat": int(time.time()), "sub": question.user_nkey, "aud": question.server_id.id, "nats": answer}
        )


def may_use(client_id: str, device: str) -> bool:
    """Whether a device may connect under this MQTT client id: its own name, its name with ``:``, ``.`` or ``/`` and
    more behind it, or the one that nats-server gives to a client without.

    A server closes the older of two connections with one id, so with a free choice a device could put out others.
    """
    if client_id == device or client_id[: len(device) + 1] in {f"{device}{mark}" for mark in ":./"}:
        return True
    return len(client_id) == 22 and client_id.isascii() and client_id.isalnum()


def _user(nkey: str, account: str, admission: Admission) -> dict[str, Any]:
    return {
        "iat": int(time.time()),
        "sub": nkey,
        "aud": account,
        "name": admission.device,
        "nats": {
            "type": "user",
            "version": 2,
            "pub": {"allow": admission.publish},
            "sub": {"allow": admission.subscribe},
            "subs": -1,
            "data": -1,
            "payload": -1,
            "allowed_connection_types": ["MQTT"],
        },
    }
