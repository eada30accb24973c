"""Ways asked of a whole city over HTTP: how many and how fast, how soon they are as a real-time feed says, and whether
they go on coming while that and while another timetable is made ready.

The city is that of ``journeys``, in a zone where it is morning now, since its real-time feed tells of now. Reference:
the same server with an empty handler, asked by the same client.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bench import transit_city
from bench.asking import Asked, Load, Request, send
from bench.bare_http import bare_http
from bench.beside import Answers, beside
from bench.cities import fresh_city
from bench.figures import Aim, Figure, Spread, compared, in_turns, percentile
from bench.journeys import queries
from bench.processors import used_by
from bench.progress import Step
from bench.transit_messages import late_everywhere
from running.city import RunningCity
from running.feeds import Answer, FeedServer
from running.servers import temporary_folder

ROUNDS, SECONDS, CONNECTIONS = 3, 5, 4
ALONE = 200
"""Ways that are asked for one after another."""
CHANGES = 5
EVERY = 15
"""Seconds between two looks of the city at the feed."""
_AHEAD = 3600
"""Seconds within which a run begins that the feed tells of, too: whatever is found is late by what it says."""
_MORNING = 8
_LOOK = 0.1
_PATIENCE = 600
_LIVE = "/live"
_EMPTY = "the same server, empty handler"
_QUIET = "nothing besides"


@dataclass(frozen=True)
class City:
    """A city with the timetable ``feed``, whose times are in ``zone``, and what is asked of it."""

    running: RunningCity
    client: httpx.Client
    feed: Path
    zone: ZoneInfo
    ways: Sequence[Request]

    @property
    def now(self) -> datetime:
        """In the timetable's zone."""
        return datetime.now(self.zone)

    def found(self, way: Request) -> dict[str, Any]:
        """The answer; nothing where there is none."""
        answer = self.client.get(way.path)
        told: dict[str, Any] = answer.json() if answer.is_success else {}
        return told


async def measure(step: Step) -> list[Figure]:
    """All of it, in a thread, so that the display goes on."""
    return await asyncio.to_thread(_measure, step)


def _measure(step: Step) -> list[Figure]:
    with (
        temporary_folder() as folder,
        closing(FeedServer()) as feeds,
        fresh_city(private_feeds=True) as running,
        httpx.Client(base_url=running.url, timeout=60) as client,
    ):
        step("making the city")
        city = _made(running, client, folder)
        step("building its network")
        _until(lambda: city.found(city.ways[0]).get("hasStreets"))
        figures = [*_asking(city, step), *_following(city, feeds, step)]
        step("another timetable")
        return figures + _rebuilding(city, folder)


def _made(running: RunningCity, client: httpx.Client, folder: Path) -> City:
    zone = _morning()
    feed, streets = transit_city.write(folder, zone=zone.key)
    for kind, file in (("gtfs", feed), ("osm", streets)):
        _ucity(running, "load", kind, str(file))
    return City(running, client, feed, zone, list(map(_request, queries(1000))))


