"""Makes what sends to an endpoint, by the scheme of its address."""

import ssl

from ucity.network.notify.endpoint import BadEndpointError, parse_endpoint
from ucity.network.notify.http import HttpSender
from ucity.network.notify.message import NotDeliveredError, Sender
from ucity.network.notify.mqtt import MqttSender


class Senders:
    """``private``: endpoints may lie inside the city's own network."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        self._tls = ssl.create_default_context()

    def to(self, uri: str) -> Sender:
        """A sender for this endpoint, not connected yet. Raises NotDeliveredError for one that may not be called."""
        try:
            endpoint = parse_endpoint(uri, private=self._private)
        except BadEndpointError as error:
            raise NotDeliveredError(str(error)) from error
        if endpoint.is_mqtt:
            return MqttSender(endpoint, self._tls, private=self._private)
        return HttpSender(self._tls, private=self._private)
