"""The index of ids: made once a pattern took long to look for, of help where few match, gone when nobody asks."""

from datetime import UTC, datetime, timedelta

import pytest

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool, search, sought
from ucity.cloud.ioc.store.query.terms import Selection, Selector
from ucity.cloud.ioc.store.search import Page
from ucity.cloud.ioc.store.sought_ids import IDS

EVERYONE = Predicate("test", "", None)
STRANGER = Predicate("test", "", {"A": None})
_HAS = "SELECT to_regclass('entity_id_like') IS NOT NULL"


def like(*patterns: str, kind: str | None = None) -> Selection:
    types = ((kind,),) if kind else ()
    return Selection(selectors=tuple(Selector(id_pattern=each, types=types) for each in patterns))


@pytest.fixture
async def things(pool: Pool) -> Pool:
    """Lamps 0 to 299, a third each of the types A, B and C."""
    committer = Committer(pool, lambda lons, _: [None] * len(lons))
    docs = [Document(id=f"urn:t:Lamp:{number}", types=["ABC"[number % 3]], attrs={}) for number in range(300)]
    await committer.commit(
        Batch(edits=tuple(Edit(tenant="", id=doc.id, apply=lambda _, doc=doc: doc) for doc in docs))  # type: ignore[misc]  # each its own
    )
    return pool


async def found(pool: Pool, selection: Selection, predicate: Predicate = EVERYONE) -> list[str]:
    answer = await search.search(pool, predicate, selection, Page(999, counted=True))
    assert answer.total == len(answer.documents)
    return [each.id.removeprefix("urn:t:Lamp:") for each in answer.documents]


async def test_a_slow_search_for_ids_has_the_index_made_and_nobody_asking_has_it_taken_away(
    things: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await found(things, like(":299$")) == ["299"]
    assert not await things.fetch("SELECT * FROM sought"), "it was quick"
    monkeypatch.setattr(search, "SLOW", 0.0)
    await found(things, like(":299$", kind="C"), STRANGER)
    await found(things, like("9$"))
    assert not await things.fetch("SELECT * FROM sought"), "nor for strangers, nor what it would not help"
    await found(things, like(":299$"))
    await sought.fill(things, datetime.now(UTC))
    assert await things.fetchval(_HAS)
    assert (await sought.narrow_ids(things, EVERYONE, like(":299$"))).keys is not None
    assert await found(things, like(":299$")) == ["299"]
    await sought.fill(things, datetime.now(UTC) + sought.KEPT + timedelta(minutes=1))
    assert not await things.fetchval(_HAS)
    assert (await sought.narrow_ids(things, EVERYONE, like(":299$"))).keys is None


@pytest.mark.parametrize(
    "patterns",
    [
        (":299$",),
        ("lamp:29",),
        ("Lamp:29",),
        ("^urn:t:Lamp:12",),
        ("Lamp:1[0-4]5",),
        ("Lamp:1?15$",),
        ("Lamp:(12|2)5",),
        ("Lamp:125|Lamp:126",),
        ("(?i)LAMP:125",),
        ("Lamp:2{2}5",),
        ("x{0}125",),
        ("Lam.:125",),
        ("none",),
        (":125$", ":250$"),
        (":125$", "7"),
    ],
)
async def test_answers_are_the_same_with_it(
    things: Pool, patterns: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [(like(*patterns, kind=kind), who) for kind in (None, "A", "C") for who in (EVERYONE, STRANGER)]
    before = [await found(things, *each) for each in asked]
    await sought.note(things, [IDS])
    await sought.fill(things, datetime.now(UTC))
    assert [await found(things, *each) for each in asked] == before
    monkeypatch.setattr(sought, "MOST_KEYS", 2)
    assert [await found(things, *each) for each in asked] == before, "of which there are too many"
