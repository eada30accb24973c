"""How the city's own processes log: one JSON object a line, on standard error, ours and those of libraries alike."""

import asyncio
import atexit
import logging
import sys
import threading
from typing import Any, BinaryIO

import msgspec
import structlog

_SHARED: tuple[structlog.types.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
# Without local variables: they can be keys, or somebody's data.
_tracebacks = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
# Their own handlers would write the same line once more, in another form.
_LOUD = ("granian", "_granian", "granian.access")
# They tell of every request, with its URL and headers: there may be keys in both.
_TALKATIVE = ("httpx", "httpcore")


_TOGETHER = 0.1
"""Seconds for which a line that tells nothing grave may wait for others."""
_MOST = 1000


class Lines:
    """Writes lines to a file: what is graver than ``info`` at once, with all that was said before it, the rest together
    a few times a second while an event loop runs.

    A line by itself costs as much as reading an entity does, here and once more where it is read. Those of the last
    tenth of a second are lost when the process is killed; what it acknowledged is not.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held: list[bytes] = []
        self._due_in: asyncio.AbstractEventLoop | None = None
        self._writing = threading.Lock()
        atexit.register(self.write)

    def info(self, line: bytes) -> None:
        """Write it soon."""
        self._held.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # none in this thread
            self.write()
            return
        if self._due_in is not loop:
            self._due_in = loop
            loop.call_later(_TOGETHER, self._write_due)
        elif len(self._held) >= _MOST:
            self.write()

    debug = msg = info

    def warning(self, line: bytes) -> None:
        """Write it now."""
        self._held.append(line)
        self.write()

    warn = error = critical = fatal = exception = failure = err = warning

    def _write_due(self) -> None:
        self._due_in = None
        self.write()

    def write(self) -> None:
        """Write what is held, in the order in which it was said."""
        with self._writing:
            count = len(self._held)
            if count:
                lines, self._held[:count] = self._held[:count], []
                self._file.write(b"".join(line + b"\n" for line in lines))
                self._file.flush()


def configure_logs(level: str) -> None:
    """Log from ``level`` on. Our own lines do not go through the standard library: a request is to cost little more for
    being logged."""
    lines = Lines(sys.stderr.buffer)
    structlog.configure(
        processors=[*_SHARED, _tracebacks, structlog.processors.JSONRenderer(_json)],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tracebacks,
                structlog.processors.JSONRenderer(_json_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _json(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


def _json_text(event: Any, **_: Any) -> str:
    return _json(event).decode()
