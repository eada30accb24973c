"""The live map's push: only what changed, only what is in view, only what may be seen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest

from ucity.blueprint import Area, Catalogue, Measure, Readings, Service, Sharing, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.policy import ANYONE, Access, Announcements, ApiKey, Scope
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, type_iri
from ucity.cloud.ioc.share import live as live_module
from ucity.cloud.ioc.share.live import Box, Live, Thing, Watcher
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Feed, Pool

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)


def stream(name: str, key: str, sharing: Sharing) -> Stream:
    measures = (Measure(key=key, title=TITLE, unit="1", valid=(0, 1000)),)
    return Stream(name=name, entity_type="Bus", title=TITLE, moves=True, sharing=sharing, measures=measures)


OPEN, PRIVATE = stream("open", "load", Sharing.OPEN), stream("private", "driver", Sharing.PRIVATE)
SERVICE = Service(serves=(Area.MOBILITY,), title=TITLE, summary=TITLE, streams=(OPEN, PRIVATE))
CATALOGUE = Catalogue({"transport/test": SERVICE})
TOWN = Box(129.0, 35.0, 129.1, 35.1)


def batch(kind: Stream, key: str, *rows: tuple[str, float, float, float]) -> Batch:
    said = [
        {"subject": subject, "observed_at": T0 + timedelta(seconds=second), "lon": lon, "lat": 35.05, key: value}
        for subject, second, lon, value in rows
    ]
    return Batch(readings=(Readings("transport/test", kind, pl.DataFrame(said, schema=columns_of(kind))),))


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None for _ in lons])


@pytest.fixture
async def live(pool: Pool, migrated_database: str) -> AsyncIterator[Live]:
    announcements = Announcements(migrated_database)
    feed = Feed(pool, CATALOGUE, announcements)
    live = Live(pool, feed)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(announcements.run()), group.create_task(live.run())]
        yield live
        for task in tasks:
            task.cancel()


async def heard(events: AsyncIterator[bytes]) -> tuple[str, dict[str, list[Any]]]:
    """The next event: its name, and thing to its values and longitude."""
    async with asyncio.timeout(30):
        name, data = (await anext(events)).decode().strip().split("\n")
    things = msgspec.json.decode(data.removeprefix("data: "))["things"]
    return name, {thing["id"][-1]: [{k: v[0] for k, v in thing["values"].items()}, thing["lon"]] for thing in things}


async def test_a_map_gets_what_is_in_view_and_then_what_changes_there(committer: Committer, live: Live) -> None:
    await committer.commit(batch(OPEN, "load", ("a", 0, 129.05, 1), ("b", 0, 129.5, 2)))
    anyone = Access(CATALOGUE).reads(ANYONE, "map")
    async with aclosing(live.watch(TOWN, frozenset({"Bus"}), anyone)) as events:
        assert await heard(events) == ("event: snapshot", {"a": [{"load": 1}, 129.05]})
        await committer.commit(batch(OPEN, "load", ("b", 1, 129.6, 3), ("a", 1, 129.06, 4), ("a", 2, 129.07, 5)))
        assert await heard(events) == ("event: change", {"a": [{"load": 5}, 129.07]})
        await committer.commit(batch(OPEN, "load", ("a", 3, 129.2, 6)))
        assert await heard(events) == ("event: change", {"a": [{"load": 6}, 129.2]})
        await committer.commit(batch(OPEN, "load", ("a", 4, 129.3, 7), ("b", 4, 129.02, 8)))
        assert await heard(events) == ("event: change", {"b": [{"load": 8}, 129.02]})


async def test_a_late_reading_does_not_move_the_map(committer: Committer, live: Live) -> None:
    await committer.commit(batch(OPEN, "load", ("a", 60, 129.05, 1)))
    anyone = Access(CATALOGUE).reads(ANYONE, "map")
    async with aclosing(live.watch(TOWN, frozenset({"Bus"}), anyone)) as events:
        await heard(events)
        await committer.commit(batch(OPEN, "load", ("a", 30, 129.01, 9)))
        await committer.commit(batch(OPEN, "load", ("a", 61, 129.06, 2)))
        assert await heard(events) == ("event: change", {"a": [{"load": 2}, 129.06]})


async def test_what_a_stream_keeps_private_is_not_on_the_map(committer: Committer, live: Live) -> None:
    await committer.commit(batch(OPEN, "load", ("a", 0, 129.05, 1)))
    await committer.commit(batch(PRIVATE, "driver", ("a", 0, 129.05, 7)))
    anyone = Access(CATALOGUE).reads(ANYONE, "map")
    async with aclosing(live.watch(TOWN, frozenset({"Bus"}), anyone)) as events:
        assert await heard(events) == ("event: snapshot", {"a": [{"load": 1}, 129.05]})
        await committer.commit(batch(PRIVATE, "driver", ("a", 1, 129.05, 8)))
        await committer.commit(batch(OPEN, "load", ("a", 2, 129.05, 2)))
        _, things = await heard(events)
        assert "driver" not in things["a"][0]


def edited(id_: str, apply: Callable[[Document | None], Document | None]) -> Batch:
    """What NGSI-LD makes of a request."""
    return Batch(edits=(Edit(tenant="", id=f"urn:ngsi-ld:Bus:{id_}", apply=apply),))


def with_load(load: float, lon: float = 129.05) -> Callable[[Document | None], Document]:
    point = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, 35.05]}}
    attrs = {LOCATION: point, attribute_iri("load"): {"type": "Property", "value": load}}
    return lambda was: Document(id=was.id if was else "urn:ngsi-ld:Bus:c", types=[type_iri("Bus")], attrs=attrs)


async def test_what_is_edited_is_shown_as_it_is_then_and_what_is_deleted_goes(committer: Committer, live: Live) -> None:
    await committer.commit(batch(OPEN, "load", ("a", 0, 129.05, 1)))
    anyone = Access(CATALOGUE).reads(ANYONE, "map")
    async with aclosing(live.watch(TOWN, frozenset({"Bus"}), anyone)) as events:
        await heard(events)
        await committer.commit(edited("a", with_load(2, 129.06)))
        assert await heard(events) == ("event: change", {"a": [{"load": 2}, 129.06]})
        await committer.commit(edited("c", with_load(3)))
        assert await heard(events) == ("event: change", {"c": [{"load": 3}, 129.05]})
        await committer.commit(edited("a", lambda _: None))
        async with asyncio.timeout(30):
            assert b'"gone":["urn:ngsi-ld:Bus:a"]' in await anext(events)


async def test_of_what_changes_often_at_once_the_map_is_told_how_it_stands_in_the_end(
    pool: Pool, committer: Committer
) -> None:
    feed = Feed(pool, CATALOGUE)
    live, mine = Live(pool, feed), watcher()
    await committer.commit(batch(OPEN, "load", ("a", 0, 129.05, 1), ("b", 0, 129.05, 1)))
    mine.begin([thing("urn:ngsi-ld:Bus:a", 129.05), thing("urn:ngsi-ld:Bus:b", 129.05)])
    live._watchers.add(mine)
    before = await feed.last()
    for load in range(2, 7):
        await committer.commit(edited("a", with_load(load)))
        await committer.commit(edited("b", with_load(load)))
        await committer.commit(batch(OPEN, "load", ("a", load, 129.05, 10 * load)))
    await committer.commit(edited("b", lambda _: None))
    await committer.commit(edited("c", with_load(7)))
    await live._spread(await feed.after(before))
    things, gone = mine.take()
    assert {each.id[-1]: each.values["load"][0] for each in things} == {"a": 60, "c": 7}
    assert gone == ["urn:ngsi-ld:Bus:b"]


async def test_a_map_ends_with_the_key_that_it_was_opened_with(
    committer: Committer, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT", 0.2)
    now = datetime.now(UTC)
    key = ApiKey(
        id="k",
        name="k",
        scopes=frozenset({Scope.READ}),
        tenant="",
        created_at=now,
        expires_at=now + timedelta(seconds=2),
        revoked_at=None,
        secret_hash=b"",
    )
    who = key.principal(now)
    assert who
    async with asyncio.timeout(30):
        told = [each async for each in live.watch(TOWN, frozenset({"Bus"}), Access(CATALOGUE).reads(who, "map"))]
    assert told[0].startswith(b"event: snapshot")
    assert datetime.now(UTC) >= now + timedelta(seconds=2)


def test_what_ends_while_the_view_is_being_looked_up_is_told_if_it_was_in_it() -> None:
    mine = watcher()
    mine.end(8, "a")
    mine.end(8, "b")
    mine.end(6, "c")
    mine.since = 7
    mine.begin([thing("a", 129.05), thing("c", 129.05)])
    assert mine.take() == ([], ["a"])


def thing(id_: str, lon: float) -> Thing:
    return Thing(id_, "Bus", lon, 35.05, {})


def watcher() -> Watcher:
    return Watcher(TOWN, frozenset({"Bus"}), Access(CATALOGUE).reads(ANYONE, "map"))


def test_what_leaves_the_view_while_it_is_being_looked_up_does_not_stay_there() -> None:
    mine = watcher()
    mine.tell(8, thing("far", 130.0))
    mine.tell(8, thing("gone", 129.2))
    mine.since = 7
    mine.begin([thing("gone", 129.05)])
    assert [each.id for each in mine.take()[0]] == ["gone"]


def test_a_view_of_too_many_things_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MOST_THINGS", 3)
    mine = watcher()
    mine.begin([thing("a", 129.05)])
    for number in range(10):
        mine.tell(number + 1, thing(f"b{number}", 129.05))
    mine.tell(11, thing("a", 129.06))
    assert [each.id for each in mine.take()[0]] == ["b0", "b1", "a"]


def test_what_a_map_began_with_is_no_news_when_the_feed_comes_to_it_later() -> None:
    def moved(load: float) -> Thing:
        return Thing("bus", "Bus", 129.05, 35.05, {"load": [load, None]})

    anyone = Access(CATALOGUE).reads(ANYONE, "map")
    watcher = Watcher(TOWN, frozenset({"Bus"}), anyone, since=2)
    watcher.begin([moved(2)])
    for seq in (1, 2, 3):
        watcher.tell(seq, moved(seq))
    assert watcher.take() == ([moved(3)], [])
