"""How the city stands: how far behind each log and each rule is, and what waits in quarantine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from nats.aio.client import Client
from prometheus_client import Gauge

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.store import Pool, session
from ucity.cloud.ioc.store.notices import MATCHER
from ucity.network.log import Log
from ucity.network.log_state import log_state

# Of several web processes that look, the last one is right.
_BEHIND = Gauge(
    "ucity_behind",
    "Messages or changes that a log or rule has not taken in yet.",
    ["kind", "name"],
    multiprocess_mode="livemostrecent",
)
_WAITING = Gauge("ucity_quarantine_waiting", "Readings in quarantine.", ["stream"], multiprocess_mode="livemostrecent")
_NOTICES = Gauge(
    "ucity_notifying",
    "Subscriptions, rows of the feed not matched yet, notices that wait or were set aside, endpoints that fail.",
    ["what"],
    multiprocess_mode="livemostrecent",
)


@dataclass(frozen=True)
class Lag:
    """How far something was taken in. ``behind`` = ``last`` - ``position``; ``moved_at`` None: never yet."""

    position: int
    last: int
    behind: int
    moved_at: datetime | None


@dataclass(frozen=True)
class Notifications:
    """``subscriptions`` there are; ``behind``: rows of the feed that were not held against them yet; ``waiting``:
    notices that wait for being sent; ``aside``: those of the last days that cannot be; ``failing``: endpoints that did
    not take the last one."""

    subscriptions: int
    behind: int
    waiting: int
    aside: int
    failing: int


@dataclass(frozen=True)
class Standing:
    """``logs`` count messages, ``rules`` changes; ``quarantine`` maps a stream to the readings that wait."""

    logs: dict[str, Lag]
    rules: dict[str, Lag]
    quarantine: dict[str, int]
    notifications: Notifications


_NOTIFICATIONS = """
SELECT (SELECT count(*) FROM subscription WHERE deleted_at IS NULL) AS subscriptions,
    (SELECT count(*) FROM change WHERE altered IS NOT NULL
        AND seq > coalesce((SELECT seq FROM log_position WHERE name = $1), 0)) AS behind,
    (SELECT count(*) FROM notice) AS waiting, (SELECT count(*) FROM notice_aside) AS aside,
    (SELECT count(*) FROM notice_endpoint WHERE failures > 0) AS failing
"""
_RULE = "SELECT coalesce(max(seq), 0) FROM change WHERE stream = $1"


async def standing(pool: Pool, bus: Client, catalogue: Catalogue, logs: Iterable[Log]) -> Standing:
    """Look now. Raises Unavailable while the database or the bus is away."""
    ends = {log.name: (log.incarnation, (await log_state(bus, log.name)).last) for log in logs}
    async with session(pool) as connection:
        rows = await connection.fetch("SELECT name, incarnation, seq, updated_at FROM log_position")
        waiting = await connection.fetch(
            "SELECT stream, count(*) AS n FROM quarantine WHERE state = 'waiting' GROUP BY stream ORDER BY stream"
        )
        told = await connection.fetchrow(_NOTIFICATIONS, MATCHER)
        last = {
            rule.name: await connection.fetchval(_RULE, f"{service.split('/')[1]}/{rule.on.name}")
            for service, rule in catalogue.rules
        }
    positions = {row["name"]: row for row in rows}
    found = Standing(
        logs={name: _lag(positions.get(name), end, incarnation) for name, (incarnation, end) in ends.items()},
        rules={name: _lag(positions.get(name), end) for name, end in last.items()},
        quarantine={row["stream"]: row["n"] for row in waiting},
        notifications=Notifications(**dict(told or {})),
    )
    _show(found, catalogue)
    return found


def _lag(row: asyncpg.Record | None, last: int, incarnation: str = "") -> Lag:
    if row is None or row["incarnation"] != incarnation:
        return Lag(0, last, last, None)
    # A rule may stand on a change of another stream, after the last one of its own.
    return Lag(row["seq"], last, max(0, last - row["seq"]), row["updated_at"])


def _show(found: Standing, catalogue: Catalogue) -> None:
    for kind, lags in (("log", found.logs), ("rule", found.rules)):
        for name, lag in lags.items():
            _BEHIND.labels(kind, name).set(lag.behind)
    for name in ("subscriptions", "behind", "waiting", "aside", "failing"):
        _NOTICES.labels(name).set(getattr(found.notifications, name))
    for stream in {*catalogue.streams, *found.quarantine}:
        _WAITING.labels(stream).set(found.quarantine.get(stream, 0))
