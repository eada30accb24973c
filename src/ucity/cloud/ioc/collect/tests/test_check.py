"""Validation: what a declaration lets in, and what a sender is told about the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.blueprint import Declared, Kind, Measure, Stream
from ucity.cloud.ioc.collect.check import Checked, Sender, check
from ucity.cloud.ioc.collect.units import conversion

TITLE = {"ko": "시험", "en": "Test"}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STREAM = Stream(
    name="stations",
    entity_type="Station",
    title=TITLE,
    labels=("name",),
    remember=timedelta(days=3650),
    measures=(
        Measure(key="no2", title=TITLE, unit="[ppm]", valid=(0, 2), read="gas.no2"),
        Measure(key="temp", title=TITLE, unit="Cel", valid=(-60, 60)),
        Measure(key="state", title=TITLE, kind=Kind.TEXT, options=("ok", "off")),
    ),
)
BUSES = Stream(name="buses", entity_type="Bus", title=TITLE, moves=True, measures=STREAM.measures)
GOOD = {"id": "a", "observedAt": "2026-11-24T20:00:00+09:00", "gas": {"no2": 0.02}, "temp": 12, "state": "ok"}


ANY = Sender("key:k")


def checked(*items: Any, stream: Stream = STREAM, sender: Sender = ANY) -> Checked:
    return check(Declared("environment/test", stream), items, [sender] * len(items), NOW)


def reasons(*items: Any, **more: Any) -> list[tuple[int, str | None, str]]:
    return [(p.index, p.field, p.reason) for p in checked(*items, **more).problems]


def test_a_good_message_becomes_a_row_in_utc() -> None:
    row = checked({**GOOD, "location": {"type": "Point", "coordinates": [129, 35.1]}, "name": "광복동"}).readings.frame
    assert row.row(0, named=True) == {
        "subject": "a",
        "observed_at": datetime(2026, 11, 24, 11, tzinfo=UTC),
        "lon": 129.0,
        "lat": 35.1,
        "no2": 0.02,
        "temp": 12.0,
        "state": "ok",
        "name": "광복동",
    }


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"id": 7}, "id", "bad_subject"),
        ({"id": "a b"}, "id", "bad_subject"),
        ({"id": None}, "id", "no_subject"),
        ({"observedAt": None}, "observedAt", "no_time"),
        ({"observedAt": "yesterday"}, "observedAt", "bad_time"),
        ({"observedAt": "2026-11-24T08:00:00"}, "observedAt", "bad_time"),
        ({"observedAt": 1_764_000_000}, "observedAt", "bad_time"),
        ({"observedAt": "2026-11-24T12:06:00Z"}, "observedAt", "in_the_future"),
        ({"observedAt": "1899-12-31T00:00:00Z"}, "observedAt", "too_old"),
        ({"observedAt": "2010-01-01T00:00:00Z"}, "observedAt", "too_late"),
        ({"location": {"type": "Point", "coordinates": [35.1, 129.0]}}, "location", "bad_location"),
        ({"location": "here"}, "location", "bad_location"),
    ],
)
def test_a_message_that_does_not_say_what_when_or_where_is_rejected_whole(
    change: dict[str, Any], field: str, reason: str
) -> None:
    result = checked(GOOD, {**GOOD, **change}, GOOD)
    assert [(p.index, p.field, p.reason) for p in result.problems] == [(1, field, reason)]
    assert result.accepted == [0, 2]
    assert result.readings.frame.height == 2


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"temp": 61}, "temp", "out_of_range"),
        ({"temp": -999}, "temp", "out_of_range"),
        ({"temp": "12"}, "temp", "not_a_number"),
        ({"temp": True}, "temp", "not_a_number"),
        ({"temp": 10**400}, "temp", "not_a_number"),
        ({"temp": float("nan")}, "temp", "not_a_number"),
        ({"state": "broken"}, "state", "bad_text"),
        ({"name": "x\x00"}, "name", "bad_text"),
        ({"units": {"temp": "kg"}}, "units.temp", "bad_unit"),
        ({"units": {"temp": "no such unit"}}, "units.temp", "bad_unit"),
        ({"units": {"temp": "10^99999999.Cel"}}, "units.temp", "bad_unit"),
        ({"units": {"temp": "\x00"}}, "units.temp", "bad_unit"),
    ],
)
def test_an_impossible_value_is_reported_and_the_other_measures_are_kept(
    change: dict[str, Any], field: str, reason: str
) -> None:
    result = checked({**GOOD, **change})
    assert [(p.index, p.field, p.reason) for p in result.problems] == [(0, field, reason)]
    row = result.readings.frame.row(0, named=True)
    assert row["no2"] == 0.02
    assert row[field.removeprefix("units.")] is None


def test_a_missing_value_is_a_gap_and_no_problem() -> None:
    result = checked({"id": "a", "observedAt": "2026-11-24T08:00:00Z", "temp": None, "gas": {}})
    assert result.problems == []
    assert result.readings.frame["temp"].to_list() == [None]


def test_values_in_another_unit_are_converted() -> None:
    row = checked({**GOOD, "gas": {"no2": 25}, "temp": 50, "units": {"gas": 1, "no2": "[ppb]", "temp": "[degF]"}})
    assert row.readings.frame["no2"][0] == pytest.approx(0.025)
    assert row.readings.frame["temp"][0] == pytest.approx(10.0)
    assert conversion("mg/m3", "ug/m3") == pytest.approx((1000.0, 0.0))


def test_a_device_speaks_for_itself_and_a_gateway_for_its_meters() -> None:
    device = Sender("device:d1", "d1", frozenset({"d1"}))
    assert checked({**GOOD, "id": None}, sender=device).readings.frame["subject"].to_list() == ["d1"]
    assert reasons({**GOOD, "id": "d2"}, sender=device) == [(0, "id", "not_yours")]
    gateway = Sender("device:g", "g", frozenset({"m1", "m2"}))
    assert reasons({**GOOD, "id": "m2"}, {**GOOD, "id": "m3"}, sender=gateway) == [(1, "id", "not_yours")]


def test_what_moves_says_where_it_is() -> None:
    assert reasons(GOOD, stream=BUSES) == [(0, "location", "bad_location")]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "units", "location"]), inner),
    max_leaves=8,
)


@given(st.lists(json | st.fixed_dictionaries(dict.fromkeys(GOOD, json)) | st.just(GOOD), max_size=8))
def test_whatever_comes_is_either_a_row_or_a_problem(items: list[Any]) -> None:
    result = checked(*items)
    whole = {p.index for p in result.problems if p.index not in result.accepted}
    assert sorted([*result.accepted, *whole]) == list(range(len(items)))
    assert result.readings.frame.height == len(result.accepted)
