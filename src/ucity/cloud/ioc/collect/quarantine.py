"""The quarantine: readings that failed validation, to look at, to mend and replay, or to dismiss.

A message with several faults has an entry for each. Replaying it closes them all: it is taken only when nothing in it
is wrong any more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import msgspec

from ucity.blueprint import Catalogue, Readings
from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.collect.check import Sender, check
from ucity.cloud.ioc.collect.inlet import Appender, append_readings
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import type_iri
from ucity.cloud.ioc.store import Pool, session
from ucity.cloud.ioc.store.feed import MAGIC, decode
from ucity.errors import BadInput, Conflict, NotFound, Unprocessable

_FIELDS = (
    "id, received_at, last_received_at, times, door, sender, stream, reason, field, detail, state, closed_at, closed_by"
)
_SAME = """
UPDATE quarantine SET state = $2, closed_at = $3, closed_by = $4 FROM quarantine AS this
WHERE this.id = $1 AND quarantine.state = 'waiting' AND quarantine.stream = this.stream
AND quarantine.sender = this.sender AND sha256(quarantine.payload) = sha256(this.payload)
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One reading in quarantine, and why. ``state``: waiting, replayed or dismissed. ``times``: how often it came."""

    id: int
    received_at: datetime
    last_received_at: datetime
    times: int
    door: str
    sender: str
    stream: str
    reason: str
    field: str | None
    detail: str
    state: str
    closed_at: datetime | None
    closed_by: str | None
    payload: bytes | None = None


class Quarantine:
    """Everything that can be done with it. Who may do it is decided by whoever calls, and what may be seen by the
    predicate."""

    def __init__(
        self,
        pool: Pool,
        catalogue: Catalogue,
        log: Appender,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool, self._catalogue, self._log, self._clock = pool, catalogue, log, clock

    async def entries(
        self,
        predicate: Predicate,
        *,
        state: str = "waiting",
        stream: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Entry]:
        """Entries in the order of their ids, from the one after ``after`` on, without what arrived."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(
                f"SELECT {_FIELDS} FROM quarantine WHERE state = $1 AND ($2::text IS NULL OR stream = $2) AND id > $3"  # noqa: S608 - our own columns
                " AND ($5::text[] IS NULL OR stream = ANY($5)) ORDER BY id LIMIT $4",
                state,
                stream,
                after,
                limit,
                self._streams(predicate),
            )
        return [Entry(**row) for row in rows]

    async def entry(self, predicate: Predicate, id_: int) -> Entry:
        """One entry with what arrived. Raises NotFound."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM quarantine WHERE id = $1 AND ($2::text[] IS NULL OR stream = ANY($2))",
                id_,
                self._streams(predicate),
            )
        return _found(row, id_)

    def _streams(self, predicate: Predicate) -> list[str] | None:
        """Paths of the streams of which entries may be seen; None for all, those included that nobody declares."""
        if predicate.everything:
            return None
        streams = {path: declared.stream for path, declared in self._catalogue.streams.items()}
        return [
            path for path, stream in streams.items() if predicate.attributes([type_iri(stream.entity_type)]) is None
        ]

    async def counts(self) -> dict[str, int]:
        """How many are waiting, by stream."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(
                "SELECT stream, count(*) AS n FROM quarantine WHERE state = 'waiting' GROUP BY stream ORDER BY stream"
            )
        return {row["stream"]: row["n"] for row in rows}

    async def replay(self, predicate: Predicate, id_: int, by: str, mended: bytes | None = None) -> int:
        """Take the reading in now, as it arrived or as ``mended`` (JSON); how many entries that closed.

        Raises Unprocessable with the problems that it still has, Conflict when it was closed already.
        """
        entry = await self.entry(predicate, id_)
        if entry.state != "waiting":
            raise Conflict(f"Entry {id_} was {entry.state} already.")
        await append_readings(self._log, self._checked(entry, mended or entry.payload or b""))
        # Closed only afterwards: a crash in between replays it once more, which is recognised as a repeat.
        return await self._close(id_, "replayed", by)

    async def dismiss(self, ids: Iterable[int], by: str) -> int:
        """Close these entries without taking them in; how many were waiting."""
        async with session(self._pool) as connection:
            status = await connection.execute(
                "UPDATE quarantine SET state = 'dismissed', closed_at = $2, closed_by = $3"
                " WHERE id = ANY($1) AND state = 'waiting'",
                list(ids),
                self._clock(),
                by,
            )
        return int(status.split()[-1])

    async def _close(self, id_: int, state: str, by: str) -> int:
        async with session(self._pool) as connection:
            status = await connection.execute(_SAME, id_, state, self._clock(), by)
        return int(status.split()[-1])

    def _checked(self, entry: Entry, payload: bytes) -> Readings:
        declared = self._catalogue.streams.get(entry.stream)
        if declared is None or declared.stream.derived:
            raise Unprocessable(f"No service takes readings of {entry.stream!r}, so it cannot be replayed.")
        if payload.startswith(MAGIC):
            # What the HTTP door had validated and the city could not store then.
            return shaped(declared.service, declared.stream, decode(payload))
        items = _items(payload)
        device = entry.sender.removeprefix("device:") if entry.sender.startswith("device:") else None
        checked = check(declared, items, [Sender(entry.sender, device)] * len(items), self._clock())
        if checked.problems or not items:
            problems = [{"field": p.field, "reason": p.reason, "detail": p.detail} for p in checked.problems]
            raise Unprocessable("The reading still has problems.", rejected=problems)
        return checked.readings


def _items(payload: bytes) -> Sequence[object]:
    try:
        said = msgspec.json.decode(payload)
    except (ValueError, RecursionError) as error:
        raise BadInput("What is to be replayed is not JSON. Mend it first.") from error
    return said if isinstance(said, list) else [said]


def _found(row: asyncpg.Record | None, id_: int) -> Entry:
    if row is None:
        raise NotFound(f"The quarantine has no entry {id_}.")
    return Entry(**row)
