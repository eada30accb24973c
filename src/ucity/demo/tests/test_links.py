"""Simulated devices are patient: what the city does not take is sent again, in its order, and nothing piles up."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ucity.demo import links
from ucity.demo.feeds import FleetFeed, fleet_feeds, station_feeds
from ucity.demo.links import Front, Lost, Send, Tally, by_http, in_parts, insist, keep_sending

STATION = station_feeds(1)[0]
NOW_MS = 1_795_000_000_000


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "SHORTEST_PAUSE", 0.002)
    monkeypatch.setattr(links, "LONGEST_PAUSE", 0.01)


@dataclass
class Ticking:
    """A feed that has one reading a millisecond, which is the millisecond itself."""

    keeps_ms: int = 10_000
    device: str = "ticking"
    path: str = "air_quality/stations"
    subjects: None = None
    asked: list[tuple[int, int, bool]] = field(default_factory=list)

    def wakes(self, after_ms: int) -> int:
        return after_ms + 5

    def due(self, since_ms: int, until_ms: int, *, introduce: bool = False) -> list[Any]:
        self.asked.append((since_ms, until_ms, introduce))
        return list(range(since_ms + 1, until_ms + 1))

    def past(self, now_ms: int) -> Iterator[list[Any]]:
        return iter(())


class City:
    """Takes readings unless ``refuses`` raises."""

    def __init__(self, refuses: Callable[[int], None]) -> None:
        self.refuses, self.taken, self.attempts = refuses, list[int](), 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Send]:
        async def send(readings: list[Any]) -> None:
            self.attempts += 1
            self.refuses(self.attempts)
            self.taken += readings

        yield send


async def _run(feed: Ticking, city: City, attempts: int) -> Tally:
    tally = Tally()
    sending = asyncio.ensure_future(keep_sending(feed, city.connect, tally))
    async with asyncio.timeout(30):
        while city.attempts < attempts:
            await asyncio.sleep(0.002)
            assert not sending.done()
    sending.cancel()
    return tally


async def test_what_was_not_acknowledged_is_sent_again_and_nothing_is_left_out() -> None:
    def refuses(attempt: int) -> None:
        if attempt in {3, 4, 7}:
            raise Lost("the connection broke")

    city = City(refuses)
    tally = await _run(Ticking(), city, 12)
    assert city.taken == list(range(city.taken[0], city.taken[-1] + 1))
    assert tally.lost == 3


async def test_a_device_keeps_only_so_much_while_the_city_is_away() -> None:
    def refuses(attempt: int) -> None:
        if attempt < 8:
            raise Lost("away")

    feed, city = Ticking(keeps_ms=20), City(refuses)
    await _run(feed, city, 9)
    assert max(until - since for since, until, _ in feed.asked) < 500
    first = next(since for since, until, _ in feed.asked if until >= city.taken[0])
    assert first > feed.asked[0][0]


async def test_a_device_waits_as_long_as_the_city_says(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def remember(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("ucity.demo.links.asyncio.sleep", remember)
    answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(503), httpx.Response(202)])
    async with _client(lambda _: next(answers)) as client:
        await insist("station", by_http(client, FRONT, STATION, "secret"), [{"id": "a"}])
    assert 7 * 0.75 <= slept[0] <= 7 * 1.25
    assert slept[1] < 0.1


FRONT = Front("http://city", "city", 1883)


def _client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="http://city", transport=httpx.MockTransport(answer))


async def test_a_device_proves_who_it_is_and_names_the_stream() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    sent = STATION.due(NOW_MS, NOW_MS + 20_000)
    async with _client(answer) as client:
        await by_http(client, FRONT, STATION, "secret")(sent)
    assert seen[0].url.path == "/api/v1/readings/air_quality/stations"
    assert seen[0].headers["authorization"] == httpx.BasicAuth(STATION.device, "secret")._auth_header
    assert json.loads(seen[0].content) == sent


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    async with _client(lambda _: httpx.Response(status)) as client:
        with pytest.raises(Lost, match=str(status)):
            await by_http(client, FRONT, STATION, "secret")([{"id": "a"}])


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_what_the_city_cannot_take_at_all_is_let_go(status: int) -> None:
    async with _client(lambda _: httpx.Response(status)) as client:
        await by_http(client, FRONT, STATION, "secret")([{"id": "a"}])


async def test_a_city_that_is_away_is_waited_for() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with _client(answer) as client:
        with pytest.raises(Lost, match="ConnectError"):
            await by_http(client, FRONT, STATION, "secret")([{"id": "a"}])


@pytest.mark.parametrize(("count", "parts"), [(0, 0), (1, 1), (8, 8), (9, 5), (5_000, 8), (20_000, 20)])
def test_a_few_readings_travel_alone_and_many_together(count: int, parts: int) -> None:
    found = in_parts(list(range(count)))
    assert [each for part in found for each in part] == list(range(count))
    assert len(found) == parts
    assert max(map(len, found), default=0) <= 1_000


def test_messages_stay_far_below_what_the_city_takes_even_after_an_outage() -> None:
    fleet: FleetFeed = fleet_feeds(1, 10_000)[0]
    parts = in_parts(fleet.due(NOW_MS - fleet.keeps_ms, NOW_MS, introduce=True))
    assert max(len(json.dumps(part)) for part in parts) < 512 * 1024
