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

from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.cloud.ioc.policy.credentials import Credentials
from ucity.cloud.ioc.policy.principal import Scope
from ucity.cloud.ioc.policy.tokens import matches, parse_token
from ucity.demo import bicycles
from ucity.demo.transit import FEED
from ucity.demo.transit.door import EVERY_S, SCHEDULE

FILE = "secrets/demo-feeds.json"
KEY_NAME = "the demo's feeds"
_PATH = "/api/v1/feeds"
_PAUSE = 2.0
_TRIES = 150

log = structlog.get_logger()


class Kept(msgspec.Struct, frozen=True):
    """What is kept between starts. ``port``: of the feeds' address; ``added``: names of feeds that were added."""

    key: str = ""
    port: int = 0
    added: tuple[str, ...] = ()


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


def kept(data: Path) -> Kept:
    """What the folder ``data`` knows from before."""
    file = data / FILE
    return msgspec.json.decode(file.read_bytes(), type=Kept) if file.exists() else Kept()


def keep(data: Path, now: Kept) -> None:
    """Keep it for the next start."""
    private_folder((data / FILE).parent)
    write_private(data / FILE, msgspec.json.encode(now))


async def enrol_key(credentials: Credentials, data: Path) -> Kept:
    """What is kept, with a key to manage feeds; one that was revoked stays what it is, and is of no use."""
    known = kept(data)
    token = parse_token(known.key)
    found = await credentials.key(token.id) if token else None
    if token and found and matches(token.secret, found.secret_hash):
        return known
    _, text = await credentials.make_key(KEY_NAME, scopes={Scope.MANAGE})
    now = msgspec.structs.replace(known, key=text, added=())
    keep(data, now)
    return now


async def announce(http: httpx.AsyncClient, known: Kept, url: str, data: Path) -> None:
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
    keep(data, msgspec.structs.replace(known, port=httpx.URL(url).port or 0, added=added))
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
