"""Contexts that are kept: under ids that nobody can work out, within bounds, also when many come at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.contexts import CACHED, HOSTED, PASSING_BYTES, PREFIX, NoRoomForContext, StoredContexts
from ucity.cloud.ioc.store.housekeeping import COPY_KEPT, tidy

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


def of(term: str) -> dict[str, Any]:
    """A context that says what one term means."""
    return {"@context": {term: f"urn:x:{term}"}}


async def test_addresses_that_are_needed_no_more_make_room(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    gone = await contexts.keep("", of("a"), NOW, until=SOON)
    kept = await contexts.keep("", of("b"), NOW, until=SOON)
    assert kept == await contexts.keep("", of("b"), NOW)
    assert kept == await contexts.keep("", of("b"), NOW, until=SOON), "for ever stays for ever"
    await contexts.host("", {"@context": {}}, LATER)
    assert await contexts.get(gone) is None
    found = await contexts.get(kept)
    assert found is not None and found.expires_at is None


async def test_an_id_cannot_be_worked_out_from_the_text(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    first = await contexts.keep("", of("a"), NOW)
    assert first != await contexts.keep("elsewhere", of("a"), NOW), "each tenant has its own"
    await contexts.delete(first)
    again = await contexts.keep("", of("a"), NOW)
    assert again != first
    assert {UUID(each.removeprefix(PREFIX)).version for each in (first, again)} == {4}


async def test_contexts_of_answers_leave_the_room_for_what_is_kept_for_good(pool: Pool) -> None:
    contexts = StoredContexts(pool, most=2, most_passing=2)
    passing = [await contexts.keep("", of(term), NOW, until=SOON) for term in ("a", "b")]
    with pytest.raises(NoRoomForContext, match="2 contexts of answers"):
        await contexts.keep("", of("c"), NOW, until=SOON)
    assert await contexts.keep("", of("a"), NOW, until=LATER) == passing[0], "one that is there needs no room"
    await contexts.host("", of("d"), NOW)
    assert await contexts.keep("", of("a"), NOW) == passing[0]
    for refused in (
        lambda: contexts.keep("", of("b"), NOW),
        lambda: contexts.keep("", of("e"), NOW),
        lambda: contexts.host("", of("e"), NOW),
        lambda: contexts.keep_for_good("", passing[1], NOW),
    ):
        with pytest.raises(NoRoomForContext, match="2 contexts"):
            await refused()
    found = await contexts.get(passing[1])
    assert found is not None and found.expires_at == SOON
    await contexts.keep("", of("c"), NOW, until=SOON)
    await contexts.keep("elsewhere", of("c"), NOW)


async def test_a_context_of_an_answer_is_small(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    large = of("x" * PASSING_BYTES)
    with pytest.raises(NoRoomForContext):
        await contexts.keep("", large, NOW, until=SOON)
    id_ = await contexts.keep("", large, NOW)
    assert await contexts.keep("", large, NOW, until=SOON) == id_, "it takes no more room"


async def test_many_at_once_are_no_more_than_there_is_room_for(pool: Pool) -> None:
    contexts = StoredContexts(pool, most=3, most_passing=3)
    for until in (SOON, None):
        said = [contexts.keep("", of(f"t{each}{until}"), NOW, until=until) for each in range(20)]
        done = await asyncio.gather(*said, return_exceptions=True)
        assert sum(isinstance(each, str) for each in done) == 3
        assert sum(isinstance(each, NoRoomForContext) for each in done) == 17


async def test_one_context_many_times_at_once_is_kept_once(pool: Pool) -> None:
    contexts = StoredContexts(pool, most_passing=1)
    assert len(set(await asyncio.gather(*(contexts.keep("", of("a"), NOW, until=SOON) for _ in range(20))))) == 1


async def test_only_the_tenant_itself_has_its_contexts_kept_for_good(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    id_ = await contexts.keep("", of("a"), NOW, until=SOON)
    for tenant, until in (("elsewhere", SOON), ("", None)):
        await contexts.keep_for_good(tenant, id_, NOW)
        found = await contexts.get(id_)
        assert found is not None and found.expires_at == until


async def urls(pool: Pool) -> list[str | None]:
    return [each.url for each in await StoredContexts(pool).all("", [CACHED])]


async def test_of_copies_the_newest_are_kept_by_number_and_by_size(pool: Pool) -> None:
    contexts = StoredContexts(pool, copies=(3, 470))
    hosted = await contexts.host("", of("x" * 500), NOW)
    for minute in range(5):
        await contexts.cache(f"http://a.example/{minute}", of("a"), NOW + timedelta(minutes=minute), LATER)
    assert await urls(pool) == [f"http://a.example/{minute}" for minute in (2, 3, 4)]
    await contexts.cache("http://a.example/2", of("a"), NOW + timedelta(minutes=5), LATER)
    await contexts.cache("http://a.example/5", of("a"), NOW + timedelta(minutes=6), LATER)
    assert await urls(pool) == [f"http://a.example/{minute}" for minute in (4, 2, 5)], "one fetched anew is new"
    await contexts.cache("http://a.example/large", of("y" * 200), NOW + timedelta(minutes=7), LATER)
    assert await urls(pool) == ["http://a.example/5", "http://a.example/large"]
    assert await contexts.get(hosted) is not None


async def test_what_was_good_until_days_ago_is_swept_up(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    await contexts.cache("http://a.example/1", of("a"), NOW, SOON)
    await contexts.cache("http://a.example/2", of("a"), NOW, LATER)
    for_good = await contexts.keep("", of("b"), NOW)
    await tidy(pool, Catalogue({}), SOON + COPY_KEPT + timedelta(minutes=1))
    assert await urls(pool) == ["http://a.example/2"]
    assert await contexts.get(for_good) is not None


async def test_a_list_leaves_out_what_contexts_say(pool: Pool) -> None:
    contexts = StoredContexts(pool)
    id_ = await contexts.host("", of("a"), NOW)
    [listed] = await contexts.all("", [HOSTED])
    assert listed.body is None
    found = await contexts.get(id_)
    assert found is not None and found.body == of("a")
