"""Five years of hourly road-side readings, loaded through the front door as an operator would, and read back equal."""

import asyncio
import csv
import gzip
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import polars as pl
import pytest

from replay import Memory
from running.city import RunningCity
from ucity.services import discover

FILE = Path(__file__).parents[3] / "shared/data/air/marylebone-1998-2002.csv.gz"
SERVICE = discover()["environment/air_quality"]
MEASURES = ("pm10", "pm25", "no2", "o3", "so2", "co")
IN_PPB = ("no2", "o3", "so2")
STATION = "marylebone"
Values = dict[str, float | None]

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"the real readings are not here: {FILE.name}")


def ucity(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ucity", *words], capture_output=True, text=True, check=False)  # noqa: S603


def load(city: RunningCity, key: str) -> subprocess.CompletedProcess[str]:
    units = [word for name in IN_PPB for word in ("--unit", f"{name}=[ppb]")]
    return ucity(
        *("load", str(FILE), "--stream", "air_quality/stations", "--time", "date", "--subject", STATION),
        *("--url", city.url, "--key", key, *units),
    )


def in_file() -> Iterator[tuple[datetime, Values]]:
    """(time, measure to value in the stream's unit or None) of every row."""
    with gzip.open(FILE, "rt") as lines:
        for row in csv.DictReader(lines):
            values = {name: float(row[name]) if row[name] else None for name in MEASURES}
            in_ppm = {name: value / 1000 for name in IN_PPB if (value := values[name]) is not None}
            yield datetime.fromisoformat(row["date"]).replace(tzinfo=UTC), values | in_ppm


def served(city: RunningCity, stream: str) -> list[dict[str, str]]:
    """The whole history of a stream, as CSV from the API, without a key."""
    answer = httpx.get(
        f"{city.url}/api/v1/streams/air_quality/{stream}/history",
        params={"since": "1998-01-01T00:00:00Z", "until": "2003-01-01T00:00:00Z", "format": "csv"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def rules_caught_up(city: RunningCity) -> None:
    """Wait until every rule has taken in all that concerns it."""
    connection = await asyncpg.connect(city.runtime.postgres_url)
    deadline = time.monotonic() + 120
    woken_by = {rule.name: f"air_quality/{rule.on.name}" for rule in SERVICE.rules}
    while True:
        newest = dict(await connection.fetch("SELECT stream, max(seq) FROM change GROUP BY stream"))
        taken = dict(await connection.fetch("SELECT name, seq FROM log_position"))
        if all(taken.get(rule, 0) >= newest.get(stream, 0) for rule, stream in woken_by.items()):
            break
        assert time.monotonic() < deadline, (newest, taken)
        await asyncio.sleep(0.5)
    await connection.close()


async def test_five_years_load_through_the_front_door_and_come_back_equal(city: RunningCity) -> None:
    key = json.loads(ucity("keys", "make", "load", "--scope", "write", "--data", str(city.data), "--json").stdout)[
        "key"
    ]
    loaded = load(city, key)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    await rules_caught_up(city)

    expected = {time: values for time, values in in_file() if any(value is not None for value in values.values())}
    rows = served(city, "stations")
    assert {row["subject"] for row in rows} == {STATION}
    found = {
        datetime.fromisoformat(row["observedAt"]): {name: float(row[name]) if row[name] else None for name in MEASURES}
        for row in rows
    }
    assert len(rows) == len(found) == len(expected)
    assert found == {time: pytest.approx(values) for time, values in expected.items()}

    again = load(city, key)
    assert again.returncode == 0, again.stdout + again.stderr
    await rules_caught_up(city)
    assert served(city, "stations") == rows

    memory = in_memory(expected)
    assert indices(served(city, "indices")) == indices_in(memory)
    assert days_of_1999(city) == days_in(memory)


def indices(rows: list[dict[str, str]]) -> dict[datetime, tuple[float | None, float | None]]:
    """Time to CAI and US AQI."""
    return {
        datetime.fromisoformat(row["observedAt"]): (number(row["cai"]), number(row["us_aqi"]))
        for row in rows
        if row["cai"] or row["us_aqi"]
    }


def number(text: str) -> float | None:
    return float(text) if text else None


def in_memory(expected: dict[datetime, Values]) -> Memory:
    """The same readings through the service's own rules, all at once, without doors, log or database."""
    memory = Memory("environment/air_quality", SERVICE)
    memory.zone = UTC  # that of a city which has not said where it is
    rows = [{"subject": STATION, "observed_at": time, **values} for time, values in expected.items()]
    memory.tell(SERVICE.streams_by_name["stations"], pl.DataFrame(rows, infer_schema_length=None))
    return memory


def days_of_1999(city: RunningCity) -> list[tuple[str, int, float, float]]:
    """Day, hours, mean and highest CAI of a year, as the view tells them."""
    query = {"station": STATION, "since": "1999-01-01", "until": "1999-12-31"}
    (told,) = httpx.get(f"{city.url}/api/v1/environment/air_quality/days", params=query).json()["stations"]
    return [(each["day"], each["hours"], each["cai_mean"], each["cai_highest"]) for each in told["days"]]


def days_in(memory: Memory) -> list[tuple[str, int, float, float]]:
    (records,) = SERVICE.records
    year = memory.rows(records).filter(pl.col("day").dt.year() == 1999).with_columns(pl.col("day").dt.to_string())
    assert year.height > 300
    return year.select("day", "hours", "cai_mean", "cai_highest").rows()


def indices_in(memory: Memory) -> dict[datetime, tuple[float | None, float | None]]:
    """Time to CAI and US AQI, as the rules leave them in memory."""
    told = memory.frame(SERVICE.streams_by_name["indices"]).filter(
        pl.any_horizontal(pl.col("cai", "us_aqi").is_not_null())
    )
    return {row["observed_at"]: (row["cai"], row["us_aqi"]) for row in told.iter_rows(named=True)}
