"""Records: tables that follow from declarations, rows that take one another's place, and who may read them."""

import asyncio
import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from ucity.blueprint import Key, KeyKind, Kind, Measure, Records, Rows, Sharing
from ucity.blueprint.frames import columns_of_records
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Batch, Committer, Pool, Position, StalePosition
from ucity.cloud.ioc.store import records as store
from ucity.cloud.ioc.store.records import make_tables, records_frame
from ucity.errors import BadInput, StartupError

TITLE = {"ko": "시험", "en": "Test"}
DAY = date(2026, 11, 24)
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)
CITY = Predicate("test", "", None)
ANYONE = Predicate("test", "", {})
FLOW = Measure(key="flow", title=TITLE, unit="m3", valid=(0, 100))
STATE = Measure(key="state", title=TITLE, kind=Kind.TEXT, options=("dry", "wet"))
RECORDS = Records(
    name="test_days",
    title=TITLE,
    key=(Key(name="meter"), Key(name="order", kind=KeyKind.DAY)),
    measures=(FLOW, STATE),
)
LOG = Records(name="test_log", title=TITLE, key=(Key(name="at", kind=KeyKind.TIME),), measures=(FLOW,))
Row = tuple[Any, ...]


def rows(*said: Row, records: Records = RECORDS) -> Rows:
    return Rows(records, pl.DataFrame(said, schema=columns_of_records(records), orient="row"))


@pytest.fixture
async def committer(pool: Pool) -> Committer:
    await make_tables(pool, (RECORDS, LOG))
    return Committer(pool, lambda lons, _: [None for _ in lons])


async def keep(committer: Committer, *some: Rows) -> None:
    await committer.commit(Batch(records=some))


async def told(
    pool: Pool,
    records: Records = RECORDS,
    who: Predicate = CITY,
    having: Mapping[str, Collection[Any]] | None = None,
    between: Mapping[str, tuple[Any, Any]] | None = None,
) -> list[Row]:
    return (await records_frame(pool, records, who, having=having or {}, between=between or {})).rows()


async def test_a_row_takes_the_place_of_the_one_with_its_key_and_the_last_of_a_batch_stands(
    pool: Pool, committer: Committer
) -> None:
    await keep(committer, rows(("a", DAY, 1.0, "dry"), ("b", DAY, 2.0, None)), rows((T0, 7.0), records=LOG))
    await keep(committer, rows(("a", DAY, 3.0, None), ("a", DAY, 4.0, "wet")), rows(("c", DAY, None, None)))
    assert await told(pool) == [("a", DAY, 4.0, "wet"), ("b", DAY, 2.0, None), ("c", DAY, None, None)]
    assert await told(pool, LOG) == [(T0, 7.0)]


async def test_a_row_that_says_what_stands_already_is_not_written_again(pool: Pool, committer: Committer) -> None:
    await keep(committer, rows(("a", DAY, 1.0, None), ("b", DAY, 1.0, None)))
    where = "SELECT array_agg((ctid, recorded_at)::text ORDER BY meter) FROM records.test_days"
    before = await pool.fetchval(where)
    await keep(committer, rows(("a", DAY, 1.0, None), ("b", DAY, 2.0, None)))
    after = await pool.fetchval(where)
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ((None, DAY, 1.0, None), "without meter"),
        (("a", None, 1.0, None), "without order"),
        (("a", DAY, math.nan, None), "flow nan"),
        (("a", DAY, math.inf, None), "flow inf"),
        (("a", DAY, 100.5, None), r"flow 100\.5"),
        (("a", DAY, 1.0, "damp"), "state 'damp'"),
    ],
)
async def test_a_row_that_is_not_as_declared_is_a_defect_and_keeps_all_of_its_commit_out(
    pool: Pool, committer: Committer, wrong: Row, why: str
) -> None:
    position = Position(name="test.rule", after=0, seq=5)
    with pytest.raises(ValueError, match=why):
        await committer.commit(Batch(records=(rows(("z", DAY, 1.0, None)), rows(wrong)), position=position))
    assert await told(pool) == []
    assert await committer.position("test.rule") == 0


async def test_columns_are_those_declared(committer: Committer) -> None:
    frame = rows(("a", DAY, 1.0, None)).frame
    for other in (frame.drop("state"), frame.with_columns(more=1), frame.with_columns(pl.col("flow").cast(pl.Int64))):
        with pytest.raises(ValueError, match="have the columns"):
            await keep(committer, Rows(RECORDS, other))


