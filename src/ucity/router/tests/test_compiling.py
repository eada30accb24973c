"""Code that was compiled of other sources is not used again."""

import os
from pathlib import Path

import pytest

from ucity.cloud import routing
from ucity.router.compiling import compile_ahead

SOURCES = Path(routing.__file__).parent


async def test_what_was_compiled_before_a_source_changed_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    newest = max(source.stat().st_mtime for source in SOURCES.rglob("*.py"))
    kept = [tmp_path / "routing_1" / name for name in ("pareto.search-102.py311.nbi", "pareto.search-102.py311.1.nbc")]
    kept[0].parent.mkdir()
    for file, age in zip(kept, (60, -60), strict=True):
        file.touch()
        os.utime(file, (newest - age, newest - age))

    async def read() -> None:
        assert [file.exists() for file in kept] == [False, True]

    await compile_ahead([], read)
