"""The change feed: what each commit changed, in commit order, for rules, subscriptions and the live map."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO

import asyncpg
import polars as pl

from ucity.blueprint import Catalogue, Declared, Readings, Stream
from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.policy.announcements import Announcements
from ucity.cloud.ioc.store.alterations import Alteration, encoded
from ucity.cloud.ioc.store.database import Connection, Pool, session

CHANNEL = "ucity_change"
MAGIC = b"ARROW1"
"""What an encoded frame begins with, and JSON never."""
ANY = ""
"""What is announced when it is not told what changed."""
EDITED = "edited"
"""What is announced of documents that were edited."""
ALTERED = "altered"
"""What is announced of documents that somebody subscribes to. Of readings, the path of their stream is."""
_LOCK = 0x7563_6974_7903
_LONGEST = 7000
"""Bytes of an announcement at most; PostgreSQL takes 8000."""


_AFTER = """
SELECT seq, recorded_at, stream, entities, payload FROM (
    SELECT *, sum(readings) OVER (ORDER BY seq) - readings AS before
    FROM (SELECT * FROM change WHERE seq > $1 AND ($2::text IS NULL OR stream = $2) ORDER BY seq LIMIT 500) AS ahead
) AS counted WHERE before < $3 ORDER BY seq
"""


@dataclass(frozen=True)
class Change:
    """``readings``: new or corrected ones of a declared stream; ``current`` tells for each whether it changed current
    state, which late ones do not. ``entities``: ids of documents that were edited."""

    seq: int
    recorded_at: datetime
    readings: Readings | None
    current: pl.Series | None
    entities: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """Readings for the feed: the frame has the columns of readings and ``current``."""

    service: str
    stream: Stream
    frame: pl.DataFrame


def encode(frame: pl.DataFrame) -> bytes:
    """A frame as an Arrow IPC file."""
    out = BytesIO()
    frame.write_ipc(out)
    return out.getvalue()


def decode(payload: bytes) -> pl.DataFrame:
    """The frame in an Arrow IPC file."""
    return pl.read_ipc(BytesIO(payload), use_pyarrow=False)


_Row = tuple[datetime, str | None, list[str], int, bytes | None, bytes | None]


async def publish(
    connection: Connection,
    changed: Sequence[News],
    edited: Sequence[str],
    altered: list[Alteration],
    now: datetime,
) -> None:
    """Write a commit's changes as its last step. Sequence numbers must be visible in their order: so one at a time. Who
    listens is told once it is committed."""
    rows: list[_Row] = [
        (now, Declared(each.service, each.stream).path, [], each.frame.height, encode(each.frame), None)
        for each in changed
        if each.frame.height
    ]
    if edited:
        rows.append((now, None, list(edited), 0, None, None))
    rows += [(now, None, [], 0, None, each) for each in encoded(altered)]
    if not rows:
        return
    about = _announced(rows)
    await connection.execute("SELECT pg_advisory_xact_lock($1), pg_notify($2, $3)", _LOCK, CHANNEL, about)
    await connection.executemany(
        "INSERT INTO change (recorded_at, stream, entities, readings, payload, altered)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        rows,
    )


def _announced(rows: Iterable[_Row]) -> str:
    """What these rows change, so that whoever waits for something else is not woken."""
    about = " ".join(sorted({stream or (ALTERED if altered else EDITED) for _, stream, *_, altered in rows}))
    return about if len(about.encode()) <= _LONGEST else ANY


class Feed:
    """Reads the change feed. ``announcements`` wake readers as soon as something is committed; without them, they look
    now and then."""

    def __init__(self, pool: Pool, catalogue: Catalogue, announcements: Announcements | None = None) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._news: dict[str, asyncio.Event] = {}
        if announcements:
            announcements.hear(CHANNEL, self._wake, missed=partial(self._wake, ANY))

    def waiter(self, about: str = ANY) -> asyncio.Event:
        """What is set by the next commit that changes readings of this stream (its path), what is ALTERED, or anything.
        Take it before looking, so that none is missed."""
        return self._news.setdefault(about, asyncio.Event())

    def _wake(self, about: str) -> None:
        for each in (ANY, *about.split()) if about else list(self._news):
            if news := self._news.pop(each, None):
                news.set()

    async def last(self) -> int:
        """Sequence number of the newest change; 0 when there is none."""
        async with session(self._pool) as connection:
            return int(await connection.fetchval("SELECT coalesce(max(seq), 0) FROM change"))

    async def after(self, seq: int, *, stream: str | None = None, readings: int = 20_000) -> list[Change]:
        """Changes after ``seq`` in order, of one stream (``service/stream``) or all, up to about so many readings."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(_AFTER, seq, stream, readings)
        return [self._change(row) for row in rows]

    def _change(self, row: asyncpg.Record) -> Change:
        declared = self._catalogue.streams.get(row["stream"]) if row["stream"] else None
        if declared is None:
            return Change(row["seq"], row["recorded_at"], None, None, tuple(row["entities"]))
        frame = decode(row["payload"])
        # The stream may have been declared otherwise when they were stored, before an update of the city.
        readings = shaped(declared.service, declared.stream, frame)
        return Change(row["seq"], row["recorded_at"], readings, frame["current"], ())

    async def follow(self, seq: int, *, stream: str | None = None) -> AsyncIterator[list[Change]]:
        """Changes after ``seq`` as they are committed, without end."""
        while True:
            waiter = self.waiter(stream or ANY)
            if changes := await self.after(seq, stream=stream):
                seq = changes[-1].seq
                yield changes
                continue
            try:
                async with asyncio.timeout(5):
                    await waiter.wait()
            except TimeoutError:
                continue
