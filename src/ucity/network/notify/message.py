"""What is sent to an endpoint, and what may come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Message:
    """One notification. ``body``: JSON. ``headers``: what goes beside it, by name. ``seconds``: for it to be taken.
    ``options``: how the channel is to be set up, as the subscriber says (``MQTT-QoS``, ``MQTT-Version``)."""

    uri: str
    body: bytes
    headers: Mapping[str, str] = field(repr=False)
    seconds: float
    options: Mapping[str, str] = field(default_factory=dict)


class NotDeliveredError(Exception):
    """The endpoint did not take it: it cannot be reached, does not answer, or has a fault of its own (5xx)."""


class RefusedError(NotDeliveredError):
    """The endpoint is there and does not want this one (4xx)."""


class Sender(Protocol):
    """Sends to one endpoint, one message after the other."""

    async def send(self, message: Message) -> bool:
        """Returns once the endpoint has taken it: whether it said so as is asked for (by HTTP, 200). Raises
        NotDeliveredError."""

    async def close(self) -> None:
        """Let go of its connection."""
