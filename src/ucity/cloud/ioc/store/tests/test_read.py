"""History in memory and history in batches are the same, though they come out of the database by different ways."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from ucity.blueprint import Kind, Measure, Readings, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import attribute_iri, type_iri
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool
from ucity.cloud.ioc.store.read import Span, history_batches, history_frame, no_history

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MEASURES = tuple(Measure(key=key, title=TITLE, unit="1", valid=(-1000, 1000)) for key in ("one", "two", "three"))
EVERYTHING = Predicate("test", "", None)
WHOLE = Span(since=T0, until=T0 + 100 * MINUTE)


def stream(*, moves: bool = False, identity: str | None = None) -> Stream:
    return Stream(name="x", entity_type="Thing", title=TITLE, moves=moves, identity=identity, measures=MEASURES)


def some(kind: Stream, chance: random.Random, number: int) -> Batch:
    """Readings of a few things at a few times, so that many are gaps, late, repeated or corrected."""
    rows: list[dict[str, Any]] = []
    for row in range(60):
        reading: dict[str, Any] = {"subject": chance.choice("cab"), "observed_at": T0 + MINUTE * chance.randrange(8)}
        reading |= {each.key: chance.choice([None, 0.0, -1.5, chance.random()]) for each in MEASURES}
        if kind.moves or chance.random() < 0.1:
            reading |= {"lon": 129 + chance.random(), "lat": 35 + chance.random()}
        if kind.identity:
            reading["identity"] = f"{number}-{row}"
        rows.append(reading)
    frame = pl.DataFrame(rows, schema=columns_of(kind))
    return Batch(readings=(Readings("environment/test", kind, frame),))


def without(key: str) -> Edit:
    """Somebody deletes an attribute, and writes a text in the place of another's number."""

    def apply(document: Document | None) -> Document:
        assert document is not None
        said = {"type": "Property", "value": "broken", "observedAt": (T0 + 9 * MINUTE).isoformat()}
        attrs = {name: value for name, value in document.attrs.items() if name != attribute_iri(key)}
        return Document(id=document.id, types=document.types, attrs=attrs | {attribute_iri("three"): said})

    return Edit(tenant="", id="urn:ngsi-ld:Thing:a", apply=apply)


@pytest.mark.parametrize("kind", [stream(), stream(moves=True), stream(identity="id")], ids=["stays", "moves", "ids"])
async def test_history_in_memory_is_that_in_batches(pool: Pool, kind: Stream) -> None:
    store, chance = Committer(pool, lambda lons, _: [None for _ in lons]), random.Random(1)  # noqa: S311 - readings, no secret
    for number in range(3):
        await store.commit(some(kind, chance, number))
    then = datetime.now(UTC)
    await store.commit(Batch(edits=(without("two"),)))
    await store.commit(some(kind, chance, 3))
    spans = [
        WHOLE,
        Span(since=WHOLE.since, until=WHOLE.until, as_of=then),
        Span(since=T0 + 2 * MINUTE, until=T0 + 5 * MINUTE, subjects=("b", "nobody")),
        Span(since=T0 - MINUTE, until=T0),
    ]
    allowed = Predicate("test", "", {type_iri("Thing"): frozenset({attribute_iri("one")})})
    for span in spans:
        for predicate in (EVERYTHING, allowed):
            frames = [frame async for frame in history_batches(pool, kind, predicate, span)]
            whole = await history_frame(pool, kind, predicate, span)
            assert whole.rows() == pl.concat([no_history(kind, predicate), *frames]).rows()
    assert (await history_frame(pool, kind, EVERYTHING, WHOLE)).height > 20


async def test_of_a_history_only_what_is_asked_for_is_told(pool: Pool) -> None:
    word = Measure(key="word", title=TITLE, kind=Kind.TEXT)
    kind = Stream(name="x", entity_type="Thing", title=TITLE, moves=True, measures=(*MEASURES, word))
    store = Committer(pool, lambda lons, _: [None for _ in lons])
    await store.commit(some(kind, random.Random(1), 0))  # noqa: S311 - readings, no secret
    whole = await history_frame(pool, kind, EVERYTHING, WHOLE)
    for measures in ((), ("one",), ("one", "word")):
        span = replace(WHOLE, measures=measures)
        columns = ["subject", "observed_at", "lon", "lat", *measures]
        found = await history_frame(pool, kind, EVERYTHING, span)
        assert found.columns == columns
        assert found.rows() == whole.select(columns).rows()
        assert (await history_frame(pool, kind, EVERYTHING, replace(span, subjects=("nobody",)))).columns == columns
    nothing = Predicate("test", "", {type_iri("Thing"): frozenset()})
    assert (await history_frame(pool, kind, nothing, replace(WHOLE, measures=()))).is_empty()
