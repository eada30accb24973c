"""The door for readings over HTTP: a batch is validated before it is logged, so that its sender hears of each bad item.

The answer 202 is given only once the accepted readings are durable in the log and the rejected ones in quarantine.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

from ucity.blueprint import Declared, Readings
from ucity.errors import BadInput, TooManyRequests, TooSlow, Unprocessable
from ucity.network.http.decode import Decoded, decode

READINGS = Counter("ucity_http_readings_total", "Readings sent over HTTP.", ["stream", "outcome"])
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
# Decoding so much takes about a millisecond, which the event loop can spare; more goes to a thread.
_SMALL = 32 << 10


class Problem(Protocol):
    """What is wrong with the reading at ``index`` of those that were checked."""

    @property
    def index(self) -> int: ...
    @property
    def field(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...


class Checked(Protocol):
    """Readings that passed, and the problems of those that did not, or not wholly."""

    @property
    def readings(self) -> Readings: ...
    @property
    def accepted(self) -> Sequence[int]: ...
    @property
    def problems(self) -> Sequence[Problem]: ...


class Refused(msgspec.Struct, frozen=True):
    """What the sender, and the quarantine, hear of one reading."""

    index: int
    field: str | None
    reason: str
    detail: str


class Inlet(Protocol):
    """What the door needs of the operations centre. ``who`` is whoever the edge has authenticated."""

    def admit(self, who: Any, path: str) -> Declared:
        """The stream ``service/stream``; raises unless ``who`` may send to it, and the city can take readings now."""
        ...

    def check(self, who: Any, declared: Declared, items: Sequence[Any]) -> Checked:
        """Validate; pure, and called in a thread."""
        ...

    async def log(self, who: Any, readings: Readings, key: str | None) -> None:
        """Return once the readings are durable. The same ``key`` with the same readings is logged once."""
        ...

    async def keep_aside(self, who: Any, declared: Declared, refused: Iterable[tuple[Refused, bytes]]) -> None:
        """Return once the refused readings, with what arrived, are in quarantine."""
        ...


@dataclass(frozen=True)
class Room:
    """``bytes`` of bodies that may be in memory at once, ``seconds`` for a body to arrive, ``threads`` that decode."""

    bytes: int = 192 << 20
    seconds: float = 60
    threads: int = 2


class ReadingsDoor:
    """Takes requests for ``/readings/{service}/{stream}``."""

    def __init__(self, inlet: Inlet, room: Room | None = None) -> None:
        self._inlet = inlet
        self._room = room or Room()
        self._held = 0
        self._threads = asyncio.Semaphore(self._room.threads)

    async def receive(self, request: Request) -> Response:
        """Take one batch in. Raises UcityError."""
        who = request.state.principal
        path = f"{request.path_params['service']}/{request.path_params['stream']}"
        declared = self._inlet.admit(who, path)
        key = _idempotency_key(request)
        with self._holding() as hold:
            body = await self._read(request, hold)
            decoded, checked = await self._checked(who, declared, body, request.headers.get("content-type", ""))
            if len(checked.readings):
                await self._inlet.log(who, checked.readings, key)
            refused = _refused(decoded, checked)
            if refused:
                raw = decoded.raw({each.index for each in refused})
                await self._inlet.keep_aside(who, declared, [(each, raw[each.index]) for each in refused])
        return _answer(path, len(checked.accepted), refused)

    @contextmanager
    def _holding(self) -> Iterator["_Hold"]:
        hold = _Hold()
        try:
            yield hold
        finally:
            self._held -= hold.bytes

    async def _read(self, request: Request, hold: "_Hold") -> bytes:
        parts = []
        try:
            async with asyncio.timeout(self._room.seconds):
                async for part in request.stream():
                    self._held += len(part)
                    hold.bytes += len(part)
                    if self._held > self._room.bytes:
                        raise TooManyRequests("The city has its hands full with other readings.", retry_after=2)
                    parts.append(part)
        except TimeoutError as error:
            raise TooSlow(f"The body did not arrive within {self._room.seconds:g} s.") from error
        return b"".join(parts)

    async def _checked(self, who: Any, declared: Declared, body: bytes, media_type: str) -> tuple[Decoded, Checked]:
        def work() -> tuple[Decoded, Checked]:
            decoded = decode(body, media_type)
            return decoded, self._inlet.check(who, declared, decoded.items)

        if len(body) <= _SMALL:
            return work()
        async with self._threads:
            return await asyncio.to_thread(work)


class _Hold:
    """How much of the room one request takes up."""

    bytes = 0


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadInput("Idempotency-Key has 1 to 128 visible ASCII characters.")
    return key


def _refused(decoded: Decoded, checked: Checked) -> list[Refused]:
    """Every problem, by its index among the readings that were sent."""
    broken = [Refused(each.index, None, "not_json", each.detail) for each in decoded.broken]
    found = [Refused(decoded.indices[each.index], each.field, each.reason, each.detail) for each in checked.problems]
    return sorted(broken + found, key=lambda each: each.index)


def _answer(path: str, accepted: int, refused: list[Refused]) -> Response:
    READINGS.labels(path, "accepted").inc(accepted)
    READINGS.labels(path, "refused").inc(len({each.index for each in refused}))
    if not accepted:
        raise Unprocessable(
            "None of the readings can be taken.", accepted=0, rejected=[msgspec.to_builtins(each) for each in refused]
        )
    body = msgspec.json.encode({"accepted": accepted, "rejected": refused})
    return Response(body, 202, media_type="application/json")
