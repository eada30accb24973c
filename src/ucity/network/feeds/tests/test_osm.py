"""Maps: an extract is told from anything else, and from one that is cut off."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from running.feeds import small_map, zipped
from ucity.network.feeds.osm import inspect
from ucity.network.feeds.refusal import FeedRefused, Reason


def written(folder: Path, data: bytes) -> Path:
    file = folder / "map.osm.pbf"
    file.write_bytes(data)
    return file


def test_an_extract_is_one(tmp_path: Path) -> None:
    assert inspect(written(tmp_path, small_map())).blobs == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0", b"<osm version='0.6'/>", zipped(), small_map(b"Future"), b"\0\0\0\x05" + small_map()[4:]]
    + [small_map()[:cut] for cut in (3, 10, 20, 40, -1, -3, -14)],
)
def test_anything_else_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FeedRefused) as caught:
        inspect(written(tmp_path, data))
    assert caught.value.reason is Reason.WRONG_FORMAT


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(small_map()) - 1), byte=st.integers(0, 255), junk=st.binary(max_size=20))
def test_no_bytes_break_it(tmp_path: Path, at: int, byte: int, junk: bytes) -> None:
    data = bytearray(small_map() + junk)
    data[at] = byte
    try:
        inspect(written(tmp_path, bytes(data)))
    except FeedRefused:
        return
