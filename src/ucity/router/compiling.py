"""Has the search compiled once, in a process of its own, before the router uses it.

What finds ways is compiled for the machine when it runs for the first time, which takes from half a minute to two and
twice the memory that it takes from then on. Compiled code is kept (by numba, beside the sources or in the data folder),
so that a process which ends afterwards leaves the router light. It builds what the router is about to build, and says
when the little is done that reading timetables takes: boards need not wait for the search.
"""

import asyncio
import contextlib
import hashlib
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from ucity.cloud import routing
from ucity.cloud.ioc.manage.launch import die_with_parent
from ucity.cloud.ioc.store.feeds import Version

log = structlog.get_logger()
Files = Sequence[tuple[Version, Path]]
_CACHE = "NUMBA_CACHE_DIR"
_SOURCES = Path(routing.__file__).parent
_decode = msgspec.json.Decoder(list[tuple[Version, str]]).decode


def settle_cache(data: Path) -> None:
    """Keep compiled code in the data folder where it cannot be kept beside the sources. Before anything is compiled."""
    if not os.access(_SOURCES, os.W_OK):
        os.environ.setdefault(_CACHE, str(data / "compiled"))


async def compile_ahead(files: Files, read: Callable[[], Awaitable[None]]) -> None:
    """Return when all is compiled: at once, when it was before. ``read`` is awaited meanwhile, once what reading
    timetables takes is compiled. What goes wrong is logged; the router then compiles."""
    mark = _mark()
    if mark.exists():
        await read()
        return
    _forget_older()
    words = (sys.executable, "-P", "-c", f"from {__name__} import main; main()")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    try:
        await _say(process, msgspec.json.encode([(version, str(file)) for version, file in files]))
        await read()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode == 0:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        log.warning("the search could not be compiled ahead", code=process.returncode)


async def _say(process: asyncio.subprocess.Process, files: bytes) -> None:
    """Hand it the files, and wait until it has read their timetables, or has ended."""
    assert process.stdin is not None  # noqa: S101 - it is a pipe, like the next one
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(OSError):  # it may have ended
        process.stdin.write(files)
        await process.stdin.drain()
    process.stdin.close()
    await process.stdout.readline()


def _mark() -> Path:
    """A file that is there once these very sources have been compiled."""
    told = hashlib.sha256(sys.version.encode())
    for source in sorted(_SOURCES.rglob("*.py")):
        told.update(f"{source.name} {source.stat().st_mtime_ns}".encode())
    folder = Path(os.environ.get(_CACHE) or _SOURCES / "__pycache__")
    return folder / f"compiled-{told.hexdigest()[:16]}"


def _forget_older() -> None:
    """Throw away what was compiled before the newest source was written: numba looks whether a function's own file has
    changed, and not whether those have of the functions that are compiled into it."""
    newest = max(source.stat().st_mtime for source in _SOURCES.rglob("*.py"))
    for kept in Path(os.environ.get(_CACHE) or _SOURCES).rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # another process does the same
            is_ours = kept.suffix in (".nbi", ".nbc") or kept.name.startswith("compiled-")
            if is_ours and kept.stat().st_mtime < newest:
                kept.unlink()


def main() -> None:
    """Build the network of the files that standard input names, and find a way through it."""
    die_with_parent()
    os.nice(5)
    # After it can no longer outlive the router.
    from ucity.router.building import build_upon, read_timetables  # noqa: PLC0415

    files = [(version, Path(file)) for version, file in _decode(sys.stdin.buffer.read())]
    timetables = read_timetables(files)
    print(flush=True)
    build_upon(timetables, files)
