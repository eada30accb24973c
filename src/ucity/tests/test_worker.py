"""The worker as the city looks after it."""

import asyncio
import signal
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ucity.cloud.ioc.manage.child import Child
from ucity.cloud.ioc.manage.logs import RollingFile
from ucity.commands.city import OWN, _own_spec
from ucity.settings import Settings


async def test_a_worker_that_hangs_is_started_again(
    process_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucity.cloud.ioc.manage.child._LOOK_EVERY", 0.5)
    (own,) = (each for each in OWN if each.name == "worker")
    spec = _own_spec(own, process_settings)
    (tmp_path / "metrics").mkdir()
    with closing(RollingFile(tmp_path / "worker.log", limit=100_000, files=2)) as log:
        worker = Child(spec, log, lambda _: None)
        await worker.start()
        first, keeping = worker.pid, asyncio.create_task(worker.keep_running())
        try:
            worker.send(signal.SIGSTOP)
            worker.spec = replace(spec, silence=3.0)
            deadline = time.monotonic() + 60
            while worker.restarts == 0 or worker.pid in (None, first):
                assert time.monotonic() < deadline, log.tail()
                await asyncio.sleep(0.1)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await worker.end()
