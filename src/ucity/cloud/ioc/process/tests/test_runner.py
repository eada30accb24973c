"""Rules over the change feed: what they see, and that their effects are there once."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ucity.blueprint import (
    Area,
    Catalogue,
    Effects,
    Event,
    Given,
    Key,
    KeyKind,
    Kind,
    Measure,
    Readings,
    Records,
    Rows,
    Rule,
    Service,
    Stream,
)
from ucity.blueprint.frames import columns_of, days_of, rows, shaped
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import attribute_iri
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Batch, Change, Committer, Document, Edit, Feed, Pool, StalePosition
from ucity.cloud.ioc.store.housekeeping import FEED_KEPT, tidy
from ucity.cloud.ioc.store.read import Span, current_frame, history_frame
from ucity.cloud.ioc.store.records import make_tables, records_frame
from ucity.cloud.ioc.store.rush import Rush

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = Predicate("test", "", None)
METERS = Stream(
    name="meters",
    entity_type="Meter",
    title=TITLE,
    measures=(Measure(key="flow", title=TITLE, unit="m3", valid=(0, 100)),),
)
SUMS = Stream(
    name="sums",
    entity_type="Meter",
    title=TITLE,
    derived=True,
    measures=(Measure(key="sum2", title=TITLE, unit="m3", valid=(0, 1000)),),
)


def two_hour_sum(given: Given) -> Effects:
    """The sum of each value and the one an hour before; an event for each value over 50."""
    sums = given.around.sort("subject", "observed_at").select(
        "subject",
        "observed_at",
        pl.lit(None, pl.Float64).alias("lon"),
        pl.lit(None, pl.Float64).alias("lat"),
        sum2=pl.col("flow") + pl.col("flow").shift(1).over("subject").fill_null(0),
    )
    high = given.new.frame.filter(pl.col("flow") > 50).iter_rows(named=True)
    events = tuple(
        Event(key=f"{row['subject']} {row['observed_at']}", kind="high", at=row["observed_at"], subject=row["subject"])
        for row in high
    )
    return Effects(readings=(Readings("utilities/test", SUMS, sums.select(columns_of(SUMS).keys())),), events=events)


RULE = Rule(name="test.two_hour_sum", on=METERS, then=two_hour_sum, window=HOUR, writes=(SUMS,))
SERVICE = Service(serves=(Area.UTILITIES,), title=TITLE, summary=TITLE, streams=(METERS, SUMS), rules=(RULE,))
CATALOGUE = Catalogue({"utilities/test": SERVICE})


def batch(*rows: tuple[str, int, float]) -> Batch:
    frame = pl.DataFrame(
        [{"subject": subject, "observed_at": T0 + HOUR * hour, "flow": flow} for subject, hour, flow in rows],
        schema=columns_of(METERS),
    )
    return Batch(readings=(Readings("utilities/test", METERS, frame),))


@pytest.fixture
def committer(pool: Pool) -> Committer:
    return Committer(pool, lambda lons, _: [None for _ in lons])


@pytest.fixture
def runner(pool: Pool, committer: Committer) -> RuleRunner:
    return RuleRunner("utilities/test", RULE, CATALOGUE, pool, Feed(pool, CATALOGUE), committer, UTC)


async def catch_up(runner: RuleRunner) -> None:
    await runner.catch_up(await runner.committer.position(RULE.name))


async def sums(pool: Pool, **span: Any) -> list[tuple[str, float, float]]:
    frame = await history_frame(pool, SUMS, EVERYTHING, Span(since=T0 - 99 * HOUR, until=T0 + 99 * HOUR, **span))
    return [(row["subject"], (row["observed_at"] - T0) / HOUR, row["sum2"]) for row in frame.iter_rows(named=True)]


async def test_a_late_or_corrected_reading_brings_what_depends_on_it_up_to_date(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    await committer.commit(batch(("a", 0, 1), ("a", 2, 4), ("b", 0, 7)))
    await catch_up(runner)
    assert await sums(pool) == [("a", 0, 1), ("a", 2, 5), ("b", 0, 7)]
    await committer.commit(batch(("a", 1, 2), ("b", 0, 8)))
    await catch_up(runner)
    assert await sums(pool) == [("a", 0, 1), ("a", 1, 3), ("a", 2, 6), ("b", 0, 8)]


async def test_what_is_written_through_ngsi_ld_wakes_no_rule_and_is_there_when_one_is_woken(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    await committer.commit(batch(("a", 0, 1)))
    await catch_up(runner)

    def corrected(document: Document | None) -> Document:
        assert document
        flow = {"type": "Property", "value": 5, "observedAt": "2026-11-24T08:00:00Z"}
        return replace(document, attrs=document.attrs | {attribute_iri("flow"): flow})

    await committer.commit(Batch(edits=(Edit(tenant="", id=METERS.entity_id("a"), apply=corrected),)))
    await catch_up(runner)
    assert await sums(pool) == [("a", 0, 1)]
    await committer.commit(batch(("a", 1, 2)))
    await catch_up(runner)
    assert await sums(pool) == [("a", 0, 5), ("a", 1, 7)]


async def test_the_same_changes_taken_twice_have_their_effects_once(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    await committer.commit(batch(("a", 0, 60), ("a", 1, 2)))
    changes = await runner.feed.after(0, stream="test/meters")
    await runner.take(0, changes)
    with pytest.raises(StalePosition):
        await runner.take(0, changes)
    assert await pool.fetchval("SELECT count(*) FROM event") == 1
    assert await sums(pool) == [("a", 0, 60), ("a", 1, 62)]


async def test_what_was_known_at_a_time_can_be_asked(pool: Pool, committer: Committer) -> None:
    await committer.commit(batch(("a", 0, 1)))
    then = datetime.now(UTC)
    await committer.commit(batch(("a", 0, 2)))
    before = await history_frame(pool, METERS, EVERYTHING, Span(since=T0, until=T0 + HOUR, as_of=then))
    now = await history_frame(pool, METERS, EVERYTHING, Span(since=T0, until=T0 + HOUR))
    assert (before["flow"].to_list(), now["flow"].to_list()) == ([1.0], [2.0])


async def test_a_reader_without_permission_sees_nothing(pool: Pool, committer: Committer) -> None:
    await committer.commit(batch(("a", 0, 1)))
    nobody = Predicate("test", "", {})
    assert (await current_frame(pool, METERS, nobody)).height == 0
    assert (await history_frame(pool, METERS, nobody, Span(since=T0, until=T0 + HOUR))).height == 0
    assert (await current_frame(pool, METERS, EVERYTHING)).select("subject", "flow").rows() == [("a", 1.0)]


async def test_old_and_new_readings_together_are_worked_on_apart(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    years = 24 * 365 * 20
    await committer.commit(batch(*(("a", hour - years // 2, 1) for hour in range(50))))
    place = (await runner.feed.after(0))[-1].seq
    await committer.commit(batch(("a", 0, 3), ("a", -years, 1), ("a", 1, 4), ("a", 1 - years, 2)))
    given: list[Given] = []

    def seen(each: Given) -> Effects:
        given.append(each)
        return two_hour_sum(each)

    await replace(runner, rule=replace(RULE, then=seen)).take(0, await runner.feed.after(place))
    assert [each.new.frame["flow"].to_list() for each in given] == [[1, 2], [3, 4]]
    assert [each.around.height for each in given] == [2, 2]
    frame = await history_frame(pool, SUMS, EVERYTHING, Span(since=T0 - years * HOUR, until=T0 + 2 * HOUR))
    assert frame["sum2"].to_list() == [1, 3, 3, 7]


PEAKS = Records(
    name="test_peaks",
    title=TITLE,
    key=(Key(name="meter"), Key(name="day", kind=KeyKind.DAY)),
    measures=(Measure(key="highest", title=TITLE, unit="m3", valid=(0, 100)),),
)
STATE = Measure(key="state", title=TITLE, kind=Kind.TEXT)


async def test_records_of_local_days_are_kept_together_with_the_place_of_their_rule(
    pool: Pool, committer: Committer
) -> None:
    pumps = replace(METERS, name="pumps", entity_type="Pump", measures=(*METERS.measures, STATE))
    given: list[Given] = []

    def peaks(each: Given) -> Effects:
        given.append(each)
        local = each.around.with_columns(day=days_of(each.around["observed_at"], each.zone))
        found = local.group_by("day", meter="subject").agg(highest=pl.col("flow").max())
        return Effects(records=(rows(PEAKS, found),))

    rule = Rule(name="test.peaks", on=pumps, then=peaks, window=25 * HOUR, around=("flow",), records=(PEAKS,))
    service = replace(SERVICE, streams=(pumps,), records=(PEAKS,), rules=(rule,))
    catalogue = Catalogue({"utilities/test": service})
    await make_tables(pool, catalogue.records)
    feed, seoul = Feed(pool, catalogue), ZoneInfo("Asia/Seoul")
    runner = RuleRunner("utilities/test", rule, catalogue, pool, feed, committer, seoul)
    for flow, hour in ((5, 6), (7, 7), (6, 8)):  # hour 7 begins the next day in Seoul
        readings = [{"subject": "a", "observed_at": T0 + HOUR * hour, "flow": flow, "state": "on"}]
        frame = pl.DataFrame(readings, schema=columns_of(pumps))
        await committer.commit(Batch(readings=(Readings("utilities/test", pumps, frame),)))
        await runner.catch_up(await committer.position("test.peaks"))
    assert given[-1].around.columns == ["subject", "observed_at", "lon", "lat", "flow"]
    assert given[-1].new.frame["state"].to_list() == ["on"]
    found = await records_frame(pool, PEAKS, EVERYTHING, having={}, between={})
    assert found.rows() == [("a", date(2026, 11, 24), 5.0), ("a", date(2026, 11, 25), 7.0)]
    place = await committer.position("test.peaks")
    assert place == await feed.last()

    def defective(each: Given) -> Effects:
        return Effects(records=(Rows(PEAKS, peaks(each).records[0].frame.with_columns(highest=pl.lit(float("nan")))),))

    await committer.commit(Batch(readings=(Readings("utilities/test", pumps, frame.with_columns(flow=9.0)),)))
    with pytest.raises(ValueError, match="highest nan"):
        await replace(runner, rule=replace(rule, then=defective)).catch_up(place)
    assert await committer.position("test.peaks") == place


async def test_the_feed_is_kept_until_its_rules_have_taken_it_and_no_longer(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    await committer.commit(batch(("a", 0, 1)))
    later = datetime.now(UTC) + 3 * FEED_KEPT
    await tidy(pool, CATALOGUE, later)
    assert await pool.fetchval("SELECT count(*) FROM change") == 1
    await catch_up(runner)
    await committer.commit(Batch(readings=(shaped("utilities/test", SUMS, batch(("b", 0, 1)).readings[0].frame),)))
    await tidy(pool, CATALOGUE, later)
    assert await pool.fetchval("SELECT count(*) FROM change") == 0


async def test_a_rule_stands_back_while_there_is_much_to_take_in(
    pool: Pool, committer: Committer, runner: RuleRunner
) -> None:
    committer.rush.tell("log", much=True)
    await committer.commit(batch(("a", 0, 1)))
    following = asyncio.create_task(runner.run())
    await asyncio.sleep(0.5)  # enough for it to have worked on the first one, if it did not stand back
    await committer.commit(batch(("a", 1, 2)))
    committer.rush.tell("log", much=False)
    deadline = time.monotonic() + 30
    while len(found := await sums(pool)) < 2:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    following.cancel()
    assert found == [("a", 0, 1), ("a", 1, 3)]
    assert await pool.fetchval("SELECT count(*) FROM change WHERE stream = 'test/sums'") == 1


class Sips(Feed):
    """Gives one change at a time."""

    async def after(self, seq: int, *, stream: str | None = None, readings: int = 1) -> list[Change]:
        return await super().after(seq, stream=stream, readings=readings)


class Counted(Rush):
    """One that is never over, and counts those who stand back."""

    def __init__(self) -> None:
        super().__init__(longest=0.05)
        self.tell("log", much=True)
        self.times = 0

    async def stand_back(self) -> bool:
        self.times += 1
        return await super().stand_back()


async def test_a_rule_that_stood_back_works_on_all_that_has_come_before_it_does_so_again(
    pool: Pool, committer: Committer
) -> None:
    committer.rush = rush = Counted()
    for hour in range(4):
        await committer.commit(batch(("a", hour, 1)))
    following = asyncio.create_task(
        RuleRunner("utilities/test", RULE, CATALOGUE, pool, Sips(pool, CATALOGUE), committer, UTC).run()
    )
    deadline = time.monotonic() + 30
    while len(found := await sums(pool)) < 4:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    following.cancel()
    assert rush.times == 1


async def test_nobody_stands_back_for_ever() -> None:
    rush = Rush(longest=0.01)
    assert not await rush.stand_back()
    rush.tell("mqtt", much=True)
    rush.tell("http", much=True)
    rush.tell("http", much=False)
    assert await rush.stand_back()
    rush.tell("mqtt", much=False)
    assert not await rush.stand_back()
