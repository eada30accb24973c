"""Feeds are made known to the city once, and again only where their address has changed."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ucity.cloud.ioc.policy import Authenticator, Credentials, Scope
from ucity.cloud.ioc.store import Pool, session
from ucity.demo.enrol import enrol_key
from ucity.demo.kept import Known, keep_feeds, known_feeds
from ucity.demo.transit.announce import FEEDS, announce

NAMES = {"demo-busan", "demo-busan-vehicles", "demo-busan-trips", "demo-busan-alerts", "demo-busan-bicycles"}
HERE, THERE = "http://127.0.0.1:4001", "http://127.0.0.1:4002"


class City:
    """A city's feeds, with what was asked of it."""

    def __init__(self) -> None:
        self.feeds: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []

    async def every(self, request: Request) -> Response:
        """List, or add."""
        if request.method == "GET":
            return JSONResponse({"feeds": list(self.feeds.values())})
        feed = await request.json()
        assert feed["format"] != "gtfs-realtime" or feed["timetable"] in self.feeds
        self.feeds[feed["name"]] = feed
        self.asked.append(("add", feed["name"]))
        return JSONResponse(feed, 201)

    async def one(self, request: Request) -> Response:
        """Remove."""
        name = request.path_params["name"]
        assert not any(feed.get("timetable") == name for feed in self.feeds.values())
        del self.feeds[name]
        self.asked.append(("remove", name))
        return Response(status_code=204)


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
async def http(city: City) -> AsyncIterator[httpx.AsyncClient]:
    routes = [
        Route("/api/v1/feeds", city.every, methods=["GET", "POST"]),
        Route("/api/v1/feeds/{name}", city.one, methods=["DELETE"]),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(base_url="http://city", transport=transport) as client:
        yield client


async def test_feeds_are_added_once_with_the_timetable_first(
    city: City, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    await announce(http, Known("key"), HERE, tmp_path)
    assert city.feeds.keys() == NAMES
    assert city.asked[0] == ("add", "demo-busan")
    assert city.feeds["demo-busan-trips"]["url"] == f"{HERE}/trip_updates.pb"
    assert known_feeds(tmp_path).port == 4001
    city.asked.clear()
    await announce(http, known_feeds(tmp_path), HERE, tmp_path)
    assert city.asked == []


async def test_at_another_address_they_are_added_anew(city: City, http: httpx.AsyncClient, tmp_path: Path) -> None:
    await announce(http, Known("key"), HERE, tmp_path)
    await announce(http, known_feeds(tmp_path), THERE, tmp_path)
    assert all(feed["url"].startswith(f"{THERE}/") for feed in city.feeds.values())


async def test_a_feed_that_somebody_removed_stays_away(city: City, http: httpx.AsyncClient, tmp_path: Path) -> None:
    await announce(http, Known("key"), HERE, tmp_path)
    del city.feeds["demo-busan-alerts"]
    await announce(http, known_feeds(tmp_path), HERE, tmp_path)
    assert city.feeds.keys() == NAMES - {"demo-busan-alerts"}


async def test_the_key_is_kept_and_may_manage(pool: Pool, tmp_path: Path) -> None:
    credentials = Credentials(partial(session, pool))
    known = await enrol_key(credentials, tmp_path)
    assert await enrol_key(credentials, tmp_path) == known
    who = await Authenticator(credentials).authenticate({"authorization": f"Bearer {known.key}"}, "here")
    assert who.scopes == {Scope.MANAGE}


async def test_a_revoked_key_is_not_replaced(pool: Pool, tmp_path: Path) -> None:
    credentials = Credentials(partial(session, pool))
    known = await enrol_key(credentials, tmp_path)
    await credentials.revoke_key(known.key.split("_")[1])
    assert await enrol_key(credentials, tmp_path) == known
    keep_feeds(tmp_path, Known())
    assert (await enrol_key(credentials, tmp_path)).key != known.key


def test_every_name_is_one_that_a_city_takes() -> None:
    assert {each.name for each in FEEDS} == NAMES
    assert all(len(name) <= 32 for name in NAMES)
