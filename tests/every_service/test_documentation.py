"""The service that docs/add-a-service.md builds works as it stands there."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import ucity.services.environment
from replay import Memory
from ucity.blueprint import Declared, Service
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.collect import Sender, check

GUIDE = Path(__file__).parents[2] / "docs/add-a-service.md"
PACKAGE = "ucity.services.environment.street_noise"
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The service of the guide, written out as the guide says."""
    folder = tmp_path / "street_noise"
    (folder / "samples").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""Street noise."""\n')
    blocks = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    for name, text in blocks:
        (folder / name).write_text(text, "utf-8")
    path = ucity.services.environment.__path__
    monkeypatch.setattr(ucity.services.environment, "__path__", [*path, str(tmp_path)])
    yield import_module(f"{PACKAGE}.service").SERVICE
    for name in [each for each in sys.modules if each.startswith(PACKAGE)]:
        del sys.modules[name]


def test_the_sample_is_taken_in(documented: Service, tmp_path: Path) -> None:
    stream = documented.streams_by_name["meters"]
    sample = pl.read_json(tmp_path / "street_noise/samples/meters.json").row(0, named=True)
    checked = check(Declared("environment/street_noise", stream), [sample], [Sender("sample")], T0)
    assert checked.problems == []
    assert checked.readings.frame.select("subject", "level", "name").row(0) == ("suyeong-ro-12", 64.2, "수영로 12")


def test_an_hour_of_60_and_70_decibels_is_as_loud_as_67(documented: Service) -> None:
    city = Memory("environment/street_noise", documented)
    stream = documented.streams_by_name["meters"]
    levels = [{"subject": "m", "observed_at": T0.replace(minute=m), "level": level} for m, level in ((0, 60), (30, 70))]
    city.tell(stream, pl.DataFrame(levels, schema=columns_of(stream)))
    (hour,) = city.frame(documented.streams_by_name["hours"]).rows(named=True)
    assert (hour["observed_at"], hour["level_1h"]) == (T0, pytest.approx(67.404, abs=1e-3))


def test_the_loudest_hour_of_each_day_of_the_city_is_kept(documented: Service) -> None:
    city = Memory("environment/street_noise", documented)
    stream, (days,) = documented.streams_by_name["meters"], documented.records
    for hours, level in ((0, 60), (6, 70), (7, 80), (8, 50)):  # in Seoul hour 7 begins the next day
        reading = {"subject": "m", "observed_at": T0 + timedelta(hours=hours), "level": level}
        city.tell(stream, pl.DataFrame([reading], schema=columns_of(stream)))
    assert city.rows(days).rows() == [("m", date(2026, 11, 24), 70), ("m", date(2026, 11, 25), 80)]
