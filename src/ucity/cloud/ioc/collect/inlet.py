"""What stands behind the HTTP door: policy, validation, the log and the quarantine."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from ucity.blueprint import Declared, Readings
from ucity.cloud.ioc.collect.check import Checked, Sender, check
from ucity.cloud.ioc.policy import Access, Principal
from ucity.cloud.ioc.store import Batch, Committer, Rejected
from ucity.cloud.ioc.store.feed import encode
from ucity.errors import NotFound

_PIECE = 4 << 20
"""Most bytes of one message in the log; NATS takes 8 MB."""


class _Refused(Protocol):
    @property
    def field(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...


class Appender(Protocol):
    """The log: returns once the message is durable, raises TooManyRequests when the log is full."""

    async def append(self, subject: str, payload: bytes, *, message_id: str | None = None) -> int: ...


class Inlet:
    """``check_room`` raises TooManyRequests while the city is too far behind to take more."""

    def __init__(
        self,
        access: Access,
        log: Appender,
        committer: Committer,
        *,
        check_room: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._access, self._log, self._committer = access, log, committer
        self._check_room, self._clock = check_room, clock

    def admit(self, who: Principal, path: str) -> Declared:
        """The stream ``service/stream``, if ``who`` may send to it."""
        declared = self._access.catalogue.streams.get(path)
        if declared is None:
            raise NotFound(f"No service declares a stream {path[:100]!r}. GET /api/v1/streams lists them.")
        self._access.check_send(who, declared)
        self._check_room()
        return declared

    def check(self, who: Principal, declared: Declared, items: Sequence[Any]) -> Checked:
        """Validate what ``who`` sent."""
        subjects = self._access.subjects(who)
        itself = who.name if who.kind == "device" and who.speaks_for is None else None
        sender = Sender(str(who), itself, subjects)
        return check(declared, items, [sender] * len(items), self._clock())

    async def log(self, who: Principal, readings: Readings, key: str | None) -> None:
        """Append the readings, in as many messages as it takes."""
        await append_readings(self._log, readings, key and f"{who.tenant}\n{who}\n{key}")

    async def keep_aside(self, who: Principal, declared: Declared, refused: Iterable[tuple[_Refused, bytes]]) -> None:
        """Put refused readings into quarantine."""
        now = self._clock()
        rejected = tuple(
            Rejected(
                received_at=now,
                door="http",
                sender=str(who),
                stream=declared.path,
                payload=raw,
                reason=each.reason,
                detail=each.detail,
                field=each.field,
            )
            for each, raw in refused
        )
        await self._committer.commit(Batch(rejected=rejected))


async def append_readings(log: Appender, readings: Readings, key: str | None = None) -> None:
    """Append readings that were validated to the log, in as many messages as it takes.

    With a ``key`` the log takes the same readings once for some minutes. They are part of what it knows them by:
    other readings are kept, even under a key that was used before.
    """
    subject = f"ingest.http.{readings.service.split('/')[1]}.{readings.stream.name}"
    for payload in pieces(readings):
        name = None if key is None else hashlib.sha256(f"{subject}\n{key}\n".encode() + payload).hexdigest()
        await log.append(subject, payload, message_id=name)


def pieces(readings: Readings, most: int = _PIECE) -> Iterator[bytes]:
    """The readings as Arrow IPC files of at most ``most`` bytes each, or of one row."""
    payload = encode(readings.frame)
    if len(payload) <= most or len(readings) == 1:
        yield payload
        return
    half = len(readings) // 2
    for part in (readings.frame[:half], readings.frame[half:]):
        yield from pieces(Readings(readings.service, readings.stream, part), most)
