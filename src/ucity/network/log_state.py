"""How full a durable log is, and how far it goes."""

from dataclasses import dataclass

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from ucity.errors import Unavailable


@dataclass(frozen=True, slots=True)
class LogState:
    """``last``: sequence number of the newest message. ``bytes`` are stored; more than ``most_bytes`` never will be,
    0 for no limit."""

    last: int
    bytes: int
    most_bytes: int


async def log_state(bus: Client, name: str) -> LogState:
    """Look at the log now. Raises Unavailable while the bus is away."""
    try:
        info = await bus.jetstream().stream_info(name)
    except (nats.errors.Error, nats.js.errors.Error, OSError) as error:
        raise Unavailable("The city's log is not answering. Try again in a moment.", retry_after=2) from error
    return LogState(info.state.last_seq, info.state.bytes, max(0, info.config.max_bytes or 0))
