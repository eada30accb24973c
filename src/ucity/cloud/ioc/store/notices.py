"""The queues of what waits for being sent, one an endpoint, in a table: they survive whatever is killed.

A queue is bounded. In one that is full, what changes further takes the place of what waits of the same entity for the
same subscription; so an endpoint that is dead for days costs room by the number of entities, not by that of changes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from ucity.cloud.ioc.store.batch import Position
from ucity.cloud.ioc.store.database import Connection, Pool, session, transaction
from ucity.cloud.ioc.store.subscriptions import Subscription, record

MATCHER = "subscriptions"
"""Name of the place in the feed up to which changes were held against the subscriptions."""
BOUND = 10_000
"""Notices in one queue from which on they are merged."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one subscription has to be told. ``changes`` are places in the feed, each with the one of ``entities`` that
    was altered there; none when it is to be told how everything stands."""

    subscription: int
    endpoint: str
    changes: Sequence[int] = ()
    entities: Sequence[str] = ()
    made_at: datetime
    seq: int = 0
    version: int = 0
    refusals: int = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of attempts to tell a subscription; ``at`` is the time of the last."""

    subscription: int
    sent: int
    failed: int
    at: datetime
    succeeded_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True)
class Endpoint:
    """How an endpoint answers. ``retry_at``: not to be asked before; ``failures``: one after another."""

    endpoint: str
    retry_at: datetime | None
    failures: int
    failed_at: datetime | None


async def enqueue(connection: Connection, notices: Sequence[Notice], merge: Callable[[Notice], bool]) -> None:
    """Put notices at the end of their queues. ``merge``: whether one shall be added to what waits for its subscription
    already, because its queue is full or because it may not be told as often."""
    new = [each for each in notices if not merge(each)]
    if len(new) < len(notices):
        new += await _added(connection, _together(each for each in notices if merge(each)))
    await connection.copy_records_to_table(
        "notice",
        records=[(n.endpoint, n.subscription, list(n.changes), list(n.entities), n.made_at) for n in new],
        columns=("endpoint", "subscription", "changes", "entities", "made_at"),
    )


async def _added(connection: Connection, notices: Mapping[int, Notice]) -> list[Notice]:
    """Add these to the last that waits for their subscriptions, which is written once each, since it may tell of all
    entities that there are; those for which nothing waits."""
    rows = {row["subscription"]: row for row in await connection.fetch(_LAST, list(notices))}
    await connection.executemany(_REWRITE, [_grown(row, notices[key]) for key, row in rows.items()])
    return [each for key, each in notices.items() if key not in rows]


def _together(notices: Iterable[Notice]) -> dict[int, Notice]:
    """One notice for each subscription, with all that those for it tell."""
    of: dict[int, list[Notice]] = {}
    for each in notices:
        of.setdefault(each.subscription, []).append(each)
    found = {}
    for key, some in of.items():
        pairs = merged((each.changes, each.entities) for each in some)
        found[key] = replace(some[0], changes=[seq for seq, _ in pairs], entities=[id_ for _, id_ in pairs])
    return found


def _grown(row: asyncpg.Record, added: Notice) -> tuple[int, list[int], list[str], datetime]:
    """What was added is new, so that what both tell together is not too old to be told yet."""
    pairs = merged([(row["changes"], row["entities"]), (added.changes, added.entities)])
    return _written(row["seq"], pairs, added.made_at)


def merged(notices: Iterable[tuple[Sequence[int], Sequence[str]]]) -> list[tuple[int, str]]:
    """The last change of each entity, in the order of the changes."""
    last = {id_: seq for changes, entities in notices for seq, id_ in zip(changes, entities, strict=True)}
    return sorted((seq, id_) for id_, seq in last.items())


def _written(
    seq: int, pairs: Sequence[tuple[int, str]], made_at: datetime
) -> tuple[int, list[int], list[str], datetime]:
    return seq, [at for at, _ in pairs], [id_ for _, id_ in pairs], made_at


