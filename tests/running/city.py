"""A whole city for a test: ``ucity serve`` on free ports, in a temporary folder."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from running.servers import temporary_folder
from ucity.cloud.ioc.manage.runtime import Runtime, read_runtime

SERVE = (sys.executable, "-m", "ucity", "serve")
# The same, without the city's own programs: for tests of the embedded servers.
SERVERS_ONLY = (
    sys.executable,
    "-c",
    "import asyncio, sys\n"
    "from ucity.commands.city import run_city\n"
    "from ucity.settings import load_settings\n"
    "options = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
    "settings = load_settings(**{name.lstrip('-').replace('-', '_'): value for name, value in options.items()})\n"
    "asyncio.run(run_city(settings, lambda line: print(line, flush=True), own=()))\n",
)


class RunningCity:
    """One run of a city in ``data``, from the line that says it is ready, or its end. What it says is read all along:
    a pipe that nobody empties would stop it."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process, self.data = process, data
        self.output = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if line.startswith("ucity is ready at"):
                self._ready.set()
        self._ready.set()

    @property
    def runtime(self) -> Runtime:
        """What the city tells of itself; it has to be running."""
        runtime = read_runtime(self.data)
        assert runtime is not None, self.output
        return runtime

    @property
    def url(self) -> str:
        """Where its pages and APIs are."""
        return self.runtime.url

    def ucity(self, *words: str) -> str:
        """What a command to this city says; it has to succeed."""
        command = [sys.executable, "-m", "ucity", *words, "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def key(self, *scopes: str) -> str:
        """A new API key for these scopes."""
        given = [word for scope in scopes for word in ("--scope", scope)]
        return str(json.loads(self.ucity("keys", "make", "t", *given, "--json"))["key"])

    def device(self, name: str, path: str, *more: str) -> str:
        """The password of a new device that may send to ``path``."""
        return str(json.loads(self.ucity("devices", "make", name, "--stream", path, "--json", *more))["password"])

    def pid(self, name: str) -> int:
        """The process id of a child that is running now."""
        pid = self.runtime.children[name].pid
        assert pid is not None
        return pid

    def processes(self) -> list[psutil.Process]:
        """The city's process and all those under it."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and wait; its exit code."""
        self.process.send_signal(how)
        self.read_to_the_end()
        return self.process.wait(30)

    def read_to_the_end(self) -> None:
        """Take in the last of what it says."""
        self._reader.join(30)


@contextmanager
def running_city(data: Path, *options: str, words: tuple[str, ...] = SERVE) -> Iterator[RunningCity]:
    """A city in ``data`` on free ports; it may not have become ready, then ``output`` says why."""
    command = [*words, "--data", str(data), "--port", "0", "--mqtt-port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        city = RunningCity(process, data)
        try:
            yield city
        finally:
            if process.poll() is None:
                city.stop()
            city.read_to_the_end()


@pytest.fixture
def city_folder() -> Iterator[Path]:
    """A data folder for a city."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture
def city(city_folder: Path) -> Iterator[RunningCity]:
    """A whole city of this test's own, without the demo."""
    with running_city(city_folder, "--no-demo") as city:
        assert city.process.poll() is None, city.output
        yield city
