"""A city from the wheel alone, far from the checkout: all that it needs is packed, pages too where they were built."""

import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from running.city import running_city
from running.servers import temporary_folder

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "src/ucity/pages/index.html"
LAMP = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "on": True}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel, built and unpacked; Python takes ucity from there, and starts outside of the checkout."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)  # noqa: S603 - our own build
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.chdir(tmp_path)
    return site


def test_a_city_runs_from_the_wheel(installed: Path) -> None:
    asked = [sys.executable, "-P", "-c", "import ucity; print(ucity.__file__)"]
    found = subprocess.run(asked, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own program
    assert Path(found).is_relative_to(installed), "this is about the wheel, not about the checkout"
    serve = (sys.executable, "-P", "-m", "ucity", "serve")
    with temporary_folder() as data, running_city(data, "--no-demo", "--open", words=serve) as city:
        assert city.process.poll() is None, city.output
        with httpx.Client(base_url=city.url) as client:
            assert client.post("/ngsi-ld/v1/entities", json=LAMP).status_code == 201
            assert client.get("/ngsi-ld/v1/entities?type=Lamp&options=keyValues").json() == [LAMP]
            assert client.get("/ngsi-ld/v1/openapi.json").json()["info"]["version"] == "1.9.1"
            if PAGES.exists():
                assert client.get("/", headers={"Accept-Encoding": "identity"}).text == PAGES.read_text()