class Notices:
    """The queues, for those who send."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def full(self, bound: int = BOUND) -> frozenset[str]:
        """The endpoints of which the queue is full."""
        async with session(self._pool) as connection:
            rows = await connection.fetch("SELECT endpoint FROM notice GROUP BY endpoint HAVING count(*) >= $1", bound)
        return frozenset(row["endpoint"] for row in rows)

    async def waiting(self, shares: Collection[int], now: datetime) -> list[str]:
        """Endpoints of these shares for which something waits and which may be asked now."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(_WAITING, list(shares), now)
        return [row["endpoint"] for row in rows]

    async def endpoint(self, endpoint: str) -> Endpoint:
        """How it answers."""
        async with session(self._pool) as connection:
            row = await connection.fetchrow("SELECT * FROM notice_endpoint WHERE endpoint = $1", endpoint)
        return Endpoint(endpoint, row["retry_at"], row["failures"], row["failed_at"]) if row else _fresh(endpoint)

    async def ahead(self, asked: Sequence[tuple[str, int]], most: int) -> list[list[tuple[Notice, Subscription]]]:
        """For each (endpoint, seq): what waits for the endpoint after this notice, in order, at most so many, with the
        subscriptions as they are now."""
        async with session(self._pool) as connection:
            rows = await connection.fetch(_AHEAD, [name for name, _ in asked], [after for _, after in asked], most)
        found: list[list[tuple[Notice, Subscription]]] = [[] for _ in asked]
        for row in rows:
            found[row["place"] - 1].append((_notice(row), record(row)))
        return found

    async def settle(self, done: Sequence[Notice], outcomes: Sequence[Outcome]) -> None:
        """These need not be sent any more, but for what was added to them meanwhile; and count what was attempted."""
        columns = ("subscription", "sent", "failed", "at", "succeeded_at", "failed_at")
        counted = ([getattr(each, name) for each in outcomes] for name in columns)
        async with session(self._pool) as connection:
            gone = await connection.fetch(_SETTLE, *counted, [n.seq for n in done], [n.version for n in done])
        if len(gone) < len(done):
            seqs = {row["seq"] for row in gone}
            await self._shorten([each for each in done if each.seq not in seqs])

    async def _shorten(self, done: Sequence[Notice]) -> None:
        """Take out of notices that were added to what has been sent of them."""
        async with transaction(self._pool) as connection:
            for each in done:
                row = await connection.fetchrow("SELECT * FROM notice WHERE seq = $1 FOR UPDATE", each.seq)
                if row is not None:
                    sent = set(zip(each.changes, each.entities, strict=True))
                    pairs = [pair for pair in zip(row["changes"], row["entities"], strict=True) if pair not in sent]
                    if pairs:
                        await connection.execute(_REWRITE, *_written(each.seq, pairs, row["made_at"]))
                    else:
                        await connection.execute("DELETE FROM notice WHERE seq = $1", each.seq)

    async def tried(self, notices: Sequence[Notice]) -> None:
        """These came to nothing: the endpoint answered that it does not want them, or they cannot be made."""
        async with session(self._pool) as connection:
            await connection.execute(
                "UPDATE notice SET refusals = refusals + 1 WHERE seq = ANY($1)", [each.seq for each in notices]
            )

    async def set_aside(self, notices: Sequence[Notice], reason: str, now: datetime) -> None:
        """Take these off the queue, with all that was added to them, and keep them with the reason."""
        async with session(self._pool) as connection:
            await connection.execute(_SET_ASIDE, [each.seq for each in notices], now, reason)

    async def note(self, state: Endpoint) -> None:
        """Keep how an endpoint answers."""
        async with session(self._pool) as connection:
            await connection.execute(
                "UPDATE notice_endpoint SET retry_at = $2, failures = $3, failed_at = $4 WHERE endpoint = $1",
                state.endpoint,
                state.retry_at,
                state.failures,
                state.failed_at,
            )

    async def cool(self, state: Endpoint) -> int:
        """Give up what came within the cooldown after a failure, of subscriptions that have one, unless it is told
        together with what was there before; how many."""
        if state.failed_at is None or state.retry_at is None:
            return 0
        async with session(self._pool) as connection:
            gone = await connection.fetch(_COOL, state.endpoint, state.failed_at, state.retry_at)
        return len(gone)

    async def periodic(self, now: datetime) -> list[str]:
        """Put a notice for each subscription that is due by its interval, unless one waits; their endpoints."""
        async with transaction(self._pool) as connection:
            due = await connection.fetch(_DUE, now)
            for row in due:
                await connection.execute(_NEXT, row["key"], now)
            waiting = await connection.fetch(
                "SELECT DISTINCT subscription FROM notice WHERE subscription = ANY($1)", [row["key"] for row in due]
            )
            there = {row["subscription"] for row in waiting}
            new = [row for row in due if row["key"] not in there]
            notices = [Notice(subscription=row["key"], endpoint=row["endpoint"], made_at=now) for row in new]
            await enqueue(connection, notices, lambda _: False)
        return [each.endpoint for each in notices]


