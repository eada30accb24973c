"""What the data folder keeps and guards: the lock, secrets, logs, ports, and processes that were left over."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ucity.cloud.ioc.manage.launch import MARK
from ucity.cloud.ioc.manage.leftovers import end_leftovers
from ucity.cloud.ioc.manage.lock import is_locked, locked
from ucity.cloud.ioc.manage.logs import RollingFile
from ucity.cloud.ioc.manage.ports import free_port, hold, is_free
from ucity.cloud.ioc.manage.runtime import Runtime, kept_ports, read_runtime, write_runtime
from ucity.cloud.ioc.manage.secrets import kept_secret
from ucity.errors import StartupError


def test_lock_tells_who_holds_it(tmp_path: Path) -> None:
    with locked(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(StartupError, match=r"running already, as process \d+"), locked(tmp_path):
            pass
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        pass


def test_folder_without_city_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)


def test_secret_is_kept_and_private(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "secrets" / "one")
    assert kept_secret(tmp_path / "secrets" / "one") == secret
    assert kept_secret(tmp_path / "secrets" / "two") != secret
    assert (tmp_path / "secrets" / "one").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_logs_stay_within_their_limit(tmp_path: Path) -> None:
    log = RollingFile(tmp_path / "log", limit=100, files=3)
    for number in range(100):
        log.write(b"line %02d\n" % number)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["log", "log.1", "log.2"]
    assert all(file.stat().st_size <= 100 for file in files)
    newest = (tmp_path / "log.1").read_text() + (tmp_path / "log").read_text()
    assert newest.endswith("line 98\nline 99\n")


def test_ports_stay_the_same_while_they_are_free(tmp_path: Path) -> None:
    first = kept_ports(tmp_path, "postgres", "nats")
    assert kept_ports(tmp_path, "postgres", "nats") == first
    assert len(set(first.values())) == 2


def test_no_two_servers_of_a_city_get_one_port(tmp_path: Path) -> None:
    first = kept_ports(tmp_path, "postgres", "nats")
    again = kept_ports(tmp_path, "postgres", "nats", but=(first["nats"],))
    assert again["postgres"] == first["postgres"]
    assert again["nats"] != first["nats"]
    assert len({free_port() for _ in range(60)}) == 60


def test_no_two_cities_get_one_port_though_neither_listens_yet() -> None:
    chooses = f"from {free_port.__module__} import free_port; print(free_port(), flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", chooses], stdin=pipe, stdout=pipe, text=True) as other:  # noqa: S603
        assert other.stdout is not None
        port = int(other.stdout.readline())
        assert is_free("127.0.0.1", port)
        assert not hold(port)
        other.communicate("")
    assert hold(port)


def test_cannot_listen_on_an_address_of_another_machine() -> None:
    with pytest.raises(StartupError, match=r"Cannot listen on 192\.0\.2\.1"):
        is_free("192.0.2.1", free_port())


def test_runtime_is_told_only_while_the_city_runs(tmp_path: Path) -> None:
    runtime = Runtime(
        pid=1, url="http://h:1", mqtt_host="h", mqtt_port=2, postgres_url="postgresql://", nats_url="nats://"
    )
    write_runtime(tmp_path, runtime)
    assert (tmp_path / "runtime.json").stat().st_mode & 0o777 == 0o600
    assert read_runtime(tmp_path) is None
    with locked(tmp_path):
        assert read_runtime(tmp_path) == runtime


def test_ends_what_is_left_over_and_nothing_else(tmp_path: Path) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours = subprocess.Popen(sleep, env={MARK: str(tmp_path)})  # noqa: S603 - a program of this test
    other_city = subprocess.Popen(sleep, env={MARK: f"{tmp_path}2"})  # noqa: S603
    operator = subprocess.Popen(sleep, cwd=tmp_path)  # noqa: S603
    try:
        assert end_leftovers(tmp_path) == [ours.pid]
        assert not psutil.pid_exists(ours.pid)
        assert psutil.pid_exists(other_city.pid)
        assert operator.poll() is None
    finally:
        for process in (ours, other_city, operator):
            process.kill()
            process.wait()
