"""Finds out who is asking, from what they send with a request.

A good credential is remembered for a few seconds, so that a busy sender does not cost a query for each request; its end
is announced and forgets it at once. A right credential always passes: were an address shut out for its wrong ones, then
one device with an old password would shut out every other behind the same router. Wrong ones are counted and slowed.
"""

import asyncio
import base64
import binascii
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from prometheus_client import Counter

from ucity.cloud.ioc.policy.announcements import Announcement
from ucity.cloud.ioc.policy.credentials import DEVICE_NAME, ApiKey, Credentials, Device
from ucity.cloud.ioc.policy.principal import ANYONE, Principal
from ucity.cloud.ioc.policy.tokens import matches, parse_token
from ucity.errors import TooManyRequests, Unauthenticated
from ucity.network.limits import Buckets, address_key

FAILURES = Counter("ucity_authentication_failures_total", "Attempts with a wrong credential.", ["kind"])
_WRONG = "The credential is wrong, has expired or was revoked."


class Authenticator:
    """Turns credentials into principals. ``lasts``: seconds for which a record is believed without looking again."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        failures_per_minute: int = 30,
        lasts: float = 10.0,
        remembered: int = 10_000,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._credentials = credentials
        self._failures = Buckets(failures_per_minute, burst=failures_per_minute)
        self._lasts, self._remembered, self._clock = lasts, remembered, clock
        self._known: OrderedDict[Announcement, tuple[float, ApiKey | Device]] = OrderedDict()
        # Whoever asks while a record is looked up is answered with it: many requests need it at the moment it is old.
        self._asked: dict[Announcement, asyncio.Task[ApiKey | Device | None]] = {}
        # Counts what was heard, so that a record read before its end was announced is not remembered after it.
        self._heard = 0

    async def authenticate(self, headers: Mapping[str, str], address: str) -> Principal:
        """Who sent a request with these headers (names in lower case) from this address.

        ``Authorization: Bearer <key>``, ``X-API-Key: <key>``, or for devices ``Authorization: Basic``; without any of
        them it is ANYONE. Raises Unauthenticated, or TooManyRequests after too many wrong ones.
        """
        scheme, _, given = headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() == "bearer":
            return await self._by_key(given.strip(), address)
        if scheme.lower() == "basic":
            return await self.admit_device(*_basic(given.strip()), address)
        if scheme:
            raise Unauthenticated("Send an API key as 'Authorization: Bearer <key>', a device's password as 'Basic'.")
        if key := headers.get("x-api-key"):
            return await self._by_key(key.strip(), address)
        return ANYONE

    async def admit_device(self, name: str, password: str, address: str = "") -> Principal:
        """The device of this name, if the password is its own. Raises as ``authenticate`` does."""
        record = await self._record(Announcement("device", name)) if DEVICE_NAME.fullmatch(name) else None
        return self._proved(record, password) or self._refuse("device", address)

    async def _by_key(self, text: str, address: str) -> Principal:
        token = parse_token(text)
        if token is None:
            self._refuse("key", address)
        return self._proved(await self._record(Announcement("key", token.id)), token.secret) or self._refuse(
            "key", address
        )

    def _proved(self, record: ApiKey | Device | None, secret: str) -> Principal | None:
        if record is None or not matches(secret, record.secret_hash):
            return None
        return record.principal(self._clock())

    def _refuse(self, kind: str, address: str) -> NoReturn:
        FAILURES.labels(kind).inc()
        wait = self._failures.take(address_key(address)) if address else 0
        if wait:
            raise TooManyRequests("Too many wrong credentials from this address.", retry_after=math.ceil(wait))
        raise Unauthenticated(_WRONG)

    async def _record(self, which: Announcement) -> ApiKey | Device | None:
        until, record = self._known.get(which, (0.0, None))
        if record and until > time.monotonic():
            return record
        if which not in self._asked:
            self._asked[which] = asyncio.create_task(self._look_up(which))
        # Others may wait for the same answer, so it must not be cancelled with this one.
        return await asyncio.shield(self._asked[which])

    async def _look_up(self, which: Announcement) -> ApiKey | Device | None:
        heard = self._heard
        look_up = self._credentials.key if which.kind == "key" else self._credentials.device
        try:
            found: ApiKey | Device | None = await look_up(which.name)
        finally:
            if self._asked.get(which) is asyncio.current_task():
                del self._asked[which]
        if found and heard == self._heard:
            self._remember(which, found)
        return found

    def _remember(self, which: Announcement, record: ApiKey | Device) -> None:
        self._known[which] = (time.monotonic() + self._lasts, record)
        self._known.move_to_end(which)
        if len(self._known) > self._remembered:
            self._known.popitem(last=False)

    def forget(self, which: Announcement) -> None:
        """This credential has changed."""
        self._heard += 1
        self._known.pop(which, None)
        self._asked.pop(which, None)

    def forget_all(self) -> None:
        """Any credential may have changed."""
        self._heard += 1
        self._known.clear()
        self._asked.clear()


def _basic(given: str) -> tuple[str, str]:
    """Name and password of an ``Authorization: Basic`` header. Source: RFC 7617."""
    try:
        name, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon:
        raise Unauthenticated("The Authorization header is not in the form of RFC 7617.")
    return name, password
