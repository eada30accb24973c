"""The tally of entities: exact after every kind of commit, for whoever asks; and pages far behind the first."""

import asyncio
import random
from collections import Counter

import asyncpg
import pytest

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool, connect, migrate, search, tally
from ucity.cloud.ioc.store.inventory import types
from ucity.cloud.ioc.store.query.terms import Order, Selection, Selector
from ucity.cloud.ioc.store.search import Page

EVERYONE = Predicate("test", "", None)
STRANGER = Predicate("test", "", {"A": None})


def of(*groups: tuple[str, ...]) -> Selection:
    return Selection(selectors=(Selector(types=groups),) if groups else ())


def edit(number: int, *kinds: str) -> Edit:
    """Makes the entity of this number, or gives it these types; without any it goes."""
    id_ = f"urn:t:{number}"
    doc = Document(id=id_, types=list(kinds), attrs={"a": {"type": "Property", "value": number}}) if kinds else None
    return Edit(tenant="", id=id_, apply=lambda _: doc)


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None] * len(lons))


async def told(pool: Pool, predicate: Predicate, selection: Selection) -> tuple[int, int]:
    """How many there are by the tally and by the entities themselves."""
    found = await search.search(pool, predicate, selection, Page(1000, counted=True))
    assert found.total is not None
    return found.total, len(found.documents)


async def check(pool: Pool) -> None:
    for predicate in (EVERYONE, STRANGER, Predicate("test", "other", None)):
        for selection in (of(), of(("A",)), of(("A", "B")), of(("A",), ("B",)), of(("C",))):
            by_tally, by_themselves = await told(pool, predicate, selection)
            assert by_tally == by_themselves, (predicate, selection)


async def test_it_is_exact_after_every_commit_and_after_it_was_gathered(pool: Pool, committer: Committer) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    kinds: list[tuple[str, ...]] = [(), ("A",), ("B",), ("A", "B"), ("B", "A"), ("C",)]
    for _ in range(12):
        await committer.commit(Batch(edits=tuple(edit(chance.randrange(20), *chance.choice(kinds)) for _ in range(9))))
        await check(pool)
        await tally.gather(pool)
        await check(pool)
    assert await told(pool, EVERYONE, of()) != (0, 0)
    await committer.commit(Batch(edits=tuple(edit(number) for number in range(20))))
    await tally.gather(pool)
    assert await told(pool, EVERYONE, of()) == (0, 0)
    assert await pool.fetchval("SELECT count(*) FROM tally") == 0, "of what is gone nothing is left"


async def test_commits_at_the_same_time_and_gathering_lose_nothing(pool: Pool, committer: Committer) -> None:
    async def write(first: int) -> None:
        for number in range(first, first + 40):
            await committer.commit(Batch(edits=(edit(number, "A"),)))

    writing = asyncio.gather(*(write(first) for first in range(0, 160, 40)))
    while not writing.done():
        await asyncio.gather(tally.gather(pool), tally.gather(pool))
    await writing
    assert await told(pool, EVERYONE, of(("A",))) == (160, 160)


async def test_types_are_counted_within_what_the_asker_may_see(pool: Pool, committer: Committer) -> None:
    await committer.commit(Batch(edits=(edit(1, "A"), edit(2, "A", "B"), edit(3, "C"), edit(4, "B"))))
    await committer.commit(Batch(edits=(edit(4),)))
    assert await types(pool, EVERYONE) == Counter(A=2, B=1, C=1)
    assert await types(pool, STRANGER) == Counter(A=2, B=1)


@pytest.mark.parametrize("predicate", [EVERYONE, STRANGER])
async def test_a_page_far_behind_is_the_one_that_the_whole_list_has_there(
    pool: Pool, committer: Committer, predicate: Predicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(2)  # noqa: S311 - no secret
    kinds = [("A",), ("B",), ("A", "B")]
    await committer.commit(Batch(edits=tuple(edit(number, *chance.choice(kinds)) for number in range(300))))
    # Runs of 4096 keys: some with many, some with few, one with none.
    await pool.execute("ALTER SEQUENCE entity_key_seq RESTART WITH 20000")
    await committer.commit(Batch(edits=tuple(edit(number, *chance.choice(kinds)) for number in range(300, 310))))
    await pool.execute("ALTER SEQUENCE entity_key_seq RESTART WITH 24570")
    await committer.commit(Batch(edits=tuple(edit(number, *chance.choice(kinds)) for number in range(310, 500))))
    await committer.commit(Batch(edits=tuple(edit(number) for number in range(0, 500, 7))))
    for selection in (of(("A",)), of(("B",)), of(("A", "B")), of(), Selection(order=(Order(path="id"),))):
        whole = [each.id for each in (await search.search(pool, predicate, selection, Page(1000))).documents]
        monkeypatch.setattr(search, "FAR", 1)
        for offset in (*chance.sample(range(1, len(whole)), 12), len(whole) - 1, len(whole), len(whole) + 5000):
            page = await search.search(pool, predicate, selection, Page(20, offset))
            assert [each.id for each in page.documents] == whole[offset : offset + 20], (selection, offset)
        monkeypatch.undo()


async def test_entities_of_the_release_before_are_counted_when_it_is_brought_up(empty_database: str) -> None:
    await migrate(empty_database, "0013")
    connection = await asyncpg.connect(empty_database)
    await connection.executemany(
        "INSERT INTO entity (tenant, id, types, attrs, created_at, modified_at, deleted_at)"
        " VALUES ($1, $2, $3, '{}', now(), now(), CASE WHEN $4 THEN now() END)",
        [
            ("", "urn:t:1", ["A"], False),
            ("", "urn:t:2", ["A", "B"], False),
            ("", "urn:t:3", ["A"], True),
            ("other", "urn:t:4", ["A"], False),
        ],
    )
    await connection.close()
    await migrate(empty_database)
    pool = await connect(empty_database)
    await check(pool)
    assert await told(pool, EVERYONE, of()) == (2, 2)
    await pool.close()
