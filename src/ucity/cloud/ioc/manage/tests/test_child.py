"""Children that are real small programs: ready, ended, started again, stopped, orphaned."""

import asyncio
import itertools
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import psutil
import pytest

from ucity.cloud.ioc.manage.child import Child, ChildSpec
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.logs import RollingFile
from ucity.cloud.ioc.manage.supervisor import supervise
from ucity.errors import StartupError

TELL = "from ucity.cloud.ioc.manage.launch import tell_ready; tell_ready()\n"
FOREVER = TELL + "import time\nprint('at work', flush=True)\nwhile True: time.sleep(1)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Makes a child that runs a given Python program."""

    def make(
        program: str, name: str = "program", report: Callable[[str], None] = lambda _: None, **options: object
    ) -> Child:
        command = Command(words=(sys.executable, "-c", program), folder=tmp_path, city=tmp_path)
        spec = ChildSpec(name=name, command=command, **options)  # type: ignore[arg-type] # as given by the test
        log = logs.enter_context(closing(RollingFile(tmp_path / f"{name}.log", limit=10_000, files=2)))
        return Child(spec, log, report)

    with ExitStack() as logs:
        yield make


@asynccontextmanager
async def supervised(*children: Child) -> AsyncIterator[None]:
    ready = asyncio.Event()

    async def meanwhile() -> None:
        ready.set()
        await asyncio.Event().wait()

    running = asyncio.ensure_future(supervise(children, report=lambda _: None, meanwhile=meanwhile))
    try:
        waiting = asyncio.ensure_future(ready.wait())
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))
        if not running.cancelled():
            running.result()


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.02)


async def test_starts_again_what_was_killed(child: Callable[..., Child]) -> None:
    worker = child(FOREVER)
    async with supervised(worker):
        first = worker.pid
        assert first is not None
        worker.send(signal.SIGKILL)
        await until(lambda: worker.pid not in (None, first))
        assert worker.restarts == 1
    assert worker.pid is None


async def test_stops_in_reverse_order_and_leaves_nothing(tmp_path: Path, child: Callable[..., Child]) -> None:
    stopping = (
        "import signal, sys, pathlib\n"
        "def stop(*_):\n"
        f"    with pathlib.Path({str(tmp_path / 'order')!r}).open('a') as out: out.write(sys.argv[0] + NAME)\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
    )
    children = [child(f"NAME = {name!r}\n{stopping}{FOREVER}", name) for name in ("a", "b", "c")]
    async with supervised(*children):
        pids = [worker.pid for worker in children]
    assert (tmp_path / "order").read_text() == "-cc-cb-ca"
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


async def test_ends_what_does_not_stop(child: Callable[..., Child]) -> None:
    worker = child(DEAF, grace=0.3)
    async with supervised(worker):
        pid = worker.pid
    assert pid
    assert not psutil.pid_exists(pid)


async def test_tells_why_a_child_did_not_start(child: Callable[..., Child]) -> None:
    with pytest.raises(StartupError, match=r"program did not start: it ended with exit code 3[^$]*no such table"):
        async with supervised(child("import sys\nprint('no such table')\nsys.exit(3)")):
            pass


async def test_gives_up_on_a_child_that_is_never_ready(child: Callable[..., Child]) -> None:
    worker = child("import time\ntime.sleep(60)", patience=0.3)
    with pytest.raises(StartupError, match=r"was not ready after 0\.3 s"):
        async with supervised(worker):
            pass
    assert worker.pid is None


async def test_starts_again_what_gives_no_sign_of_life(
    tmp_path: Path, child: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucity.cloud.ioc.manage.child._LOOK_EVERY", 0.1)
    beat = tmp_path / "beat"

    async def is_alive() -> bool:
        return time.time() - beat.stat().st_mtime < 3

    beating = f"import pathlib, time\nwhile True:\n    pathlib.Path({str(beat)!r}).touch()\n    time.sleep(0.1)\n"
    worker = child(TELL + beating, is_alive=is_alive, patience=4)
    async with supervised(worker):
        await asyncio.sleep(4.5)
        assert worker.restarts == 0
        worker.send(signal.SIGSTOP)
        await until(lambda: worker.restarts == 1)


async def test_starts_again_what_no_longer_tells_that_it_lives(
    child: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucity.cloud.ioc.manage.child._LOOK_EVERY", 0.1)
    telling = (
        "import asyncio\nfrom ucity.cloud.ioc.manage import launch\n"
        "launch._TELL_EVERY = 0.1\nasyncio.run(launch.keep_telling())\n"
    )
    worker = child(telling, tells_life=True, patience=4)
    async with supervised(worker):
        await asyncio.sleep(4.5)
        assert worker.restarts == 0
        worker.send(signal.SIGSTOP)
        await until(lambda: worker.restarts == 1)


async def test_starts_again_what_is_unwell_though_it_runs(
    child: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucity.cloud.ioc.manage.child._LOOK_EVERY", 0.1)
    telling = (
        "import asyncio, time\nfrom ucity.cloud.ioc.manage import launch\n"
        "launch._TELL_EVERY = 0.1\nends = time.monotonic() + 0.5\n"
        "asyncio.run(launch.keep_telling(lambda: time.monotonic() < ends))\n"
    )
    worker = child(telling, tells_life=True, patience=4)
    async with supervised(worker):
        await until(lambda: worker.restarts == 1)


async def test_waits_longer_after_each_failure(tmp_path: Path, child: Callable[..., Child]) -> None:
    times = tmp_path / "times"
    program = f"import time\nwith open({str(times)!r}, 'a') as out: print(time.time(), file=out)\n" + TELL
    said: list[str] = []
    async with supervised(child(program, report=said.append)):
        await until(lambda: len(times.read_text().splitlines()) >= 5)
    starts = [float(line) for line in times.read_text().splitlines()]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    pauses = [float(match[1]) for each in said if (match := re.search(r"starting it again in (\S+) s", each))]
    assert pauses[:4] == sorted(pauses[:4]) and pauses[3] > 4 * pauses[0]
    assert all(gap >= pause for gap, pause in zip(gaps, pauses, strict=False))


async def test_keeps_what_a_child_says(tmp_path: Path, child: Callable[..., Child]) -> None:
    async with supervised(child(FOREVER)):
        await until(lambda: (tmp_path / "program.log").read_text() == "at work\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_child_ends_with_its_parent(tmp_path: Path) -> None:
    parent_program = (
        "import subprocess, sys, time\n"
        "from pathlib import Path\n"
        "from ucity.cloud.ioc.manage.launch import Command\n"
        "here = Path.cwd()\n"
        "command = Command(words=(sys.executable, '-c', 'import time; time.sleep(60)'), folder=here, city=here)\n"
        "print(subprocess.Popen(command.words, **command.options()).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220, S603 - nothing else runs in this test, and the program is its own
        [sys.executable, "-c", parent_program], cwd=tmp_path, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert psutil.pid_exists(orphan)
        parent.kill()
    await until(lambda: not psutil.pid_exists(orphan))
