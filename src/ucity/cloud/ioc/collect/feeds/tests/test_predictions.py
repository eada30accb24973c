"""What was predicted some minutes before a call is told with the call once it is made."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from ucity.cloud.ioc.collect.feeds import predictions
from ucity.cloud.ioc.collect.feeds.predictions import NAMES, NONE, packed, remembered, unpacked, with_predictions

DUE = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = date(2026, 11, 24)


def update(ahead: float, delay: int | None, *, trip: str = "T1", departure: int | None = None) -> pl.DataFrame:
    """An update so many minutes before a call is expected, that tells its delay in seconds."""
    row = {
        "trip": trip,
        "day": DAY,
        "sequence": 7,
        "arrival_at": None if delay is None else DUE,
        "arrival_delay": delay,
        "departure_at": DUE,
        "departure_delay": departure,
        "at": DUE - timedelta(minutes=ahead),
    }
    times = dict.fromkeys(("arrival_at", "departure_at", "at"), pl.Datetime("us", "UTC"))
    delays = dict.fromkeys(("arrival_delay", "departure_delay"), pl.Int64())
    kinds: dict[str, pl.DataType] = {**times, **delays}
    return pl.DataFrame([row], schema_overrides=kinds)


def told(*updates: pl.DataFrame, now: datetime = DUE) -> dict[str, object]:
    """What is told with the call after these updates."""
    kept = NONE
    for each in updates:
        kept = remembered(kept, each, now)
    return with_predictions(updates[-1], kept).select(NAMES).row(0, named=True)


def test_the_last_prediction_before_each_horizon_counts() -> None:
    updates = [update(*each) for each in ((25, 10), (20.5, 20), (20, 25), (19.9, 30), (11, 40), (10.2, 50), (5.1, 60))]
    assert told(*updates) == {"predicted_3": None, "predicted_10": 50, "predicted_20": 25}


def test_what_was_predicted_long_before_a_horizon_is_not_taken_for_it() -> None:
    assert set(told(update(13, 40)).values()) == {None}


def test_where_arrivals_are_not_predicted_departures_are() -> None:
    assert told(update(3, None, departure=70))["predicted_3"] == 70


def test_other_trips_have_predictions_of_their_own_and_old_ones_are_forgotten() -> None:
    assert set(told(update(3, 40), update(0, 90, trip="T2")).values()) == {None}
    kept = remembered(NONE, update(3, 40), DUE)
    assert kept.height == 1
    assert remembered(kept, update(0, 40), DUE + timedelta(hours=4)).is_empty()


def test_what_is_remembered_is_the_same_after_it_was_packed() -> None:
    kept = remembered(NONE, update(3, 40), DUE)
    assert unpacked(packed(kept)).equals(kept)
    assert remembered(unpacked(packed(kept)), update(10, 50), DUE).select(NAMES).row(0) == (40, 50, None)
    assert unpacked(None).equals(NONE)
    assert unpacked(packed(kept.drop("due"))).equals(NONE), "another version of the city kept it"


def test_no_more_than_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "MOST", 2)
    kept = NONE
    for trip in ("T1", "T2", "T3"):
        late = update(3, 40, trip=trip).with_columns(pl.col("arrival_at") + pl.duration(minutes=int(trip[1])))
        kept = remembered(kept, late.with_columns(pl.col("at") + pl.duration(minutes=int(trip[1]))), DUE)
    assert sorted(kept["trip"]) == ["T2", "T3"], "the latest ones"
