"""What anyone may see of things that open and private streams are about together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from ucity.blueprint import NOTHING, Area, Catalogue, Declared, Measure, Readings, Rule, Service, Sharing, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.policy import ANYONE, Access, Predicate, Principal, Scope
from ucity.cloud.ioc.share.live import Box, Live
from ucity.cloud.ioc.store import Batch, Committer, Feed, Pool
from ucity.cloud.ioc.store.read import Span, current_frame, history_frame
from ucity.errors import Forbidden, Unauthenticated

TITLE = {"ko": "시험", "en": "Test"}
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)


def stream(name: str, sharing: Sharing, **more: Any) -> Stream:
    measures = (Measure(key=f"of_{name}", title=TITLE, unit="1", valid=(0, 9)),)
    return Stream(name=name, entity_type="Thing", title=TITLE, measures=measures, sharing=sharing, **more)


def anyone(*streams: Stream) -> Predicate:
    service = Service(serves=(Area.MOBILITY,), title=TITLE, summary=TITLE, streams=streams)
    return Access(Catalogue({"transport/test": service})).reads(ANYONE, "test")


RAW = stream("raw", Sharing.PRIVATE)
TRACK = stream("track", Sharing.PRIVATE, moves=True)
FIGURE = stream("figure", Sharing.OPEN, derived=True)
SEATS = stream("seats", Sharing.OPEN)


@pytest.mark.parametrize(
    ("streams", "shown"),
    [((RAW, FIGURE), False), ((TRACK, SEATS), False), ((SEATS,), True), ((RAW, SEATS), True), ((SEATS, FIGURE), True)],
)
async def test_an_open_figure_does_not_tell_where_a_private_thing_is(
    pool: Pool, streams: tuple[Stream, ...], shown: bool
) -> None:
    committer = Committer(pool, lambda lons, _: ["centre" for _ in lons])
    for each in streams:
        row = {"subject": "a", "observed_at": T0, "lon": 129.0, "lat": 35.0, f"of_{each.name}": 1.0}
        frame = pl.DataFrame([row], schema=columns_of(each))
        await committer.commit(Batch(readings=(Readings("transport/test", each, frame),)))
    predicate, asked = anyone(*streams), streams[-1]
    current = await current_frame(pool, asked, predicate)
    past = await history_frame(pool, asked, predicate, Span(since=T0, until=T0 + timedelta(hours=1)))
    assert current[f"of_{asked.name}"].to_list() == past[f"of_{asked.name}"].to_list() == [1.0]
    assert current.select("district", "lon", "lat").row(0) == (("centre", 129.0, 35.0) if shown else (None, None, None))
    assert past.select("lon", "lat").row(0) == ((129.0, 35.0) if shown else (None, None))
    assert (await current_frame(pool, asked, predicate, district="centre")).height == shown
    events = Live(pool, Feed(pool, Catalogue({}))).watch(Box(128, 34, 130, 36), frozenset({"Thing"}), predicate)
    assert (b"urn:ngsi-ld:Thing:a" in await anext(events)) is shown
    await events.aclose()


@pytest.mark.parametrize("sharing", [Sharing.PRIVATE, Sharing.AGGREGATED])
def test_single_readings_that_are_not_open_take_a_key(sharing: Sharing) -> None:
    asked = stream("asked", sharing, bucket=timedelta(hours=1))
    service = Service(serves=(Area.MOBILITY,), title=TITLE, summary=TITLE, streams=(asked,))
    access = Access(Catalogue({"transport/test": service}))
    with pytest.raises(Unauthenticated):
        access.check_read_stream(ANYONE, Declared("transport/test", asked))
    assert access.reads(ANYONE, "test").types == {}


BINS = stream("bins", Sharing.AGGREGATED, bucket=timedelta(hours=1))
READER = Principal("key", "reader", scopes=frozenset({Scope.READ}))


@pytest.mark.parametrize(
    ("streams", "on", "also", "told"),
    [
        ((SEATS,), SEATS, (), True),
        ((RAW,), RAW, (), False),
        ((BINS,), BINS, (), False),
        ((SEATS, RAW), SEATS, (RAW,), False),
        ((SEATS, RAW), RAW, (SEATS,), False),
        ((SEATS, FIGURE), FIGURE, (), True),
        # The rule is given where the things are, which the private stream alone tells.
        ((RAW, FIGURE), FIGURE, (), False),
    ],
)
def test_events_are_for_those_who_may_read_all_that_their_rule_reads(
    streams: tuple[Stream, ...], on: Stream, also: tuple[Stream, ...], *, told: bool
) -> None:
    rule = Rule(name="test.rule", on=on, also=also, then=lambda _: NOTHING)
    service = Service(serves=(Area.MOBILITY,), title=TITLE, summary=TITLE, streams=streams, rules=(rule,))
    access = Access(Catalogue({"transport/test": service}))
    assert access.rules_read(access.reads_streams(ANYONE, "test")) == (["test.rule"] if told else [])
    assert access.rules_read(access.reads_streams(READER, "test")) is None
    assert access.rules_read(Predicate("test", "", {})) == []
    assert access.rules_read(Predicate("test", "elsewhere", None)) == []
    for who, error in ((ANYONE, Unauthenticated), (Principal("device", "meter"), Forbidden)):
        for name in ("test.unknown", *(() if told else ("test.rule",))):
            with pytest.raises(error):
                access.check_read_events(access.reads_streams(who, "test"), who, name)
