"""Readings of any stream, made up from its declaration: values within its ranges, gaps, things close to one another."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from ucity.blueprint import Kind, Measure, Stream
from ucity.blueprint.frames import columns_of

T0 = datetime(2026, 11, 24, tzinfo=UTC)
_HERE = (129.06, 35.16)
_NEARBY_DEG = 0.003
_GAPS = 0.1


def made_up(stream: Stream, chance: random.Random, *, things: int = 3, times: int = 40) -> pl.DataFrame:
    """``times`` readings of each of ``things`` things, thing-0 and on, within two days, in order of subject and time.

    Each reading of what moves has its place; of what stands still, some have.
    """
    rows = [
        _row(stream, f"thing-{number}", T0 + timedelta(seconds=chance.randrange(48 * 3600)), chance)
        for number in range(things)
        for _ in range(times)
    ]
    frame = pl.DataFrame(rows, schema=columns_of(stream))
    return frame.unique(["subject", "observed_at"], keep="first", maintain_order=True).sort("subject", "observed_at")


def _row(stream: Stream, subject: str, time: datetime, chance: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {"subject": subject, "observed_at": time}
    if stream.moves or chance.random() < 0.5:
        row["lon"], row["lat"] = (axis + chance.uniform(-_NEARBY_DEG, _NEARBY_DEG) for axis in _HERE)
    if stream.identity:
        row["identity"] = f"reading-{chance.getrandbits(48):x}"
    row |= {measure.key: _value(measure, chance) for measure in stream.measures}
    return row | {label: f"{label} of {subject}" for label in stream.labels}


def _value(measure: Measure, chance: random.Random) -> float | str | None:
    if chance.random() < _GAPS:
        return None
    if measure.kind is Kind.TEXT:
        return chance.choice(measure.options or ("one", "two", "three"))
    low, high = measure.valid or (0.0, 1.0)
    # Most values low in the range, as in nature, and its ends now and then.
    return chance.choice((low, high)) if chance.random() < 0.05 else low + (high - low) * chance.random() ** 3
