"""Looks at a feed's file in a process of its own, so that no feed, however it was made, harms the one that asks.

    python -m ucity.network.feeds.inspection FORMAT FILE SCRATCH

writes a JSON ``Verdict``. The process may use so much memory and time; when it dies of the file, the file is refused.
"""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import msgspec

from ucity.network.feeds.formats import FeedFormat, Finding, Summary
from ucity.network.feeds.refusal import FeedRefused, Reason

MEMORY = 12 << 30
"""Bytes of address space; polars reserves much more than it uses."""
SECONDS = 900
_PR_SET_PDEATHSIG = 1
_ENVIRONMENT = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
"""What it sees of the environment: none of the city's passwords."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Either the summary, or why the file is refused."""

    summary: Summary | None = None
    reason: Reason | None = None
    detail: str = ""
    file: str | None = None


async def inspected(format_: FeedFormat, file: Path, scratch: Path, *, seconds: float = SECONDS) -> Summary:
    """What ``file`` holds, unpacked meanwhile into ``scratch``. Raises FeedRefused."""
    words = (sys.executable, "-m", __name__, format_, str(file), str(scratch))
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
    except TimeoutError:
        raise FeedRefused(Reason.TOO_LARGE, f"It could not be read within {seconds:g} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _summary(said)


def _summary(said: bytes) -> Summary:
    try:
        verdict = msgspec.json.decode(said, type=Verdict)
    except msgspec.DecodeError:
        raise FeedRefused(Reason.DAMAGED, "It could not be read with the memory and time that there is.") from None
    if verdict.summary is None:
        raise FeedRefused(verdict.reason or Reason.DAMAGED, verdict.detail, file=verdict.file)
    return verdict.summary


def inspect(format_: FeedFormat, file: Path, scratch: Path) -> Summary:
    """What the file holds, found in this process. Raises FeedRefused."""
    # Imported when needed: the three have little in common, and polars takes a while.
    match format_:
        case FeedFormat.OSM:
            from ucity.network.feeds import osm  # noqa: PLC0415

            extract = osm.inspect(file)
            return Summary(bounds=extract.bounds, at=extract.at, counts={"blobs": extract.blobs})
        case FeedFormat.GTFS:
            return _timetable(file, scratch)
        case _:
            from ucity.network.feeds.gtfs_realtime import decode  # noqa: PLC0415

            said = decode(file.read_bytes())
            counts = {"trip_updates": said.trip_updates.height, "vehicles": said.vehicles.height}
            return Summary(at=said.at, counts={**counts, "alerts": len(said.alerts)})


def _timetable(file: Path, scratch: Path) -> Summary:
    from ucity.network.feeds.gtfs import days, read  # noqa: PLC0415 - as above
    from ucity.network.feeds.gtfs.schema import TABLES  # noqa: PLC0415

    gtfs = read(file, scratch=scratch)
    heights = {name: getattr(gtfs, name).height for name in TABLES}
    first, last = days(gtfs)
    lon, lat = gtfs.stops["stop_lon"], gtfs.stops["stop_lat"]
    west, south, east, north = (float(str(each)) for each in (lon.min(), lat.min(), lon.max(), lat.max()))
    return Summary(
        timezone=gtfs.timezone,
        days=(first, last) if first <= last else None,
        bounds=(west, south, east, north),
        counts={name: height for name, height in heights.items() if height},
        warnings=tuple(Finding(**asdict(problem)) for problem in gtfs.warnings),
    )


def _limited() -> None:
    """End with the parent, and before a file can take the machine's memory or time."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    os.nice(5)


def main() -> None:
    """Inspect the file that the arguments name, and tell on standard output."""
    _limited()
    format_, file, scratch = sys.argv[1:4]
    try:
        verdict = Verdict(summary=inspect(FeedFormat(format_), Path(file), Path(scratch)))
    except FeedRefused as refused:
        detail = refused.detail.removeprefix(f"{refused.file}: ")
        verdict = Verdict(reason=refused.reason, detail=detail, file=refused.file)
    sys.stdout.buffer.write(msgspec.json.encode(verdict))


if __name__ == "__main__":
    main()
