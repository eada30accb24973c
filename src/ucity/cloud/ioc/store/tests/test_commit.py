"""The write path: what a batch of readings leaves behind, whatever order, repeats or corrections it brings."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest

from ucity.blueprint import Kind, Measure, Readings, Sharing, Stream, columns_of
from ucity.cloud.ioc.policy.names import attribute_iri
from ucity.cloud.ioc.store import Batch, Committer, Document, Edit, Pool, Position, StalePosition

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
        done = await store.commit(Batch(edits=(Edit(tenant="", id="urn:x", apply=apply),)))
    assert done.documents[0]
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
