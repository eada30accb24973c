"""What waits for subscribers: merged where it is to be, kept as it came elsewhere; nothing is lost or told again."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ucity.cloud.ioc.store import Pool, transaction
from ucity.cloud.ioc.store.notices import Endpoint, Notice, Notices, enqueue, merged
from ucity.cloud.ioc.store.subscriptions import Content, Subscriptions

NOW = datetime(2026, 11, 30, tzinfo=UTC)
URL = "http://receiver/notify"
FOREVER = 1_000


@pytest.fixture
async def keys(pool: Pool) -> list[int]:
    """Subscriptions to one endpoint."""
    content = Content(document={}, terms={}, context=None, endpoint=URL, types=frozenset({""}))
    made = [await Subscriptions(pool).create("", f"urn:s:{n}", "key:x", content, NOW) for n in range(4)]
    return [each.key for each in made]


def notice(subscription: int, *pairs: tuple[int, str]) -> Notice:
    changes, entities = [at for at, _ in pairs], [id_ for _, id_ in pairs]
    return Notice(subscription=subscription, endpoint=URL, changes=changes, entities=entities, made_at=NOW)


async def put(pool: Pool, notices: list[Notice], merging: set[int]) -> None:
    async with transaction(pool) as connection:
        await enqueue(connection, notices, lambda each: each.subscription in merging)


async def waiting(pool: Pool) -> dict[int, list[list[tuple[int, str]]]]:
    """What waits for each subscription, notice by notice."""
    (queue,) = await Notices(pool).ahead([(URL, 0)], FOREVER)
    found: dict[int, list[list[tuple[int, str]]]] = {}
    for each, _ in queue:
        found.setdefault(each.subscription, []).append(list(zip(each.changes, each.entities, strict=True)))
    return found


def batches(keys: list[int], chance: random.Random) -> Iterator[list[Notice]]:
    """Batches of notices, as changes 1, 2, 3 ... of 30 entities make them."""
    seq = 0
    for _ in range(20):
        batch = []
        for _ in range(chance.randrange(1, 12)):
            seq += 1
            ids = chance.sample(range(30), chance.randrange(1, 5))
            batch += [notice(key, *((seq, f"urn:e:{n}") for n in ids)) for key in keys if chance.random() < 0.6]
        yield batch


async def test_what_is_merged_tells_the_last_change_of_each_entity_and_the_rest_waits_as_it_came(
    pool: Pool, keys: list[int]
) -> None:
    merging, all_ = set(keys[:2]), list[Notice]()
    for batch in batches(keys[:3], random.Random(4)):  # noqa: S311 - no secret
        await put(pool, batch, merging)
        all_ += batch
    found = await waiting(pool)
    for key in merging:
        assert found[key] == [merged((n.changes, n.entities) for n in all_ if n.subscription == key)]
    as_it_came = [list(zip(n.changes, n.entities, strict=True)) for n in all_ if n.subscription == keys[2]]
    assert found[keys[2]] == as_it_came
    assert keys[3] not in found


async def test_what_was_sent_while_more_was_added_to_it_is_not_sent_again(pool: Pool, keys: list[int]) -> None:
    await put(pool, [notice(keys[0], (1, "urn:e:1"), (1, "urn:e:2")), notice(keys[0], (2, "urn:e:3"))], set(keys))
    ((sent, _),) = (await Notices(pool).ahead([(URL, 0)], FOREVER))[0]
    await put(pool, [notice(keys[0], (3, "urn:e:2")), notice(keys[0], (4, "urn:e:4"))], set(keys))
    await Notices(pool).settle([sent], [])
    assert await waiting(pool) == {keys[0]: [[(3, "urn:e:2"), (4, "urn:e:4")]]}


async def test_what_something_new_is_added_to_is_as_new(pool: Pool, keys: list[int]) -> None:
    await put(pool, [notice(keys[0], (1, "urn:e:1"))], set(keys))
    later = NOW + timedelta(hours=30)
    await put(pool, [replace(notice(keys[0], (2, "urn:e:2")), made_at=later)], set(keys))
    (((grown, _),),) = await Notices(pool).ahead([(URL, 0)], FOREVER)
    assert grown.made_at == later


async def test_in_a_cooldown_the_changes_within_it_are_given_up_alone(pool: Pool) -> None:
    def content(cooldown: float | None) -> Content:
        document = {"notification": {"endpoint": {} if cooldown is None else {"cooldown": cooldown}}}
        return Content(document=document, terms={}, context=None, endpoint=URL, types=frozenset({""}))

    made = [
        await Subscriptions(pool).create("", f"urn:s:{n}", "key:x", content(each), NOW)
        for n, each in enumerate((None, 2000, 60_000, 60_000))
    ]
    none, short, long, grown = [each.key for each in made]
    before = [replace(notice(key, (1, "urn:e:1")), made_at=NOW - timedelta(seconds=1)) for key in (none, long, grown)]
    within = [replace(notice(key, (2, "urn:e:2")), made_at=NOW + timedelta(seconds=3)) for key in (none, short, long)]
    await put(pool, [*before, *within], set())
    await put(pool, [replace(notice(grown, (2, "urn:e:2")), made_at=NOW + timedelta(seconds=3))], {grown})
    assert await Notices(pool).cool(Endpoint(URL, NOW + timedelta(seconds=8), 4, NOW)) == 1
    first, second = [(1, "urn:e:1")], [(2, "urn:e:2")]
    left = {none: [first, second], short: [second], long: [first], grown: [first + second]}
    assert await waiting(pool) == left, "of the one with the longer cooldown what came within it is gone"


async def test_what_is_to_be_merged_is_added_to_the_last_that_waits(pool: Pool, keys: list[int]) -> None:
    await put(pool, [notice(keys[0], (1, "urn:e:1")), notice(keys[0], (2, "urn:e:1"))], set())
    await put(pool, [notice(keys[0], (3, "urn:e:1")), notice(keys[0], (3, "urn:e:2"))], set(keys))
    assert await waiting(pool) == {keys[0]: [[(1, "urn:e:1")], [(3, "urn:e:1"), (3, "urn:e:2")]]}