def _fresh(endpoint: str) -> Endpoint:
    return Endpoint(endpoint, None, 0, None)


_LAST = """
SELECT n.* FROM unnest($1::bigint[]) AS s(subscription) CROSS JOIN LATERAL (
    SELECT * FROM notice WHERE notice.subscription = s.subscription ORDER BY seq DESC LIMIT 1 FOR UPDATE
) AS n
"""
_REWRITE = "UPDATE notice SET changes = $2, entities = $3, made_at = $4, version = version + 1 WHERE seq = $1"
_SET_ASIDE = """
WITH gone AS (DELETE FROM notice WHERE seq = ANY($1) RETURNING *)
INSERT INTO notice_aside (seq, endpoint, subscription, changes, entities, made_at, set_aside_at, reason)
SELECT seq, endpoint, subscription, changes, entities, made_at, $2, $3 FROM gone
"""
_WAITING = """
SELECT endpoint FROM notice_endpoint AS e WHERE share = ANY($1) AND (retry_at IS NULL OR retry_at <= $2)
AND EXISTS (SELECT FROM notice AS n WHERE n.endpoint = e.endpoint)
"""
_COOL = """
DELETE FROM notice USING subscription AS s
WHERE notice.endpoint = $1 AND s.key = notice.subscription AND version = 0 AND made_at > $2 AND made_at < $3
AND made_at < $2 + make_interval(secs => (s.document::jsonb #>> '{notification,endpoint,cooldown}')::float8 / 1000)
RETURNING notice.seq
"""
_SETTLE = """
WITH counted AS (
    UPDATE subscription AS s SET times_sent = times_sent + o.sent, times_failed = times_failed + o.failed,
        last_notification = greatest(last_notification, o.at), last_success = greatest(last_success, o.succeeded_at),
        last_failure = greatest(last_failure, o.failed_at)
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
        AS o(subscription, sent, failed, at, succeeded_at, failed_at)
    WHERE s.key = o.subscription
)
DELETE FROM notice USING unnest($7::bigint[], $8::int[]) AS done(seq, version)
WHERE notice.seq = done.seq AND notice.version = done.version RETURNING notice.seq
"""
_AHEAD = """
SELECT a.place, n.seq, n.subscription, n.changes, n.entities, n.made_at, n.version, n.refusals, s.*
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS a(endpoint, after, place)
CROSS JOIN LATERAL (
    SELECT * FROM notice WHERE notice.endpoint = a.endpoint AND seq > a.after ORDER BY seq LIMIT $3
) AS n
JOIN subscription AS s ON s.key = n.subscription ORDER BY n.seq
"""
_DUE = """
SELECT key, endpoint FROM subscription WHERE due_at <= $1 AND deleted_at IS NULL
ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED
"""
_NEXT = """
UPDATE subscription SET due_at = due_at + every * ceil(extract(epoch FROM $2 - due_at + interval '1 microsecond')
    / extract(epoch FROM every))
FROM (
    SELECT greatest(make_interval(secs => (document::jsonb ->> 'timeInterval')::float8), interval '1 ms') AS every
    FROM subscription WHERE key = $1
) AS own WHERE key = $1
"""


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(
        subscription=row["subscription"],
        endpoint=row["endpoint"],
        changes=row["changes"],
        entities=row["entities"],
        made_at=row["made_at"],
        seq=row["seq"],
        version=row["version"],
        refusals=row["refusals"],
    )


def place(after: int, seq: int) -> Position:
    """The matcher's step in the feed."""
    return Position(name=MATCHER, after=after, seq=seq)