def _morning() -> ZoneInfo:
    """A zone in which it is past eight in the morning."""
    ahead = (_MORNING - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{-ahead:+d}")  # signs are the other way round there


def _request(query: Any) -> Request:
    start, end = query.origin, query.destination
    return Request(f"/api/v1/journeys?from={start.lon:.6f},{start.lat:.6f}&to={end.lon:.6f},{end.lat:.6f}")


def _ucity(city: RunningCity, *words: str) -> None:
    command = [sys.executable, "-m", "ucity", *words, "--data", str(city.data)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own program


def _until(holds: Callable[[], Any]) -> None:
    """Look again and again, until it holds. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the city did not come to answer as it should")
        time.sleep(_LOOK)


def _asking(city: City, step: Step) -> list[Figure]:
    with bare_http() as bare:
        urls = {"city": city.running.url, "bare": bare.rstrip("/")}
        ways = {"city": city.ways, "bare": [Request("/")]}

        def rate(name: str) -> Asked:
            how = Load(url=urls[name], headers={}, connections=CONNECTIONS, seconds=SECONDS, requests=ways[name])
            return send(how)

        def alone(name: str) -> Asked:
            some = (list(ways[name]) * ALONE)[:ALONE]
            return send(Load(url=urls[name], headers={}, connections=1, seconds=_PATIENCE, requests=some, once=True))

        found: dict[str, list[Asked]] = {name: [] for name in urls}
        for turn, name in in_turns(urls, ROUNDS):
            step(f"round {turn + 1} of {ROUNDS}, {name}")
            found[name].append(rate(name))
        step(f"{ALONE} ways one after another")
        used = used_by(city.running)
        one_by_one = alone("city")
        worked = (used_by(city.running) - used) / ALONE * 1000
        empty = alone("bare")
    ours, theirs = ([each.per_second for each in found[name]] for name in ("city", "bare"))
    note = f"{CONNECTIONS} connections kept alive; Pareto sets as pages ask for them, compared with car and bicycle"
    return [
        _figure("requests over HTTP", "1/s", ours, theirs, note=note),
        *_shares(one_by_one, empty),
        _figure("the same, processor time of the city", "ms", [worked]),
    ]


def _shares(ours: Asked, theirs: Asked) -> Iterator[Figure]:
    for name in ("p50", "p95", "p99"):
        measured, reference = ([getattr(asked, name) * 1000] for asked in (ours, theirs))
        yield _figure(f"one way at a time over HTTP, {name}", "ms", measured, reference)


def _following(city: City, feeds: FeedServer, step: Step) -> list[Figure]:
    """Change the feed at any moment between two looks at it, and wait for a way that is as late as it then says."""
    chance = random.Random(1)  # noqa: S311 - moments, no secrets
    feeds.answers[_LIVE] = Answer(_late(city, 0))
    _ucity(city.running, "feed", "add", feeds.url(_LIVE), "--name", "live", "--every", str(EVERY))
    way = next(way for way in city.ways if _rides(city, way))
    step("asking while nothing changes")
    with beside(city.running.url, city.ways) as quiet:
        time.sleep(EVERY)
    delays, polls = [], []
    with beside(city.running.url, city.ways) as answers:
        for change in range(1, CHANGES + 1):
            step(f"change {change} of {CHANGES} of a real-time feed")
            time.sleep(chance.uniform(0, EVERY))
            changed, looks = time.monotonic(), len(feeds.asked_at)
            feeds.answers[_LIVE] = Answer(_late(city, 60 * change))
            _until(lambda: _lateness(city, way) == {60 * change})  # noqa: B023 - called at once
            delays.append(time.monotonic() - changed)
            polls.append(feeds.asked_at[looks] - changed)
    note = f"looked at every {EVERY} s, which was waited for {percentile(polls, 0.5):.1f} s (median) of it"
    after = [whole - poll for whole, poll in zip(delays, polls, strict=True)]
    return [
        _figure("feed changed to answer changed", "s", delays, aim=Aim(60, "less"), note=note),
        _figure("the same from the city's look at the feed on", "s", after),
        *_besides("feed changes", answers, quiet),
    ]


def _late(city: City, seconds: int) -> bytes:
    return late_everywhere(city.feed, city.now, late=seconds, ahead=_AHEAD)


def _rides(city: City, way: Request) -> list[dict[str, Any]]:
    journeys = city.found(way).get("journeys", [])
    return [leg for journey in journeys for leg in journey["legs"] if leg["trip"]]


def _lateness(city: City, way: Request) -> set[int]:
    """Seconds by which rides are late that the feed tells of."""
    told = [leg for leg in _rides(city, way) if leg["trip"]["isLive"]]
    times = ([datetime.fromisoformat(leg[name]) for name in ("departs", "departsScheduled")] for leg in told)
    return {round((expected - scheduled).total_seconds()) for expected, scheduled in times}


def _rebuilding(city: City, folder: Path) -> list[Figure]:
    """Load other lines over the same streets, and wait for ways by them."""
    (folder / "next").mkdir()
    feed, _ = transit_city.write(folder / "next", seed=2, zone=city.zone.key)

    def versions() -> dict[str, str]:
        return {feed["feed"]: feed["version"] for feed in city.found(city.ways[0]).get("feeds", ())}

    before = versions()
    with beside(city.running.url, city.ways) as quiet:
        time.sleep(EVERY)
    with beside(city.running.url, city.ways) as answers:
        began = time.monotonic()
        _ucity(city.running, "load", "gtfs", str(feed))
        _until(lambda: (now := versions()) and now != before)
        took = time.monotonic() - began
    return [
        _figure("another timetable, to ways by it", "s", [took]),
        *_besides("another timetable is built", answers, quiet),
    ]


def _besides(what: str, answers: Answers, quiet: Answers) -> Iterator[Figure]:
    for name, ours, theirs in (
        ("p50", percentile(answers.waits, 0.5), percentile(quiet.waits, 0.5)),
        ("longest", max(answers.waits), max(quiet.waits)),
    ):
        note = f"{len(answers.waits)} answers; refused: {answers.refused or 'none'}" if name == "longest" else ""
        yield _figure(f"answers while {what}, {name}", "ms", [ours * 1000], [theirs * 1000], _QUIET, note=note)


def _figure(  # noqa: PLR0913 - what a figure has
    name: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[float] | None = None,
    against: str = _EMPTY,
    *,
    aim: Aim | None = None,
    note: str = "",
) -> Figure:
    measured, reference, ratio = compared(ours, theirs) if theirs else (Spread.of(ours), None, None)
    return Figure(
        benchmark="city_journeys",
        name=name,
        unit=unit,
        measured=measured,
        against=against if theirs else None,
        reference=reference,
        ratio=ratio,
        aim=aim,
        aims_at_ratio=False,
        note=note,
    )
