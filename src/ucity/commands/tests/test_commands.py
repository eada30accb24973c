"""The commands for a running city: what they print, what they change, how they fail."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from running.city import RunningCity, running_city
from running.servers import temporary_folder
from ucity.cli import app
from ucity.errors import UcityError

STREAM = "air_quality/stations"
CSV = "when,no,pm25,ozone\n2026-11-24 09:00,1,12.5,31\n2026-11-24 10:00,2,NA,\n"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningCity]:
    """One whole city for all tests of this file."""
    with temporary_folder() as folder, running_city(folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        yield city


def ucity(city: RunningCity, *words: str, fails: bool = False, **variables: str) -> str:
    """What ``ucity`` prints; its errors that are told in a line are printed after it."""
    result = CliRunner(env=variables).invoke(app, [*words, "--data", str(city.data)])
    assert (result.exit_code != 0) is fails, (result.output, result.exception)
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.output
    assert isinstance(result.exception, UcityError), result.exception
    return result.output + result.exception.detail


def ucity_json(city: RunningCity, *words: str, fails: bool = False) -> Any:
    return json.loads(ucity(city, *words, "--json", fails=fails))


def make_key(city: RunningCity, *scopes: str) -> str:
    options = [word for scope in scopes for word in ("--scope", scope)]
    return str(ucity_json(city, "keys", "make", "test", *options)["key"])


def test_a_key_is_shown_once_and_listed_without_its_secret(running: RunningCity) -> None:
    printed = ucity(running, "keys", "make", "clinic", "--scope", "read", "--scope", "write", "--expires", "90d")
    token = re.search(r"uck_([0-9a-f]{16})_\S{43}", printed)
    assert token
    table = ucity(running, "keys", "list")
    assert (token[1] in table, token[0] in table, "clinic" in table) == (True, False, True)
    listed = {key["id"]: key for key in ucity_json(running, "keys", "list")}[token[1]]
    assert (listed["scopes"], listed["tenant"], listed["revoked"]) == (["read", "write"], "", None)
    ucity(running, "keys", "revoke", token[1])
    assert token[1] not in ucity(running, "keys", "list")
    assert token[1] in ucity(running, "keys", "list", "--all")


def test_what_cannot_be_made_or_revoked_is_told_in_a_line(running: RunningCity) -> None:
    assert "--expires" in ucity(running, "keys", "make", "x", "--scope", "read", "--expires", "soon", fails=True)
    assert "no API key" in ucity(running, "keys", "revoke", "nothing", fails=True)
    assert "No device can send" in ucity(running, "devices", "make", "d", "--stream", "no/stream", fails=True)
    assert "no device" in ucity(running, "devices", "revoke", "nothing", fails=True)


def test_devices_and_gateways_are_made_listed_and_revoked(running: RunningCity, tmp_path: Path) -> None:
    meters = tmp_path / "meters.txt"
    meters.write_text("m2\n\nm3\n")
    printed = ucity(running, "devices", "make", "station-1", "--stream", STREAM)
    assert f"ucity/station-1/{STREAM}" in printed
    made = ucity_json(
        running, "devices", "make", "gw-1", "--stream", STREAM, "--speaks-for", "m1", "--speaks-for-file", str(meters)
    )
    assert (made["speaks for"], len(made["password"])) == (["m1", "m2", "m3"], 43)
    assert "in use" in ucity(running, "devices", "make", "gw-1", "--stream", STREAM, fails=True)
    ucity(running, "devices", "revoke", "station-1")
    assert [device["name"] for device in ucity_json(running, "devices", "list")] == ["gw-1"]


def test_a_file_is_loaded_and_what_is_rejected_is_told_kept_and_mended(running: RunningCity, tmp_path: Path) -> None:
    file, rejects = tmp_path / "some.csv", tmp_path / "rejects.ndjson"
    file.write_text(CSV + "2026-11-24 11:00,3,-5,\nlater,4,1,\n")
    words = ("load", str(file), "--stream", STREAM, "--time", "when", "--time-zone", "Asia/Seoul", "--missing", "NA")
    more = ("--subject-column", "no", "--column", "o3=ozone", "--unit", "o3=[ppb]", "--rejects", str(rejects))
    printed = ucity(running, *words, *more, fails=True, CITY_KEY=make_key(running, "write"))
    assert "3 readings accepted" in printed
    assert "2 rows rejected" in printed
    assert "line 4: pm25 is between 0 and" in printed
    kept = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(each["line"], each["reason"]) for each in kept] == [(4, "out_of_range"), (5, "bad_time")]
    listed = ucity_json(running, "quarantine", "list")
    assert [entry["reason"] for entry in listed] == ["out_of_range", "bad_time"]
    out_of_range, bad_time = (str(entry["id"]) for entry in listed)
    shown = ucity_json(running, "quarantine", "show", out_of_range)
    assert json.loads(shown["payload"]) == {"observedAt": "2026-11-24T02:00:00Z", "id": "3", "pm25": -5.0}
    assert "pm25 is between" in ucity(running, "quarantine", "replay", "--all", "--stream", STREAM, fails=True)
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps({"observedAt": "2026-11-24T02:00:00Z", "id": "3", "pm25": 5}))
    assert "1 closed" in ucity(running, "quarantine", "replay", out_of_range, "--with", str(mended))
    assert "1 dismissed" in ucity(running, "quarantine", "dismiss", bad_time)
    assert ucity_json(running, "quarantine", "list") == []


def test_a_file_that_is_right_ends_with_success_and_can_be_loaded_again(running: RunningCity, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(CSV)
    words = ("load", str(file), "--stream", STREAM, "--time", "when", "--subject", "s", "--missing", "NA")
    key = make_key(running, "write")
    for _ in range(2):
        assert "2 readings accepted" in ucity(running, *words, "--key", key)
    assert not list(tmp_path.glob("*.rejected*"))
    assert "401" in ucity(running, *words, "--key", "wrong", fails=True)
    assert "403" in ucity(running, *words, "--key", make_key(running, "read"), fails=True)
    assert "404" in ucity(running, *words[:3], "no/stream", *words[4:], "--key", key, fails=True)


def test_the_status_tells_what_runs_and_how_far_behind_it_is(running: RunningCity) -> None:
    status = ucity_json(running, "status")
    processes = {each["name"]: each for each in status["processes"]}
    assert {"serve", "postgres", "nats", "worker", "web"} <= processes.keys()
    assert all(each["pid"] and each["seconds"] >= 0 for each in processes.values())
    assert status["ready"] is True
    assert status["logs"]["INGEST"]["behind"] >= 0
    assert running.url in ucity(running, "status")


def test_without_a_city_they_say_so(tmp_path: Path) -> None:
    for words in (("status",), ("keys", "list"), ("devices", "list"), ("quarantine", "list")):
        result = CliRunner().invoke(app, [*words, "--data", str(tmp_path)])
        assert "No city runs in" in str(result.exception)
