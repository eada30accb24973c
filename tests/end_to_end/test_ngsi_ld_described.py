"""The NGSI-LD API is what its OpenAPI document says: schemathesis finds nothing, by all its checks, and no 5xx.

With ``API_EXAMPLES=50`` so many requests are drawn for each operation in the place of a few, and every boundary that
the document has is tried besides, which takes half an hour.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from running.city import RunningCity, running_city
from running.servers import temporary_folder

ROOT = Path(__file__).parents[2]
EXAMPLES = os.environ.get("API_EXAMPLES")
PHASES = "examples,coverage,fuzzing,stateful" if EXAMPLES else "examples,fuzzing,stateful"


@pytest.fixture(params=["open", "with keys"])
def city_and_key(request: pytest.FixtureRequest) -> Iterator[tuple[RunningCity, str | None]]:
    """A city that anyone may write to, and one that asks for keys."""
    is_open = request.param == "open"
    with temporary_folder() as folder, running_city(folder, "--no-demo", *(["--open"] if is_open else [])) as city:
        assert city.process.poll() is None, city.output
        yield city, None if is_open else city.key("read", "write")


def test_schemathesis_finds_nothing(city_and_key: tuple[RunningCity, str | None]) -> None:
    city, key = city_and_key
    said = [*(["--header", f"Authorization: Bearer {key}"] if key else []), "--generation-deterministic", "--no-color"]
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{city.url}/ngsi-ld/v1/openapi.json", *said]
    command += ["--max-examples", EXAMPLES or "3", "--phases", PHASES, "--continue-on-failure"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 - the tool
    assert found.returncode == 0, found.stdout
