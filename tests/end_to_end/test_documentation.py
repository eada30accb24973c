"""What the README and the documentation tell people to type works as it stands there, in that order."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from running.city import RunningCity, running_city
from running.servers import temporary_folder

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(page: str) -> Iterator[list[str]]:
    """The words of each command in a page's shell blocks; a quoted text may go over several lines."""
    for block in BLOCK.findall((ROOT / page).read_text()):
        said = ""
        for line in block.replace("\\\n", " ").splitlines():
            said += line + "\n"
            if said.count("'") % 2 == 0:
                if words := shlex.split(said, comments=True):
                    yield words
                said = ""


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A folder with the scripts, that says of itself that it is set up, by the packages that run this test."""
    with temporary_folder() as folder:
        for name in ("scripts", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        stamp = """source scripts/setup.sh
            printf 'requirements.lock %s' "$(sum "$root/pyproject.toml" "$root"/requirements*.lock)" >"$venv/stamp\""""
        subprocess.run(["/bin/bash", "-c", stamp], check=True, cwd=folder)  # noqa: S603 - our own script
        yield folder


@pytest.mark.parametrize("words", [each for each in commands("README.md") if each[0] == "scripts/serve"], ids=" ".join)
def test_a_city_starts_as_the_readme_says(checkout: Path, words: list[str]) -> None:
    data = checkout / "my-city"
    script, *options = [str(data) if word == "my-city" else word for word in words]
    with running_city(data, *options, words=(str(checkout / script),)) as city:
        assert city.process.poll() is None, city.output
        assert "setting up" not in city.output
        assert httpx.get(f"{city.url}/api/v1/city").json()["simulated"] is ("--no-demo" not in options)


def ucity(city: RunningCity, words: list[str]) -> str:
    given = [str(city.data) if word == "my-city" else word for word in words]
    done = subprocess.run([sys.executable, "-m", "ucity", *given], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def curl(city: RunningCity, words: list[str], key: str) -> httpx.Response:
    """What curl would be answered: for the few options of its that the pages use."""
    headers, body, url, asks = {}, None, "", False
    parameters: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value.replace("$KEY", key)
        elif word == "-G":
            asks = True
        elif word in ("-d", "--data-urlencode"):
            body = next(rest)
            parameters |= [body.partition("=")[::2]] if asks else []
        else:
            assert not word.startswith("-"), f"this test does not know curl's option {word}"
            url = word.replace("http://127.0.0.1:8000", city.url)
    if asks:
        return httpx.get(url, headers=headers, params=parameters)
    return httpx.request("GET" if body is None else "POST", url, headers=headers, content=body)


@pytest.mark.parametrize("page", ["README.md", "docs/ngsi-ld.md", "docs/places.md"])
def test_commands_work_as_they_stand(city: RunningCity, page: str) -> None:
    answers = []
    made = ucity(city, ["keys", "make", "for-the-pages", "--scope", "write", "--data", "my-city"])
    for program, *words in commands(page):
        if program.endswith("ucity"):
            made = ucity(city, words)
        elif program == "curl":
            answer = curl(city, words, re.findall(r"uck_\S+", made)[-1])
            assert answer.is_success, f"{words}: {answer.status_code} {answer.text}"
            answers.append(answer.text)
        else:
            assert (ROOT / program).is_file(), program
    assert answers
    if page == "README.md":
        assert answers[0] == '{"accepted":1,"rejected":[]}'
