"""The simulated operators make their feeds known to the city, as whoever manages it would: by URL, with a key.

The key and the port of the feeds are kept in the data folder, so that the addresses are the same ones after a restart.
Whoever revokes the key, or removes a feed, is not overruled: a feed is added once.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import structlog

from ucity.demo import bicycles
from ucity.demo.kept import Known, keep_feeds
from ucity.demo.transit import FEED
from ucity.demo.transit.door import EVERY_S, SCHEDULE

_PATH = "/api/v1/feeds"
_PAUSE = 2.0
_TRIES = 150

log = structlog.get_logger()


class Announced(NamedTuple):
    """A feed as the city is told of it."""

    name: str
    path: str
    format: str
    every: int


FEEDS = (
    Announced(FEED, SCHEDULE, "gtfs", 3600),
    Announced(f"{FEED}-vehicles", "/vehicle_positions.pb", "gtfs-realtime", EVERY_S),
    Announced(f"{FEED}-trips", "/trip_updates.pb", "gtfs-realtime", EVERY_S),
    Announced(f"{FEED}-alerts", "/alerts.pb", "gtfs-realtime", 3 * EVERY_S),
    Announced(f"{FEED}-bicycles", bicycles.DISCOVERY, "gbfs", bicycles.EVERY_S),
)
"""The timetable first: those in GTFS-Realtime speak of its trips."""


async def announce(http: httpx.AsyncClient, known: Known, url: str, data: Path) -> None:
    """Make all feeds known that are published under ``url``; those that have another address are added anew."""
    headers = {"Authorization": f"Bearer {known.key}"}
    told = await _insist(http, "GET", _PATH, headers=headers)
    if told is None:
        return
    there = {each["name"]: each.get("url") for each in told["feeds"]}
    moved = [each for each in FEEDS if there.get(each.name) not in {None, url + each.path}]
    # Real-time feeds go before the timetable that they speak of, and with it.
    gone = [each for each in reversed(FEEDS) if each.name in there] if FEEDS[0] in moved else moved
    for each in gone:
        await _insist(http, "DELETE", f"{_PATH}/{each.name}", headers=headers)
    again = [each for each in FEEDS if each in gone or each.name not in {*there, *known.added}]
    for each in again:
        await _insist(http, "POST", _PATH, headers=headers, json=_body(each, url))
    added = tuple(sorted({*known.added, *(each.name for each in again)}))
    keep_feeds(data, msgspec.structs.replace(known, port=httpx.URL(url).port or 0, added=added))
    log.info("feeds are known to the city", added=[each.name for each in again])


def _body(feed: Announced, url: str) -> Mapping[str, Any]:
    body = {"name": feed.name, "url": url + feed.path, "format": feed.format, "every": feed.every}
    return body | {"timetable": FEED} if feed.format == "gtfs-realtime" else body


async def _insist(http: httpx.AsyncClient, method: str, path: str, **how: Any) -> Any:
    """The city's answer, however long it takes to come up; None when it does not want to."""
    for _ in range(_TRIES):
        try:
            answer = await http.request(method, path, **how)
        except httpx.TransportError:
            await asyncio.sleep(_PAUSE)
            continue
        if answer.is_success:
            return answer.json() if answer.content else {}
        if answer.status_code not in {429, 503}:
            log.warning("the city does not take a feed", status=answer.status_code, answer=answer.text[:300])
            return None
        await asyncio.sleep(_PAUSE)
    return None
