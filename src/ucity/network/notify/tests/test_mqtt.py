"""Notifications by MQTT reach a real broker, as clause 7.2 of NGSI-LD has them."""

import signal
import socket
from collections.abc import Iterator

import aiomqtt
import msgspec
import pytest

from running.servers import running, temporary_folder
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.nats import nats_program
from ucity.cloud.ioc.manage.ports import free_port
from ucity.network.notify import Message, NotDeliveredError, Senders

HEADERS = {"Content-Type": "application/json", "X-Of": "a"}


@pytest.fixture
def broker() -> Iterator[int]:
    """The port of a broker that knows MQTT 3.1.1 alone and lets in a client with a name and a password."""
    port = free_port()
    with temporary_folder() as folder:
        (folder / "conf").write_text(
            f"port: {free_port()}\nserver_name: test\njetstream {{ store_dir: {folder} }}\n"
            f'mqtt {{ host: 127.0.0.1, port: {port} }}\nauthorization {{ user: "a", password: "b c" }}\n'
        )
        command = Command(words=(str(nats_program()), "--config", str(folder / "conf")), folder=folder, city=folder)

        async def is_ready() -> bool:
            with socket.socket() as asked:
                return asked.connect_ex(("127.0.0.1", port)) == 0

        with running(command, is_ready, stop=signal.SIGKILL, log=folder / "log"):
            yield port


def message(uri: str, **options: str) -> Message:
    return Message(uri=uri, body=b'{"type":"Notification"}', headers=HEADERS, seconds=10, options=options)


@pytest.mark.parametrize("options", [{}, {"MQTT-QoS": "1"}, {"MQTT-Version": "mqtt3.1.1", "MQTT-QoS": "1"}])
async def test_metadata_and_body_are_published(broker: int, options: dict[str, str]) -> None:
    uri = f"mqtt://a:b%20c@127.0.0.1:{broker}/lamps/one"
    async with aiomqtt.Client("127.0.0.1", broker, username="a", password="b c") as listener:  # noqa: S106 - the test's own
        await listener.subscribe("lamps/#", qos=1)
        sender = Senders(private=True).to(uri)
        for _ in range(2):
            await sender.send(message(uri, **options))
        found = [await anext(listener.messages) for _ in range(2)]
        await sender.close()
    for each in found:
        assert str(each.topic) == "lamps/one"
        assert msgspec.json.decode(bytes(each.payload)) == {"metadata": HEADERS, "body": {"type": "Notification"}}


async def test_a_broker_that_does_not_let_us_in_is_a_failure(broker: int) -> None:
    uri = f"mqtt://a:wrong@127.0.0.1:{broker}/lamps"
    sender = Senders(private=True).to(uri)
    with pytest.raises(NotDeliveredError):
        await sender.send(message(uri))
    await sender.close()


async def test_nobody_there_is_a_failure() -> None:
    uri = f"mqtt://127.0.0.1:{free_port()}/lamps"
    sender = Senders(private=True).to(uri)
    with pytest.raises(NotDeliveredError):
        await sender.send(message(uri))
    await sender.close()
