"""Notifications by MQTT: one connection for as long as there is something to send.

Source: ETSI GS CIM 009 V1.9.1, clause 7.2. Where the subscriber names no version, MQTT 5.0 is tried first and then
3.1.1, since a broker that knows only the older one refuses the newer.
"""

import asyncio
import logging
import secrets
import ssl
from concurrent.futures import Executor
from contextlib import suppress

import aiomqtt
import msgspec
from aiomqtt import ProtocolVersion

from ucity.network.mqtt_client import MqttClient
from ucity.network.notify.endpoint import Endpoint
from ucity.network.notify.message import Message, NotDeliveredError
from ucity.network.public_address import NotPublicError, resolve

VERSIONS = {"mqtt5.0": ProtocolVersion.V5, "mqtt3.1.1": ProtocolVersion.V311}

_SILENT = logging.getLogger(f"{__name__}.client")
_SILENT.setLevel(logging.CRITICAL)
"""What fails is told by whoever sends."""


class MqttSender:
    """Publishes to one topic. ``private``: the broker may lie inside the city's own network. Its name is looked up by
    ``resolver``."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext, resolver: Executor, *, private: bool) -> None:
        self._endpoint, self._tls, self._resolver, self._private = endpoint, tls, resolver, private
        self._client: aiomqtt.Client | None = None
        self._version: str | None = None

    async def send(self, message: Message) -> bool:
        """See ``Sender``."""
        try:
            async with asyncio.timeout(message.seconds):
                client = await self._connected(message.options.get("MQTT-Version"))
                qos = int(message.options.get("MQTT-QoS", "0"))
                await client.publish(self._endpoint.topic, payload(message), qos=qos, timeout=message.seconds)
        except TimeoutError:
            await self.close()
            raise NotDeliveredError(f"no answer within {message.seconds:g} s") from None
        except NotPublicError:
            raise NotDeliveredError("its address is not one of the public internet") from None
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            await self.close()
            raise NotDeliveredError(f"its broker cannot be reached ({type(error).__name__})") from error
        return True

    async def _connected(self, version: str | None) -> aiomqtt.Client:
        if self._client is not None and version in (None, self._version):
            return self._client
        await self.close()
        wanted = [version] if version else list(VERSIONS)
        for each in wanted:
            try:
                self._client, self._version = await self._connect(VERSIONS[each]), each
            except aiomqtt.MqttError:
                if each == wanted[-1]:
                    raise
            else:
                return self._client
        raise NotDeliveredError("it speaks no version of MQTT that is known here")

    async def _connect(self, version: ProtocolVersion) -> aiomqtt.Client:
        endpoint = self._endpoint
        address = await resolve(endpoint.host, endpoint.port, private=self._private, executor=self._resolver)
        is_tls = endpoint.scheme == "mqtts"
        client = MqttClient(
            # With TLS by its name: the certificate tells that it is the right one, whatever the name stands for now.
            endpoint.host if is_tls else address,
            endpoint.port,
            username=endpoint.username,
            password=endpoint.password,
            identifier=f"ucity{secrets.token_hex(8)}",
            protocol=version,
            tls_context=self._tls if is_tls else None,
            logger=_SILENT,
        )
        connecting = asyncio.create_task(client.__aenter__())
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # It goes on in a thread all the same, and would leave its connection open.
            ending = asyncio.create_task(_end(client, connecting))
            _ENDING.add(ending)
            ending.add_done_callback(_ENDING.discard)
            raise

    async def close(self) -> None:
        """See ``Sender``."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.__aexit__(None, None, None)
            except aiomqtt.MqttError:
                return


_ENDING: set[asyncio.Task[None]] = set()


async def _end(client: MqttClient, connecting: "asyncio.Task[MqttClient]") -> None:
    """Close a connection that nobody waits for any more, once it is there."""
    with suppress(aiomqtt.MqttError):
        await connecting
        await client.__aexit__(None, None, None)


def payload(message: Message) -> bytes:
    """The message as MQTT has it: what HTTP puts into headers is inside, as metadata."""
    return msgspec.json.encode({"metadata": dict(message.headers), "body": msgspec.Raw(message.body)})
