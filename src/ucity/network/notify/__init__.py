"""Sends notifications to endpoints of others, by HTTP and by MQTT, to addresses that they may name."""

from ucity.network.notify.endpoint import BadEndpointError, Endpoint, parse_endpoint
from ucity.network.notify.message import Message, NotDeliveredError, RefusedError, Sender
from ucity.network.notify.senders import Senders

__all__ = [
    "BadEndpointError",
    "Endpoint",
    "Message",
    "NotDeliveredError",
    "RefusedError",
    "Sender",
    "Senders",
    "parse_endpoint",
]
