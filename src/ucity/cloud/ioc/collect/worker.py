"""The collector: reads a durable log in order, validates what is new, and commits it together with the log's position.

The position in PostgreSQL is the only truth about how far a log was taken in; the log itself is trimmed afterwards. So
a crash at any point repeats at most work that had no effect.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import polars as pl
import structlog

from ucity.blueprint import Catalogue, Readings
from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.collect.check import Sender, check
from ucity.cloud.ioc.policy import Access, Principal
from ucity.cloud.ioc.store import Batch, Committer, Position, Rejected, StalePosition
from ucity.cloud.ioc.store.feed import decode
from ucity.errors import Forbidden, UcityError
from ucity.network.log import Log, Logged
from ucity.network.mqtt.topics import ROOT, Malformed, parse

Senders = Callable[[set[str]], Awaitable[dict[str, Principal]]]
"""Names of devices to what is known of them; unknown ones are left out."""

log = structlog.get_logger()
MOST_ITEMS = 10_000
"""Readings in one message of a device."""
_parse = msgspec.json.Decoder().decode
_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_NOT_THEIR_FAULT = (UcityError, MemoryError, asyncpg.SyntaxOrAccessError)
"""Faults of the city, whatever the messages say: they wait for better times, and none of them goes to quarantine."""


@dataclass(frozen=True)
class Intake:
    """How much is read at once: what bounds the memory and the length of a transaction."""

    messages: int = 5_000
    bytes: int = 4 << 20
    wait: float = 1.0


DEFAULT = Intake()
_MUCH = 64
"""The part of an intake from which on there is much to take in."""
_HTTP, _QOS0 = "ingest.http.", "ingest.mqtt."


@dataclass(frozen=True)
class _Sent:
    """One message of one device: what it says, and how it arrived."""

    device: str
    path: str
    item: Any
    payload: bytes
    received: datetime


@dataclass(frozen=True)
class _Read:
    """Messages from the log, and what is to be committed of them; None when that is still to be found out. ``more``:
    probably more are waiting."""

    messages: Sequence[Logged]
    batch: Batch | None
    more: bool


class Collector:
    """Takes one log in. Several may run on the same log; one works and the others stand by."""

    def __init__(
        self, source: Log, committer: Committer, access: Access, senders: Senders, intake: Intake = DEFAULT
    ) -> None:
        self._source = source
        self._committer = committer
        self._access = access
        self._catalogue: Catalogue = access.catalogue
        self._senders = senders
        self._intake = intake
        self._incarnation = source.incarnation

    async def run(self) -> None:
        """Take in until cancelled; whatever is away is waited for."""
        pause = 0.1
        while True:
            try:
                await self._follow()
            except StalePosition:
                await asyncio.sleep(1)
            except UcityError as error:
                log.warning("collector waits", log=self._source.name, why=error.detail)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)
            else:
                pause = 0.1

    async def _follow(self) -> None:
        position = await self.position()
        ahead: asyncio.Task[_Read] | None = None
        try:
            for _ in range(1000):
                read = await (ahead or self._read(position))
                ahead = None
                if not read.messages:
                    continue
                if read.more:  # then the next ones are made ready while the database works on these
                    ahead = asyncio.create_task(self._read(read.messages[-1].seq))
                await self.take(position, read.messages, read.batch)
                position = read.messages[-1].seq
                await self._source.trim(position)
        finally:
            if ahead:
                ahead.cancel()
                await asyncio.wait([ahead])

    async def _read(self, after: int) -> _Read:
        limit = self._intake
        messages = await self._source.read(after, max_messages=limit.messages, max_bytes=limit.bytes, wait=limit.wait)
        size = sum(len(message.payload) for message in messages)
        much = len(messages) * _MUCH >= limit.messages or size * _MUCH >= limit.bytes
        self._committer.rush.tell(self._source.name, much=much)
        more = len(messages) * 2 >= limit.messages or size * 2 >= limit.bytes
        try:
            return _Read(messages, await self._batch(messages), more)
        except _NOT_THEIR_FAULT:
            raise
        except Exception:  # noqa: BLE001 - ``take`` comes to it again, and finds out which of them it is
            return _Read(messages, None, more)

    async def position(self) -> int:
        """Sequence number up to which the log was taken in; 0 for a log that was made anew."""
        # Kept, because reading ahead may find the log made anew, and that is not where these messages are from.
        self._incarnation = self._source.incarnation
        return await self._committer.position(self._source.name, self._incarnation)

    async def take(self, after: int, messages: Sequence[Logged], batch: Batch | None = None) -> None:
        """Commit these messages, of which ``batch`` was made; if one of them cannot be stored, find it, keep it aside,
        and store the others."""
        try:
            await self._commit(batch or await self._batch(messages), after, messages[-1].seq)
        except _NOT_THEIR_FAULT:
            raise
        except Exception as error:
            log.exception("a batch cannot be stored", log=self._source.name, messages=len(messages))
            if len(messages) == 1:
                rejected = (
                    self._aside(messages[0], "not_storable", f"It could not be stored: {type(error).__name__}."),
                )
                await self._commit(Batch(rejected=rejected), after, messages[0].seq)
                return
            half = len(messages) // 2
            await self.take(after, messages[:half])
            await self.take(messages[half - 1].seq, messages[half:])

    async def _commit(self, batch: Batch, after: int, seq: int) -> None:
        position = Position(name=self._source.name, after=after, seq=seq, incarnation=self._incarnation)
        await self._committer.commit(Batch(readings=batch.readings, rejected=batch.rejected, position=position))

    async def _batch(self, messages: Sequence[Logged]) -> Batch:
        """Messages sorted by what they are: batches that a door has validated, or a device's own words."""
        readings: list[Readings] = []
        rejected: list[Rejected] = []
        sent: list[_Sent] = []
        for message in messages:
            if message.subject.startswith(_HTTP):
                readings += self._validated(message, rejected)
            else:
                self._unpack(message, sent, rejected)
        checked, more = await self._check(sent)
        return Batch(readings=_merged([*readings, *checked]), rejected=(*rejected, *more))

    def _validated(self, message: Logged, rejected: list[Rejected]) -> list[Readings]:
        path = message.subject.removeprefix(_HTTP).replace(".", "/", 1)
        declared = self._catalogue.streams.get(path)
        if declared is None:
            rejected.append(self._aside(message, "unknown_stream", f"No service declares {path}."))
            return []
        # The stream may have been declared otherwise when the door took them, before an update of the city.
        return [shaped(declared.service, declared.stream, decode(message.payload))]

    def _unpack(self, message: Logged, sent: list[_Sent], rejected: list[Rejected]) -> None:
        topic = parse(_topic_subject(message.subject))
        if isinstance(topic, Malformed) or topic.path not in self._catalogue.streams:
            detail = topic.detail if isinstance(topic, Malformed) else f"No service declares {topic.path}."
            rejected.append(self._aside(message, "unknown_stream", detail))
            return
        try:
            said = _parse(message.payload)
            raw = _parts(message.payload) if isinstance(said, list) else [message.payload]
        except (ValueError, RecursionError) as error:
            rejected.append(self._aside(message, "not_json", f"The message is not JSON: {error}"))
            return
        items = said if isinstance(said, list) else [said]
        if len(items) > MOST_ITEMS:
            rejected.append(self._aside(message, "too_many", f"One message has at most {MOST_ITEMS} readings."))
            return
        sent += [
            _Sent(topic.device, topic.path, item, bytes(part), message.received)
            for item, part in zip(items, raw, strict=True)
        ]

    async def _check(self, sent: list[_Sent]) -> tuple[list[Readings], list[Rejected]]:
        known = await self._senders({each.device for each in sent}) if sent else {}
        by_path: dict[str, list[_Sent]] = defaultdict(list)
        rejected: list[Rejected] = []
        for each in sent:
            why = self._refusal(known.get(each.device), each.path)
            if why:
                rejected.append(_rejected(each, "not_allowed", None, why))
            else:
                by_path[each.path].append(each)
        readings = []
        for path, some in by_path.items():
            checked, problems = self._checked(path, some, known)
            readings.append(checked)
            rejected += problems
        return readings, rejected

    def _refusal(self, who: Principal | None, path: str) -> str | None:
        if who is None:
            return "The city does not know this device."
        try:
            self._access.check_send(who, self._catalogue.streams[path])
        except Forbidden as error:
            return error.detail
        return None

    def _checked(self, path: str, some: list[_Sent], known: dict[str, Principal]) -> tuple[Readings, list[Rejected]]:
        senders = {
            name: Sender(str(who), who.name, self._access.subjects(who))
            for name in {each.device for each in some}
            if (who := known[name])
        }
        checked = check(
            self._catalogue.streams[path],
            [each.item for each in some],
            [senders[each.device] for each in some],
            datetime.now(UTC),
        )
        problems = [_rejected(some[p.index], p.reason, p.field, p.detail) for p in checked.problems]
        return checked.readings, problems

    def _aside(self, message: Logged, reason: str, detail: str) -> Rejected:
        """A whole message for the quarantine, under the names that its subject gives, whether they mean anything."""
        if message.subject.startswith(_HTTP):
            door, sender, path = "http", "", message.subject.removeprefix(_HTTP)
        else:
            device, _, path = _topic_subject(message.subject).partition(".")[2].partition(".")
            door, sender = "mqtt", f"device:{device}"
        return Rejected(
            received_at=message.received,
            door=door,
            sender=sender,
            stream=path.replace(".", "/"),
            payload=message.payload,
            reason=reason,
            detail=detail,
        )


def _topic_subject(subject: str) -> str:
    """The subject that a device's topic has in NATS, also of what was forwarded from QoS 0."""
    return f"{ROOT}.{subject.removeprefix(_QOS0)}" if subject.startswith(_QOS0) else subject


def _merged(readings: list[Readings]) -> tuple[Readings, ...]:
    """The same readings, one frame a stream."""
    frames: dict[tuple[str, str], list[Readings]] = defaultdict(list)
    for each in readings:
        frames[each.service, each.stream.name].append(each)
    return tuple(
        Readings(some[0].service, some[0].stream, pl.concat([each.frame for each in some])) for some in frames.values()
    )


def _rejected(sent: _Sent, reason: str, field: str | None, detail: str) -> Rejected:
    return Rejected(
        received_at=sent.received,
        door="mqtt",
        sender=f"device:{sent.device}",
        stream=sent.path,
        payload=sent.payload,
        reason=reason,
        detail=detail,
        field=field,
    )
