"""Readings of air-quality stations as a city's devices would send them, the same ones for the same seed. Pure."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl

from bench.cities import STATIONS
from ucity.cloud.ioc.collect import Sender, check
from ucity.cloud.ioc.policy.names import attribute_iri
from ucity.cloud.ioc.store.columns import long_form
from ucity.services import catalogue

MEASURES = ("pm25", "pm10", "o3", "no2", "so2", "co", "temperature", "humidity")
VALUES = len(MEASURES)
"""Values of one reading."""


def station(number: int) -> str:
    """A station's identifier."""
    return f"station-{number:04d}"


def reading(subject: str, at: datetime, chance: random.Random) -> dict[str, Any]:
    """One reading with VALUES values, rounded as instruments round."""
    return {
        "id": subject,
        "observedAt": at.isoformat().replace("+00:00", "Z"),
        "pm25": round(chance.gammavariate(4, 5), 1),
        "pm10": round(chance.gammavariate(5, 8), 1),
        "o3": round(chance.uniform(0.001, 0.09), 4),
        "no2": round(chance.uniform(0.001, 0.06), 4),
        "so2": round(chance.uniform(0.001, 0.01), 4),
        "co": round(chance.uniform(0.1, 1.2), 2),
        "temperature": round(chance.gauss(14, 8), 1),
        "humidity": round(chance.uniform(20, 95), 1),
    }


def rounds_of_stations(start: datetime, *, stations: int, times: int, seed: int) -> list[list[dict[str, Any]]]:
    """``times`` lists, a minute apart, of one reading of every station."""
    chance = random.Random(seed)  # noqa: S311 - readings, no secret
    return [
        [reading(station(number), start + timedelta(minutes=minute), chance) for number in range(stations)]
        for minute in range(times)
    ]


def ndjson(items: Sequence[dict[str, Any]]) -> bytes:
    """One reading a line."""
    return b"\n".join(map(msgspec.json.encode, items))


def history(items: Sequence[dict[str, Any]], entities: dict[str, int], attributes: Mapping[str, int]) -> pl.DataFrame:
    """The rows of ``observation`` that these readings become. ``entities``: subjects to keys; ``attributes``: measures
    to numbers."""
    declared, now = catalogue().streams[STATIONS], datetime.now(UTC)
    checked = check(declared, items, [Sender("bench")] * len(items), now).readings
    numbers = {attribute_iri(name): number for name, number in attributes.items()}
    return long_form(checked, entities, numbers).with_columns(recorded_at=pl.lit(now))