async def test_rows_of_a_place_that_was_taken_already_are_not_stored(pool: Pool, committer: Committer) -> None:
    position = Position(name="test.rule", after=0, seq=5)
    await committer.commit(Batch(records=(rows(("a", DAY, 1.0, None)),), position=position))
    with pytest.raises(StalePosition):
        await committer.commit(Batch(records=(rows(("a", DAY, 2.0, None)),), position=position))
    assert await told(pool) == [("a", DAY, 1.0, None)]


async def test_rows_are_asked_for_by_their_key_and_come_in_its_order(pool: Pool, committer: Committer) -> None:
    days = [date(2026, 11, day) for day in (1, 2, 3)]
    await keep(committer, rows(*((meter, day, 1.0, None) for meter in ("나", "b", "B", "가") for day in days)))
    assert [row[0] for row in await told(pool, between={"order": (days[0], days[0])})] == ["B", "b", "가", "나"]
    both = await told(pool, having={"meter": {"b", "가"}}, between={"order": (days[1], days[2])})
    assert [row[:2] for row in both] == [("b", days[1]), ("b", days[2]), ("가", days[1]), ("가", days[2])]
    assert await told(pool, having={"meter": []}) == []
    with pytest.raises(ValueError, match="flow"):
        await told(pool, having={"flow": [1.0]})


async def test_more_rows_than_are_told_at_once_are_refused(
    pool: Pool, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_ROWS", 2)
    await keep(committer, rows(*((meter, DAY, 1.0, None) for meter in "abc")))
    with pytest.raises(BadInput, match="records"):
        await told(pool)
    assert len(await told(pool, having={"meter": "ab"})) == 2


async def test_only_open_records_are_told_to_anyone(pool: Pool, committer: Committer) -> None:
    await keep(committer, rows(("a", DAY, 1.0, None)))
    shared = replace(RECORDS, sharing=Sharing.OPEN)
    assert await told(pool, RECORDS, ANYONE) == await told(pool, replace(RECORDS, sharing=Sharing.AGGREGATED), ANYONE)
    assert await told(pool, RECORDS, ANYONE) == []
    assert len(await told(pool, shared, ANYONE)) == len(await told(pool, RECORDS, CITY)) == 1
    assert await told(pool, shared, Predicate("test", "other", None)) == []


async def test_tables_are_made_once_however_many_begin_together(pool: Pool) -> None:
    await asyncio.gather(*(make_tables(pool, (RECORDS, LOG)) for _ in range(4)))
    await make_tables(pool, (RECORDS, LOG))
    made = await pool.fetchval(
        "SELECT array_agg(attname || ' ' || format_type(atttypid, -1) || ' ' || attnotnull ORDER BY attnum)"
        " FROM pg_attribute WHERE attrelid = 'records.test_days'::regclass AND attnum > 0"
    )
    assert made == [
        "meter text true",
        "order date true",
        "flow double precision false",
        "state text false",
        "recorded_at timestamp with time zone true",
    ]


async def test_a_measure_that_is_declared_later_gets_its_column_and_one_declared_no_longer_keeps_it(
    pool: Pool, committer: Committer
) -> None:
    await keep(committer, rows(("a", DAY, 1.0, "wet")))
    now = replace(RECORDS, measures=(replace(FLOW, key="user"), FLOW))
    await make_tables(pool, (now, LOG))
    assert await told(pool, now) == [("a", DAY, None, 1.0)]
    await keep(committer, rows(("a", DAY, 2.0, 3.0), records=now))
    assert await told(pool, now) == [("a", DAY, 2.0, 3.0)]
    assert await told(pool) == [("a", DAY, 3.0, "wet")]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(RECORDS, measures=(replace(STATE, key="flow"),)), "flow is double precision"),
        (replace(RECORDS, key=(Key(name="meter"), Key(name="order"))), "order is date"),
        (replace(RECORDS, key=RECORDS.key[:1]), r"its key is \(meter, order\)"),
        (replace(RECORDS, key=(*RECORDS.key, Key(name="part"))), r"its key is \(meter, order\)"),
    ],
)
async def test_a_table_that_cannot_hold_what_is_declared_is_not_touched(
    pool: Pool, committer: Committer, other: Records, why: str
) -> None:
    await keep(committer, rows(("a", DAY, 1.0, "wet")))
    new = replace(LOG, name="test_new")
    with pytest.raises(StartupError, match=why):
        await make_tables(pool, (new, other))
    assert await told(pool) == [("a", DAY, 1.0, "wet")]
    assert await pool.fetchval("SELECT to_regclass('records.test_new')") is None
