"""The write path: what a batch of readings leaves behind, whatever order, repeats or corrections it brings."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest

from ucity.blueprint import Area, Catalogue, Kind, Measure, Readings, Service, Sharing, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import attribute_iri, type_iri
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Feed, Pool, Position, StalePosition, commit
from ucity.cloud.ioc.store.read import Span, history_frame

TITLE = {"ko": "시험", "en": "Test"}
STATIONS = Stream(
    name="stations",
    entity_type="Station",
    title=TITLE,
    labels=("name",),
    sharing=Sharing.OPEN,
    measures=(
        Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000)),
        Measure(key="state", title=TITLE, kind=Kind.TEXT),
    ),
)
PASSAGES = Stream(
    name="passages",
    entity_type="Gantry",
    title=TITLE,
    identity="passageId",
    measures=(Measure(key="fare", title=TITLE, unit="KRW", valid=(0, 50_000)),),
)
BUSES = Stream(
    name="buses",
    entity_type="Bus",
    title=TITLE,
    moves=True,
    measures=(Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000)),),
)
CATALOGUE = Catalogue(
    {"environment/test": Service(serves=(Area.MOBILITY,), title=TITLE, summary=TITLE, streams=(STATIONS, PASSAGES))}
)
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def readings(stream: Stream, *rows: dict[str, Any]) -> Readings:
    frame = pl.DataFrame(rows, schema=columns_of(stream), orient="row")
    return Readings("environment/test", stream, frame)


def at(hours: float, pm25: float | None, subject: str = "a", **more: Any) -> dict[str, Any]:
    return {"subject": subject, "observed_at": T0 + HOUR * hours, "pm25": pm25, **more}


@pytest.fixture
def store(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: ["centre" if lon is not None and lon > 129 else None for lon in lons])


async def history(pool: Pool, attribute: str, subject: str = "urn:ngsi-ld:Station:a") -> list[tuple[float, float]]:
    """(hours since T0, number) of every stored version, in order."""
    rows = await pool.fetch(
        "SELECT observed_at, number FROM observation o JOIN attribute a ON a.id = o.attr"
        " JOIN entity e ON e.key = o.entity WHERE a.name = $1 AND e.id = $2 ORDER BY observed_at, recorded_at",
        attribute_iri(attribute),
        subject,
    )
    return [((row["observed_at"] - T0) / HOUR, row["number"]) for row in rows]


async def attrs(pool: Pool, id_: str = "urn:ngsi-ld:Station:a") -> dict[str, Any]:
    stored = await pool.fetchval("SELECT attrs FROM entity WHERE id = $1", id_)
    return msgspec.json.decode(stored, type=dict[str, Any])


async def test_readings_become_history_and_current_state(pool: Pool, store: Committer) -> None:
    done = await store.commit(
        Batch(readings=(readings(STATIONS, at(0, 10, name="Jung-gu", state="ok", lon=129.03, lat=35.1), at(1, 12)),))
    )
    assert (done.values, done.repeats) == (3, 0)
    assert await history(pool, "pm25") == [(0, 10), (1, 12)]
    stored = await attrs(pool)
    assert stored[attribute_iri("pm25")]["value"] == 12
    assert stored[attribute_iri("pm25")]["unitCode"] == "GQ"
    assert stored[attribute_iri("name")]["value"] == "Jung-gu"
    rows = await pool.fetch("SELECT lon, lat, district FROM entity")
    assert [tuple(row) for row in rows] == [(129.03, 35.1, "centre")]


async def test_a_repeat_is_stored_once_and_a_correction_as_a_new_version(pool: Pool, store: Committer) -> None:
    for batch in ([at(0, 10), at(1, 11)], [at(0, 10), at(1, 11)], [at(1, 99)], [at(1, 99)]):
        await store.commit(Batch(readings=(readings(STATIONS, *batch),)))
    assert await history(pool, "pm25") == [(0, 10), (1, 11), (1, 99)]
    assert (await attrs(pool))[attribute_iri("pm25")]["value"] == 99


async def test_versions_within_one_batch_keep_their_order(pool: Pool, store: Committer) -> None:
    done = await store.commit(Batch(readings=(readings(STATIONS, at(0, 1), at(0, 1), at(0, 2), at(0, 1)),)))
    assert (done.values, done.repeats) == (3, 1)
    assert await history(pool, "pm25") == [(0, 1), (0, 2), (0, 1)]
    assert (await attrs(pool))[attribute_iri("pm25")]["value"] == 1


async def test_a_late_reading_goes_to_history_and_never_turns_current_state_back(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(STATIONS, at(5, 50)),)))
    await store.commit(Batch(readings=(readings(STATIONS, at(2, 20), at(-900, 3)),)))
    assert await history(pool, "pm25") == [(-900, 3), (2, 20), (5, 50)]
    assert (await attrs(pool))[attribute_iri("pm25")]["value"] == 50


async def test_a_gap_is_no_row(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(STATIONS, at(0, None, state="off"), at(1, 4)),)))
    assert await history(pool, "pm25") == [(1, 4)]


async def test_an_identity_is_counted_once_wherever_it_comes_again(pool: Pool, store: Committer) -> None:
    passage = {"subject": "g1", "observed_at": T0, "fare": 900.0}
    two = readings(PASSAGES, {**passage, "identity": "p1"}, {**passage, "identity": "p2"})
    await store.commit(Batch(readings=(two,)))
    await store.commit(Batch(readings=(two,)))
    assert await history(pool, "fare", "urn:ngsi-ld:Gantry:g1") == [(0, 900), (0, 900)]


async def test_a_moving_thing_leaves_a_track(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(BUSES, at(0, 1, lon=129.0, lat=35.0), at(1, 1, lon=129.1, lat=35.1)),)))
    rows = await pool.fetch("SELECT lon, lat FROM observation WHERE lon IS NOT NULL ORDER BY observed_at")
    assert [tuple(row) for row in rows] == [(129.0, 35.0), (129.1, 35.1)]
    assert await pool.fetchval("SELECT lon FROM entity") == 129.1


async def test_a_log_position_moves_only_from_where_it_stands(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(position=Position(name="mqtt", after=0, seq=7)))
    with pytest.raises(StalePosition):
        await store.commit(
            Batch(readings=(readings(STATIONS, at(0, 1)),), position=Position(name="mqtt", after=0, seq=9))
        )
    assert await history(pool, "pm25") == []
    await store.commit(Batch(position=Position(name="mqtt", after=7, seq=9)))
    await store.commit(Batch(position=Position(name="mqtt", after=0, seq=2, incarnation="made anew")))
    assert await pool.fetchval("SELECT seq FROM log_position") == 2


async def test_an_edit_makes_changes_and_deletes_a_document(pool: Pool, store: Committer) -> None:
    def make(_: Document | None) -> Document:
        return Document(id="urn:x", types=["T"], attrs={"p": {"type": "Property", "value": 1}})

    def change(doc: Document | None) -> Document:
        assert doc
        return Document(id="urn:x", types=["T", "U"], attrs={**doc.attrs, "p": {"type": "Property", "value": 2}})

    for apply in (make, change, lambda doc: doc):
        await store.commit(Batch(edits=(Edit(tenant="", id="urn:x", apply=apply),)))
    assert await pool.fetchval("SELECT array_agg(number ORDER BY recorded_at) FROM observation") == [1, 2]
    assert await pool.fetchval("SELECT types FROM entity") == ["T", "U"]
    await store.commit(Batch(edits=(Edit(tenant="", id="urn:x", apply=lambda _: None),)))
    assert await pool.fetchval("SELECT deleted_at IS NOT NULL FROM entity")
    assert await pool.fetchval("SELECT count(*) FROM change") == 3


async def test_an_id_that_two_commits_find_free_is_given_out_once(pool: Pool, store: Committer) -> None:
    seen: list[Document | None] = []

    def make(doc: Document | None) -> Document:
        seen.append(doc)
        return doc or Document(id="urn:x", types=["T"], attrs={})

    other = Committer(pool, lambda lons, _: [None] * len(lons))
    edit = Batch(edits=(Edit(tenant="", id="urn:x", apply=make),))
    await asyncio.gather(*(committer.commit(edit) for committer in (store, other) * 3))
    assert [doc is None for doc in seen] == [True] + [False] * 5


async def test_an_edit_that_makes_nothing_leaves_nothing(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(edits=(Edit(tenant="", id="urn:x", apply=lambda doc: doc),)))
    assert await pool.fetchval("SELECT count(*) FROM entity") == 0


async def test_what_is_made_anew_is_as_old_as_its_making(pool: Pool, store: Committer) -> None:
    def make(doc: Document | None) -> Document | None:
        return None if doc else Document(id="urn:x", types=["T"], attrs={})

    for _ in ("made", "deleted", "made anew"):
        await store.commit(Batch(edits=(Edit(tenant="", id="urn:x", apply=make),)))
    assert await pool.fetchval("SELECT created_at = modified_at AND deleted_at IS NULL FROM entity")


async def test_a_reading_finds_its_way_into_a_document_of_any_shape(pool: Pool, store: Committer) -> None:
    several = [{"type": "Property", "value": "a"}, {"type": "Property", "value": "b", "datasetId": "urn:x:1"}]
    odd = {attribute_iri(name): several for name in ("name", "pm25", "location")}

    def make(_: Document | None) -> Document:
        return Document(id="urn:ngsi-ld:Station:a", types=["T"], attrs=odd)

    await store.commit(Batch(edits=(Edit(tenant="", id="urn:ngsi-ld:Station:a", apply=make),)))
    await store.commit(Batch(readings=(readings(STATIONS, at(0, 10, name="Jung-gu", lon=129.03, lat=35.1)),)))
    stored = await attrs(pool)
    assert [stored[attribute_iri(name)]["value"] for name in ("name", "pm25")] == ["Jung-gu", 10]


async def passages(pool: Pool) -> list[tuple[str, float, float | None]]:
    """(gantry, hours since T0, fare) of each passage that counts."""
    frames = await history_frame(
        pool, PASSAGES, Predicate("test", "", None), Span(since=T0 - 99 * HOUR, until=T0 + 99 * HOUR)
    )
    return [(row["subject"], (row["observed_at"] - T0) / HOUR, row["fare"]) for row in frames.iter_rows(named=True)]


def passage(identity: str, gantry: str, hours: float, fare: float) -> dict[str, Any]:
    return {"identity": identity, "subject": gantry, "observed_at": T0 + HOUR * hours, "fare": fare}


async def test_an_identity_with_another_time_or_thing_has_moved_and_counts_once(pool: Pool, store: Committer) -> None:
    first = readings(PASSAGES, passage("p1", "g1", 5, 900), passage("p2", "g1", 5, 800))
    await store.commit(Batch(readings=(first,)))
    moved = readings(PASSAGES, passage("p1", "g1", 3, 900))
    await store.commit(Batch(readings=(moved,)))
    await store.commit(Batch(readings=(moved,)))
    assert await passages(pool) == [("g1", 3, 900), ("g1", 5, 800)]
    await store.commit(Batch(readings=(readings(PASSAGES, passage("p1", "g2", 4, 700)),)))
    assert await passages(pool) == [("g1", 5, 800), ("g2", 4, 700)]
    told = [change.readings for change in await Feed(pool, CATALOGUE).after(0) if change.readings]
    assert told[-1].frame.select("subject", "fare").rows() == [("g2", 700), ("g1", None)]


async def test_every_version_of_an_identity_within_one_batch_is_kept(pool: Pool, store: Committer) -> None:
    rows = [
        passage("p", "g1", 1, 900),
        passage("p", "g1", 2, 900),
        passage("p", "g1", 1, 700),
        passage("q", "g1", 1, 5),
    ]
    await store.commit(Batch(readings=(readings(PASSAGES, *rows),)))
    assert sorted(await passages(pool)) == [("g1", 1, 5), ("g1", 1, 700)]
    versions = [value for hours, value in await history(pool, "fare", "urn:ngsi-ld:Gantry:g1") if value != 5]
    assert versions == [900, 700, 900, None]


async def test_a_correction_counts_even_when_the_clock_has_gone_back(pool: Pool) -> None:
    times = iter([T0, T0 - HOUR, T0 - HOUR, T0 - HOUR, T0 - HOUR, T0 - HOUR])
    store = Committer(pool, lambda lons, _: [None for _ in lons], lambda: next(times))
    for value in (1, 2, 3):
        await store.commit(Batch(readings=(readings(STATIONS, at(0, value)),)))
    assert await history(pool, "pm25") == [(0, 1), (0, 2), (0, 3)]
    observed = {"type": "Property", "value": 4, "observedAt": "2026-11-24T08:00:00Z"}
    await edit(store, lambda doc: replace(doc, attrs={attribute_iri("pm25"): observed}))
    assert await history(pool, "pm25") == [(0, 1), (0, 2), (0, 3), (0, 4)]


async def edit(store: Committer, change: Callable[[Document], Document | None]) -> None:
    def apply(doc: Document | None) -> Document | None:
        assert doc
        return change(doc)

    await store.commit(Batch(edits=(Edit(tenant="", id="urn:ngsi-ld:Station:a", apply=apply),)))


def instance(value: float, dataset: str | None = None) -> dict[str, Any]:
    plain = {"type": "Property", "value": value, "observedAt": "2026-11-24T08:00:00Z"}
    return {**plain, "datasetId": dataset} if dataset else plain


async def test_readings_and_edits_of_one_thing_spoil_nothing_of_each_other(pool: Pool, store: Committer) -> None:
    """An edit may leave anything where readings had left something else."""
    pm25, name = attribute_iri("pm25"), attribute_iri("name")
    some = [at(0, 1), at(1, 2), at(2, 3, name="A")]
    await store.commit(Batch(readings=(readings(STATIONS, *some),)))
    edits: tuple[dict[str, Any], ...] = (
        {},
        {pm25: {"type": "Property", "value": 9, "modifiedAt": "2026-11-24T07:00:00Z"}},
        {pm25: [instance(1), instance(2, "urn:d")], name: [{"type": "Property", "value": "B"}]},
        {pm25: {"type": "Relationship", "object": "urn:y", "observedAt": "2026-11-24T07:00:00.5Z"}},
    )
    for hour, left in enumerate(edits, 3):
        await edit(store, lambda doc: replace(doc, attrs=left))  # noqa: B023 - applied at once
        known = await history(pool, "pm25")
        await store.commit(Batch(readings=(readings(STATIONS, *some[2:]),)))
        assert await history(pool, "pm25") == known
        some.append(at(hour, 10 * hour, name="A"))
        await store.commit(Batch(readings=(readings(STATIONS, *some[2:]),)))
        assert (await attrs(pool))[pm25]["value"] == 10 * hour
    await edit(store, lambda _: None)
    assert (await store.commit(Batch(readings=(readings(STATIONS, *some[2:]),)))).values == 0


async def test_instances_of_an_attribute_have_histories_of_their_own(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(STATIONS, at(-1, 1)),)))
    name = attribute_iri("depth")
    await edit(store, lambda doc: replace(doc, attrs={name: [instance(1), instance(2, "urn:d")]}))
    await edit(store, lambda doc: replace(doc, attrs={name: [instance(1), instance(3, "urn:d")]}))
    rows = await pool.fetch(
        "SELECT array_agg(number ORDER BY recorded_at) AS versions FROM observation JOIN attribute ON id = attr"
        " WHERE name = $1 GROUP BY instance ORDER BY 1",
        name,
    )
    assert [row["versions"] for row in rows] == [[1], [2, 3]]


async def test_a_late_reading_does_not_rename_or_move_a_thing(pool: Pool, store: Committer) -> None:
    for hours, name, lon in ((5, "new", 129.1), (2, "old", 128.1), (6, "newest", 129.2)):
        await store.commit(Batch(readings=(readings(STATIONS, at(hours, 1, name=name, lon=lon, lat=35.0)),)))
        if hours == 2:
            assert (await attrs(pool))[attribute_iri("name")]["value"] == "new"
            assert await pool.fetchval("SELECT lon FROM entity") == 129.1
    assert (await attrs(pool))[attribute_iri("name")]["value"] == "newest"


async def test_readings_are_found_though_somebody_made_their_thing_with_another_type(
    pool: Pool, store: Committer
) -> None:
    made = Document(id="urn:ngsi-ld:Station:a", types=["https://example.org/Other"], attrs={})
    await store.commit(Batch(edits=(Edit(tenant="", id=made.id, apply=lambda _: made),)))
    await store.commit(Batch(readings=(readings(STATIONS, at(0, 1)),)))
    assert await pool.fetchval("SELECT types FROM entity") == ["https://example.org/Other", type_iri("Station")]


async def test_times_before_and_after_all_months_are_kept(pool: Pool, store: Committer) -> None:
    hours = [(datetime(year, 1, 1, tzinfo=UTC) - T0) / HOUR for year in (1900, 1970, 2099, 2100, 2200)]
    await store.commit(Batch(readings=(readings(STATIONS, *(at(each, 1) for each in hours)),)))
    assert [each for each, _ in await history(pool, "pm25")] == hours


async def test_a_new_month_does_not_wait_for_somebody_who_reads(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(STATIONS, at(0, 1)),)))
    async with pool.acquire() as reader, reader.transaction():
        await reader.fetch("SELECT * FROM observation")
        async with asyncio.timeout(30):
            await store.commit(Batch(readings=(readings(STATIONS, at(-2000, 1)),)))


async def test_what_is_no_number_is_a_gap(pool: Pool, store: Committer) -> None:
    await store.commit(Batch(readings=(readings(STATIONS, at(0, math.nan), at(1, math.inf), at(2, 5)),)))
    assert await history(pool, "pm25") == [(2, 5)]


async def test_commits_of_the_same_things_in_another_order_do_not_wait_in_a_circle(
    pool: Pool, store: Committer
) -> None:
    def batch(number: int, *kinds: Stream) -> Batch:
        return Batch(readings=tuple(readings(kind, *(at(number, 1, f"s{n}") for n in range(50))) for kind in kinds))

    await asyncio.gather(
        *(
            store.commit(batch(number, *kinds))
            for number in range(10)
            for kinds in ((STATIONS, BUSES), (BUSES, STATIONS))
        )
    )
    assert await pool.fetchval("SELECT count(*) FROM observation") == 1000


async def test_names_that_clients_make_up_do_not_fill_the_memory(
    pool: Pool, store: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "_MOST_NAMES", 10)
    await store.commit(Batch(readings=(readings(STATIONS, at(0, 1)),)))
    for number in range(40):
        await edit(store, lambda doc: replace(doc, attrs={**doc.attrs, f"urn:{number}": instance(1)}))  # noqa: B023
    await store.commit(Batch(readings=(readings(STATIONS, at(1, 2)),)))
    assert len(store._attributes) <= 20
    assert await history(pool, "pm25") == [(0, 1), (1, 2)]
