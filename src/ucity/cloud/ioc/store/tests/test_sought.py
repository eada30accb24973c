"""The index of values: taken in once queries take long, right after every commit, and let go when nobody asks."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool, search, sought
from ucity.cloud.ioc.store.query.terms import All, Condition, Either, Path, Range, Selection, Term, Value
from ucity.cloud.ioc.store.search import Page

EVERYONE = Predicate("test", "", None)
NAME = "http://a.example/a"


def term(operator: Any, *operands: Value | Range, name: str = NAME) -> Term:
    return Term(Path(attribute=name), operator, operands)


def changed(number: int, value: Any, name: str = NAME) -> Edit:
    doc = Document(
        id=f"urn:t:{number}",
        types=["http://a.example/T"],
        attrs={name: value if isinstance(value, dict | list) else {"type": "Property", "value": value}},
    )
    return Edit(tenant="", id=doc.id, apply=lambda _: doc)


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None] * len(lons))


async def take_in(pool: Pool) -> None:
    await sought.note(pool, [NAME])
    await sought.fill(pool, datetime.now(UTC))


async def among(pool: Pool, condition: Condition) -> list[str] | None:
    """Ids of the entities that a query has to look at; None for all."""
    keys = (await sought.narrow(pool, condition)).keys
    if keys is None:
        return None
    return [row["id"] for row in await pool.fetch("SELECT id FROM entity WHERE key = ANY($1) ORDER BY id", list(keys))]


async def found(pool: Pool, condition: Condition) -> list[str]:
    answer = await search.search(pool, EVERYONE, Selection(query=condition), Page(999))
    return [each.id for each in answer.documents]


async def test_a_slow_query_has_its_attributes_taken_in_and_others_do_not(
    pool: Pool, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await committer.commit(Batch(edits=(changed(1, 5), changed(2, 7))))
    seven = term("==", Value(7.0))
    monkeypatch.setattr(search, "SLOW", 60.0)
    assert await found(pool, seven) == ["urn:t:2"]
    assert not await pool.fetch("SELECT * FROM sought"), "it was quick"
    monkeypatch.setattr(search, "SLOW", 0.0)
    assert await found(pool, All((seven, term("==", Value(7.0), name="http://a.example/none")))) == []
    assert await found(pool, term("~=", Value("x"), name="http://a.example/b")) == []
    rows = await pool.fetch("SELECT name, ready FROM sought")
    assert [tuple(row) for row in rows] == [(NAME, False)], "not what nothing has, nor what no index helps with"
    assert await among(pool, seven) is None
    await sought.fill(pool, datetime.now(UTC))
    assert await among(pool, seven) == ["urn:t:2"]
    assert await found(pool, seven) == ["urn:t:2"]


async def test_strangers_make_nothing_dearer(pool: Pool, committer: Committer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SLOW", 0.0)
    await committer.commit(Batch(edits=(changed(1, 7),)))
    stranger = Predicate("test", "", {"http://a.example/T": None})
    answer = await search.search(pool, stranger, Selection(query=term("==", Value(7.0))), Page(9))
    assert [each.id for each in answer.documents] == ["urn:t:1"]
    assert not await pool.fetch("SELECT * FROM sought")


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (5, term("==", Value(5.0))),
        (5, term(">", Value(4.0))),
        (-5, term("<", Value(-4.0))),
        (5, term("==", Range(Value(4.0), Value(6.0)))),
        ("x", term("==", Value("y"), Value("x"))),
        ("x" * 300, term("==", Value("x" * 300))),
        (True, term("==", Value(value=True))),
        ({"type": "Property", "value": [1, "b", [2]]}, term("==", Value("b"))),
        ({"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]}, term("==", Value("urn:x:2"))),
        ({"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]}, term("==", Value("urn:x:1"))),
        ({"type": "LanguageProperty", "languageMap": {"ko": ["빨강", "적"], "en": "red"}}, term("==", Value("적"))),
        ({"type": "VocabProperty", "vocab": "http://a.example/v"}, term("==", Value("http://a.example/v"))),
        (
            [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
            term("==", Value(2.0)),
        ),
        ({"type": "Property", "value": {"@type": "Date", "@value": "2026-11-24"}}, term("==", Value("2026-11-24"))),
        (5, Either((term("==", Value(4.0)), term("==", Value(5.0))))),
        (5, All((term("~=", Value("x"), name="http://a.example/b"), term("==", Value(5.0))))),
    ],
)
async def test_the_index_knows_all_kinds_of_values_before_and_after_it_is_made(
    pool: Pool, committer: Committer, value: Any, condition: Condition
) -> None:
    await committer.commit(Batch(edits=(changed(1, value), changed(2, "other"), changed(3, -1))))
    await take_in(pool)
    assert await among(pool, condition) == ["urn:t:1"]
    await committer.commit(Batch(edits=(changed(1, "other"), changed(2, value))))
    assert await among(pool, condition) == ["urn:t:2"]
    await committer.commit(
        Batch(edits=(changed(1, value), changed(2, value, name="http://a.example/b"), changed(4, value)))
    )
    assert await among(pool, condition) == ["urn:t:1", "urn:t:4"]


@pytest.mark.parametrize(
    "condition",
    [
        term("!=", Value(5.0)),
        term("~=", Value("x")),
        term(None),
        term(">", Value("x")),
        Term(Path(attribute=NAME, trail=("b",)), "==", (Value(5.0),)),
        Term(Path(attribute=NAME, inner=(NAME,)), "==", (Value(5.0),)),
        Either((term("==", Value(5.0)), term("~=", Value("x")))),
    ],
)
async def test_what_the_index_cannot_tell_is_left_to_the_documents(
    pool: Pool, committer: Committer, condition: Condition
) -> None:
    await committer.commit(Batch(edits=(changed(1, 5),)))
    await take_in(pool)
    assert await among(pool, condition) is None


async def test_what_most_have_is_looked_for_without_the_index(
    pool: Pool, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sought, "MOST_KEYS", 2)
    await committer.commit(Batch(edits=tuple(changed(number, 5 if number else 6) for number in range(4))))
    await take_in(pool)
    assert await among(pool, term("==", Value(6.0))) == ["urn:t:0"]
    assert await among(pool, term("==", Value(5.0))) is None
    assert await among(pool, All((term("==", Value(5.0)), term("==", Value(6.0))))) == ["urn:t:0"]
    assert len(await found(pool, term("==", Value(5.0)))) == 3


async def test_nothing_is_missed_that_is_committed_while_the_index_is_made(pool: Pool, committer: Committer) -> None:
    await committer.commit(Batch(edits=tuple(changed(number, -1) for number in range(300))))
    await sought.note(pool, [NAME])
    ended = False

    async def write() -> int:
        value = 0
        while not ended or value < 3:
            value += 1
            await committer.commit(Batch(edits=tuple(changed(number, value) for number in range(300))))
        return value

    writing = asyncio.create_task(write())
    await sought.fill(pool, datetime.now(UTC))
    ended = True
    last = await writing
    assert len(await found(pool, term("==", Value(float(last))))) == 300
    assert await found(pool, term("==", Value(-1.0))) == []


async def test_an_attribute_that_nobody_asks_for_is_let_go_and_costs_nothing_any_more(
    pool: Pool, committer: Committer
) -> None:
    await committer.commit(Batch(edits=(changed(1, 5),)))
    await take_in(pool)
    triggers = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'entity'::regclass AND tgname LIKE 'sought%'"
    assert await pool.fetchval(triggers) == 2
    await sought.fill(pool, datetime.now(UTC) + sought.KEPT - timedelta(minutes=1))
    assert await among(pool, term("==", Value(5.0))) == ["urn:t:1"]
    await sought.fill(pool, datetime.now(UTC) + sought.KEPT + timedelta(minutes=1))
    assert await among(pool, term("==", Value(5.0))) is None
    assert await pool.fetchval("SELECT count(*) FROM sought_value") == 0
    assert await pool.fetchval(triggers) == 0
