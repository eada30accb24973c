"""What a service declares: names, texts, units, ranges, sharing, sources."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ucumvert import PintUcumRegistry  # type: ignore[import-untyped]  # it ships no types

from ucity.blueprint import UNITS, Kind, Sector, Service
from ucity.blueprint.text import Text
from ucity.languages import REQUIRED_LANGUAGES
from ucity.services import discover

SHARED = {"Stream", "Records", "View"}
NOT_UCUM = {"KRW"}
"""Money, which UCUM has no codes for."""


def texts_of(service: Service) -> dict[str, Text]:
    """Everything in a declaration that people read, by where it stands."""
    streams = {f"stream {stream.name}": stream.title for stream in service.streams}
    measures = {
        f"stream {stream.name}, measure {measure.key}": measure.title
        for stream in service.streams
        for measure in stream.measures
    }
    records = {f"records {each.name}": each.title for each in service.records}
    records |= {
        f"records {each.name}, measure {measure.key}": measure.title
        for each in service.records
        for measure in each.measures
    }
    views = {f"view {view.name}": view.title for view in service.views}
    return {"title": service.title, "summary": service.summary, **streams, **measures, **records, **views}


def modules_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.py") if "tests" not in file.relative_to(folder).parts]


def test_the_folder_is_named_after_sector_and_service(name: str, folder: Path) -> None:
    sector, _, own = name.partition("/")
    assert sector in set(Sector)
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,47}", own)
    assert (folder / "__init__.py").exists()
    assert (folder / "tests").is_dir(), "a service's tests stand beside it"


def test_no_two_sectors_have_a_service_of_one_name() -> None:
    own = Counter(name.split("/")[1] for name in discover())
    assert [name for name, times in own.items() if times > 1] == []


def test_people_can_read_it_in_every_language(service: Service) -> None:
    for where, text in texts_of(service).items():
        for language in REQUIRED_LANGUAGES:
            assert text.get(language, "").strip(), f"{where} has no text in {language}"
        assert re.search("[가-힣]|^[A-Z0-9 ]+$", text["ko"]), f"{where} is not Korean: {text['ko']}"


def test_it_serves_an_area_and_names_its_source(service: Service) -> None:
    assert service.serves
    assert service.source.strip(), "the standard, publication or system that readings and figures come from"


@cache
def registry() -> Any:
    return PintUcumRegistry()


def test_records_are_named_after_their_service(name: str, service: Service) -> None:
    """The name is that of a table of the whole city."""
    for records in service.records:
        assert records.name.startswith(f"{name.split('/')[1]}_"), records.name


def test_units_are_ucum(service: Service) -> None:
    for stream in (*service.streams, *service.records):
        for measure in stream.measures:
            if measure.unit and measure.unit not in NOT_UCUM:
                assert measure.unit in UNITS
                registry().from_ucum(measure.unit)


def test_ranges_are_ordered_and_options_are_distinct(service: Service) -> None:
    for stream in (*service.streams, *service.records):
        for measure in stream.measures:
            if measure.kind is Kind.NUMBER:
                assert measure.valid is not None
                low, high = measure.valid
                assert low < high, f"{stream.name}.{measure.key}"
            assert len(set(measure.options)) == len(measure.options)


def test_streams_of_one_thing_do_not_write_one_attribute(service: Service) -> None:
    """Streams that share an entity type share its document: a key in both would flip between the two."""
    for entity_type in {stream.entity_type for stream in service.streams}:
        same = [stream for stream in service.streams if stream.entity_type == entity_type]
        keys = Counter(key for stream in same for key in stream.by_key)
        assert [key for key, times in keys.items() if times > 1] == [], entity_type


def test_times_are_positive_and_kept_longer_than_they_are_awaited(service: Service) -> None:
    for stream in service.streams:
        for duration in (stream.every, stream.keep, stream.remember, stream.bucket):
            assert duration is None or duration.total_seconds() > 0
        if stream.keep and stream.remember:
            assert stream.remember <= stream.keep, f"{stream.name} would take readings that it does not keep"


def test_sharing_is_stated_and_not_left_to_the_default(folder: Path) -> None:
    for file in modules_of(folder):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHARED:
                stated = {keyword.arg for keyword in node.keywords}
                assert "sharing" in stated, f"{file.name}:{node.lineno} does not say how far it may be shared"


@pytest.mark.parametrize(
    "banned", ["ucity.cloud", "ucity.network", "ucity.objectives", "fastapi", "asyncpg", "sqlalchemy"]
)
def test_it_stays_within_its_layer(folder: Path, banned: str) -> None:
    for file in modules_of(folder):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(each == banned or each.startswith(f"{banned}.") for each in imported), file.name


def test_it_imports_no_other_service(name: str, folder: Path) -> None:
    own = f"ucity.services.{name.replace('/', '.')}"
    for file in modules_of(folder):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ucity.services"):
                assert (node.module or "").startswith(own), file.name
