"""What a rule keeps to: its own streams, nothing from nothing, the same from the same, whatever the order of rows."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from replay import Memory, made_up
from ucity.blueprint import Effects, Given, Records, Rule, Service, Stream
from ucity.blueprint.frames import columns_of, columns_of_records, empty
from ucity.services import discover


def test_rules_have_names_of_their_own(name: str, service: Service) -> None:
    """The name keeps the rule's place in the change feed of the whole city."""
    own = name.split("/")[1]
    for rule in service.rules:
        assert rule.name.startswith(f"{own}."), f"{rule.name} should begin with {own}."
    every = Counter(rule.name for each in discover().values() for rule in each.rules)
    assert all(every[rule.name] == 1 for rule in service.rules)


def test_rules_read_and_write_streams_of_their_own_service(service: Service) -> None:
    own = set(map(id, service.streams))
    for rule in service.rules:
        assert {id(stream) for stream in (rule.on, *rule.also, *rule.writes)} <= own, rule.name


def test_each_derived_stream_has_one_writer_and_no_other_has_any(service: Service) -> None:
    writers = Counter(stream.name for rule in service.rules for stream in rule.writes)
    for stream in service.streams:
        # What has no measures is told by feeds, without readings.
        assert writers[stream.name] == (1 if stream.derived and stream.measures else 0), stream.name


def test_each_table_of_records_has_one_writer(service: Service) -> None:
    writers = Counter(id(records) for rule in service.rules for records in rule.records)
    assert writers == {id(records): 1 for records in service.records}


def test_no_chain_of_rules_comes_back_to_where_it_started(service: Service) -> None:
    follows = {rule.on.name: set[str]() for rule in service.rules}
    for rule in service.rules:
        follows[rule.on.name] |= {stream.name for stream in rule.writes}

    def reached(start: str, seen: frozenset[str]) -> None:
        assert start not in seen, f"rules go round in a circle at {start}"
        for after in follows.get(start, ()):
            reached(after, seen | {start})

    for start in follows:
        reached(start, frozenset())


def test_from_nothing_comes_nothing(name: str, service: Service) -> None:
    for rule in service.rules:
        frames = {stream.name: empty(name, stream).frame for stream in rule.also}
        around = empty(name, rule.on).frame
        if rule.around is not None:
            around = around.select("subject", "observed_at", "lon", "lat", *rule.around)
        nothing = Given(new=empty(name, rule.on), around=around, also=frames, zone=UTC)
        effects = rule.then(nothing)
        assert not any(len(each) for each in effects.readings), rule.name
        assert effects.events == (), rule.name
        assert not any(len(each) for each in effects.records), rule.name


@pytest.fixture(params=range(3))
def city(request: pytest.FixtureRequest, name: str, service: Service) -> Memory:
    """A city that has been told made-up readings of every stream, and whose rules have run."""
    memory = Memory(name, service)
    for stream in service.streams:
        if not stream.derived:
            memory.tell(stream, made_up(stream, random.Random(request.param)))  # noqa: S311 - not for secrets
    return memory


def waking(city: Memory, rule: Rule) -> Given:
    """What the rule receives when all that its stream knows is new."""
    frame = city.frame(rule.on)
    return city.given(rule, type(empty(city.name, rule.on))(city.name, rule.on, frame))


def test_rules_write_what_they_declare_and_nothing_else(city: Memory, service: Service) -> None:
    for rule in service.rules:
        if city.frame(rule.on).is_empty():
            continue
        for readings in rule.then(waking(city, rule)).readings:
            assert readings.service == city.name
            assert any(readings.stream is stream for stream in rule.writes), rule.name
            assert dict(readings.frame.schema) == dict(pl.Schema(columns_of(readings.stream))), rule.name
            assert readings.frame["subject"].null_count() == readings.frame["observed_at"].null_count() == 0
            assert_within(readings.stream, readings.frame)


def test_rules_write_rows_as_they_declare_them(city: Memory, service: Service) -> None:
    for rule in service.rules:
        if city.frame(rule.on).is_empty():
            continue
        for rows in rule.then(waking(city, rule)).records:
            assert any(rows.records is records for records in rule.records), rule.name
            assert dict(rows.frame.schema) == dict(pl.Schema(columns_of_records(rows.records))), rule.name
            assert not any(rows.frame[part.name].null_count() for part in rows.records.key), rule.name
            assert_within(rows.records, rows.frame)


def assert_within(stream: Stream | Records, frame: pl.DataFrame) -> None:
    """Derived values are within what is declared, as devices' values are."""
    for measure in stream.measures:
        values = frame[measure.key].drop_nulls()
        if measure.valid:
            assert not values.is_nan().any(), f"{stream.name}.{measure.key} is NaN: a gap is null"
            assert values.is_between(*measure.valid).all(), f"{stream.name}.{measure.key}"
        if measure.options:
            assert set(values) <= set(measure.options), f"{stream.name}.{measure.key}"


def test_a_rule_wakes_something_at_all(service: Service) -> None:
    """Made-up readings must reach every derived stream, or the tests above would test nothing."""
    name = next(key for key, value in discover().items() if value is service)
    memory = Memory(name, service)
    for stream in service.streams:
        if not stream.derived:
            memory.tell(stream, made_up(stream, random.Random(0)))  # noqa: S311 - not for secrets
    for rule in service.rules:
        for stream in rule.writes:
            assert not memory.frame(stream).is_empty(), f"nothing comes of {rule.name}"
        for records in rule.records:
            assert not memory.rows(records).is_empty(), f"nothing comes of {rule.name}"


def test_a_rule_says_the_same_twice(city: Memory, service: Service) -> None:
    for rule in service.rules:
        if not city.frame(rule.on).is_empty():
            assert_same(rule.then(waking(city, rule)), rule.then(waking(city, rule)))


def test_a_rule_does_not_mind_the_order_of_rows(city: Memory, service: Service) -> None:
    for rule in service.rules:
        if city.frame(rule.on).is_empty():
            continue
        given = waking(city, rule)
        new = type(given.new)(given.new.service, given.new.stream, shuffled(given.new.frame, 1))
        also = {key: shuffled(frame, 3) for key, frame in given.also.items()}
        mixed = replace(given, new=new, around=shuffled(given.around, 2), also=also)
        assert_same(rule.then(given), rule.then(mixed))


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=seed)


def assert_same(one: Effects, other: Effects) -> None:
    assert [each.stream.name for each in one.readings] == [each.stream.name for each in other.readings]
    for mine, yours in zip(one.readings, other.readings, strict=True):
        key = [name for name in ("subject", "observed_at", "identity") if name in mine.frame.columns]
        assert_frame_equal(mine.frame.sort(key), yours.frame.sort(key), check_exact=True)
    assert [each.records.name for each in one.records] == [each.records.name for each in other.records]
    for mine, yours in zip(one.records, other.records, strict=True):
        by = [part.name for part in mine.records.key]
        assert_frame_equal(mine.frame.sort(by), yours.frame.sort(by), check_exact=True)
    assert sorted(one.events, key=lambda event: event.key) == sorted(other.events, key=lambda event: event.key)
