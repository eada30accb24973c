"""Makes what sends to an endpoint, by the scheme of its address."""

import ssl
from concurrent.futures import ThreadPoolExecutor

from ucity.network.notify.endpoint import BadEndpointError, parse_endpoint
from ucity.network.notify.http import HttpSender
from ucity.network.notify.message import NotDeliveredError, Sender
from ucity.network.notify.mqtt import MqttSender

_NAMES_AT_ONCE = 8


class Senders:
    """``private``: endpoints may lie inside the city's own network."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        self._tls = ssl.create_default_context()
        # Threads of their own: a name whose servers do not answer must keep nobody else from a thread.
        self._resolver = ThreadPoolExecutor(_NAMES_AT_ONCE, thread_name_prefix="endpoint names")

    def to(self, uri: str) -> Sender:
        """A sender for this endpoint, not connected yet. Raises NotDeliveredError for one that may not be called."""
        try:
            endpoint = parse_endpoint(uri, private=self._private)
        except BadEndpointError as error:
            raise NotDeliveredError(str(error)) from error
        if endpoint.is_mqtt:
            return MqttSender(endpoint, self._tls, self._resolver, private=self._private)
        return HttpSender(self._tls, self._resolver, private=self._private)
