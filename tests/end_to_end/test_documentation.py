"""What the README and the documentation tell people to type works as it stands there, in that order."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from running.city import RunningCity

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
