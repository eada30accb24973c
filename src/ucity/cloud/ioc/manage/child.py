"""One child of the city: started, looked after, started again when it ends, stopped."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ucity.cloud.ioc.manage.launch import READY, Command
from ucity.cloud.ioc.manage.logs import RollingFile, copy
from ucity.errors import StartupError

_ASK_EVERY = 0.05
_LOOK_EVERY = 10.0
_MOST_TOLD = 4096
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# A child that has run this long has recovered: its next failure is a new one.
_STEADY_AFTER = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What to start, and how to tell that it is well.

    Without ``is_ready`` the child itself tells when it is (``launch.tell_ready``). Later it is asked ``is_alive`` from
    time to time; a child that cannot work because another one is down is alive. One with ``tells_life`` tells that by
    itself, all the time (``launch.keep_telling``). ``prepare`` runs before every start.
    ``patience`` is for how many seconds it may take to become ready, and later may give no sign of life (``silence``,
    where that is another time), before it is ended; ``grace`` for how many it may take to stop once ``stop_signal`` is
    sent.
    """

    name: str
    command: Command
    is_ready: Callable[[], Awaitable[bool]] | None = None
    is_alive: Callable[[], Awaitable[bool]] | None = None
    tells_life: bool = False
    prepare: Callable[[], object] = lambda: None
    patience: float = 60.0
    silence: float | None = None
    grace: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM


class Child:
    """The processes of one spec, one after another, and their common log."""

    def __init__(self, spec: ChildSpec, log: RollingFile, report: Callable[[str], None]) -> None:
        self.spec, self.restarts = spec, 0
        self._log, self._report = log, report
        self._process: asyncio.subprocess.Process | None = None
        self._copying: asyncio.Task[None] | None = None
        self._told: int | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready; StartupError with the end of its log when that does not happen."""
        await asyncio.to_thread(self.spec.prepare)
        process = self._process = await self._spawn()
        deadline = time.monotonic() + self.spec.patience
        while not await self._is_ready():
            if process.returncode is not None:
                raise self._not_started(_how_it_ended(process.returncode))
            if time.monotonic() > deadline:
                raise self._not_started(f"was not ready after {self.spec.patience:g} s")
            await asyncio.sleep(_ASK_EVERY)

    async def keep_running(self) -> None:
        """Start it again whenever it ends or stays unwell, after ever longer pauses, until cancelled."""
        pause, since = _SHORTEST_PAUSE, time.monotonic()
        while True:
            what = await self._trouble()
            if time.monotonic() - since > _STEADY_AFTER:
                pause = _SHORTEST_PAUSE
            self._report(f"{self.spec.name} {what}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause, since = min(2 * pause, _LONGEST_PAUSE), time.monotonic()
            self.restarts += 1
            try:
                await self.start()
            except (StartupError, OSError) as error:
                self._report(str(error))
                await self.end()
            else:
                self._report(f"{self.spec.name} is running again")

    async def stop(self) -> None:
        """Ask it to stop, and end it when it does not."""
        if self.pid is None:
            return
        self.send(self.spec.stop_signal)
        try:
            async with asyncio.timeout(self.spec.grace):
                await self._ended()
        except TimeoutError:
            self._report(f"{self.spec.name} did not stop within {self.spec.grace:g} s and is ended")
        await self.end()

    async def end(self) -> None:
        """End it and its group of processes at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._ended()

    def send(self, what: signal.Signals) -> None:
        """Send it a signal, if it is running."""
        if self.pid is not None:
            os.kill(self.pid, what)

    async def _trouble(self) -> str:
        """Wait for its end, or for ``patience`` seconds without a sign of life; what happened, in words."""
        assert self._process is not None  # noqa: S101 - it has been started
        alive = time.monotonic()
        while time.monotonic() - alive < self._longest_silence:
            try:
                # Not wait_for: in Python 3.11 it forgets a cancellation that comes as the process ends.
                async with asyncio.timeout(_LOOK_EVERY):
                    return _how_it_ended(await self._process.wait())
            except TimeoutError:
                if await self._is_alive():
                    alive = time.monotonic()
        await self.end()
        return f"gave no sign of life for {self._longest_silence:g} s and is ended"

    @property
    def _longest_silence(self) -> float:
        return self.spec.patience if self.spec.silence is None else self.spec.silence

    async def _is_ready(self) -> bool:
        if self.spec.is_ready is not None:
            return await self.spec.is_ready()
        return self._has_told()

    async def _is_alive(self) -> bool:
        if self.spec.tells_life:
            return self._has_told()
        return self.spec.is_alive is None or await self.spec.is_alive()

    def _has_told(self) -> bool:
        """Whether it has told anything since it was asked before."""
        assert self._told is not None  # noqa: S101 - it has been started
        try:
            return os.read(self._told, _MOST_TOLD) != b""
        except BlockingIOError:
            return False

    async def _spawn(self) -> asyncio.subprocess.Process:
        await self._forget()
        options = self.spec.command.options()
        self._told, telling = os.pipe()
        os.set_blocking(self._told, False)
        try:
            process = await asyncio.create_subprocess_exec(
                *self.spec.command.words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=(telling,),
                **options | {"env": options["env"] | {READY: str(telling)}},
            )
        finally:
            os.close(telling)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        self._copying = asyncio.create_task(copy(process.stdout, self._log))
        return process

    async def _ended(self) -> None:
        """Wait for its end and for the last of its log."""
        if self._process is not None:
            await self._process.wait()
            await self._forget()

    async def _forget(self) -> None:
        """Let go of the pipes of a process that has ended. Its own children may hold on to them: never mind."""
        if self._copying is not None:
            await asyncio.wait((self._copying,), timeout=1)
            self._copying.cancel()
            self._copying = None
        if self._told is not None:
            os.close(self._told)
            self._told = None

    def _not_started(self, why: str) -> StartupError:
        return StartupError(
            f"{self.spec.name} did not start: it {why}. The end of {self._log.path}:\n{self._log.tail()}"
        )


def _how_it_ended(code: int) -> str:
    return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
