"""How the city's own processes log: one JSON object a line, on standard error, ours and those of libraries alike."""

import logging
import sys
from typing import Any

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


def configure_logs(level: str) -> None:
    """Log from ``level`` on. Our own lines go straight out: a request is to cost little more for being logged."""
    structlog.configure(
        processors=[*_SHARED, _tracebacks, structlog.processors.JSONRenderer(_json)],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
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
