"""The object store, as a folder and as what a URL names: the same to whoever uses it."""

from pathlib import Path

import pytest

from ucity.cloud.ioc.store.objects import Objects, open_objects
from ucity.errors import NotFound


@pytest.fixture(params=["folder", "memory"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return open_objects(None if request.param == "folder" else "memory:///", tmp_path)


async def test_what_is_put_is_had_back_until_it_is_deleted(objects: Objects, tmp_path: Path) -> None:
    file, back = tmp_path / "file", tmp_path / "back"
    file.write_bytes(b"x" * 10_000_000)
    await objects.put("feeds/busan/1.zip", file)
    await objects.put("feeds/busan/1.zip", file)
    await objects.get("feeds/busan/1.zip", back)
    assert back.read_bytes() == file.read_bytes()
    assert [name for name, _ in await objects.names("feeds")] == ["feeds/busan/1.zip"]
    assert await objects.names("other") == []
    await objects.delete("feeds/busan/1.zip")
    await objects.delete("feeds/busan/1.zip")
    with pytest.raises(NotFound):
        await objects.get("feeds/busan/1.zip", back)
