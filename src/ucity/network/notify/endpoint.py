"""Addresses that notifications may be sent to: http, https, mqtt and mqtts URLs.

Source: ETSI GS CIM 009 V1.9.1, clause 7.2 (syntax of an MQTT endpoint's URI and its default ports).
"""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ucity.network.public_address import is_public

PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}
_LONGEST_TOPIC = 1024


class BadEndpointError(ValueError):
    """An address that nothing can be sent to; the text says why."""


@dataclass(frozen=True)
class Endpoint:
    """The parts of an address. ``topic`` is that of MQTT, empty otherwise."""

    scheme: str
    host: str
    port: int
    topic: str = ""
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_mqtt(self) -> bool:
        """Whether it speaks MQTT; HTTP otherwise."""
        return self.scheme in ("mqtt", "mqtts")


def parse_endpoint(uri: str, *, private: bool) -> Endpoint:
    """The parts of an endpoint's URI. ``private``: it may lie inside the city's own network, too.

    Names are looked up when something is sent; here only an address that is written out is refused.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise BadEndpointError("it is no URL") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise BadEndpointError("it is a URL with http, https, mqtt or mqtts and a host")
    if not private and _is_inside(parts.hostname):
        raise BadEndpointError("its address is not one of the public internet")
    is_mqtt = parts.scheme in ("mqtt", "mqtts")
    if not is_mqtt and parts.username is not None:
        raise BadEndpointError("it holds no password; give a header in receiverInfo in its place")
    return Endpoint(
        parts.scheme,
        parts.hostname,
        port or PORTS[parts.scheme],
        _topic(parts.path) if is_mqtt else "",
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def _topic(path: str) -> str:
    topic = unquote(path.removeprefix("/"))
    if not topic or any(each in topic for each in "+#\x00") or len(topic.encode()) > _LONGEST_TOPIC:
        raise BadEndpointError("its path is the topic: not empty, not too long, without + and #")
    return topic


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        return False
