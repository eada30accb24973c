"""Notifications by MQTT reach a real broker, as clause 7.2 of NGSI-LD has them."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import suppress

import aiomqtt
import msgspec
import pytest

from running.broker import nats_broker
from ucity.cloud.ioc.manage.ports import free_port
from ucity.network.notify import Message, NotDeliveredError, Senders

HEADERS = {"Content-Type": "application/json", "X-Of": "a"}


@pytest.fixture
def broker() -> Iterator[int]:
    """The port of a broker that knows MQTT 3.1.1 alone and lets in a client with a name and a password."""
    with nats_broker() as running:
        yield running.port


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


async def test_a_broker_that_goes_away_while_nothing_is_sent_leaves_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    with nats_broker() as broker:
        uri = f"mqtt://a:b%20c@127.0.0.1:{broker.port}/lamps"
        sender = Senders(private=True).to(uri)
        await sender.send(message(uri))
        broker.process.kill()
        broker.process.wait()
        # The end of the connection is read by the loop before what it is asked for next.
        await asyncio.sleep(0.1)
        await sender.close()
    gc.collect()
    await asyncio.sleep(0)
    assert not caplog.records


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_a_connection_that_is_never_answered_is_not_left_open(
    caplog: pytest.LogCaptureFixture, *, is_given_up: bool
) -> None:
    ended = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.set()
        await reader.read()
        writer.close()
        ended.set()

    began = asyncio.Event()
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    uri = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}/lamps"
    sender = Senders(private=True).to(uri)
    sending = asyncio.create_task(sender.send(Message(uri=uri, body=b"{}", headers={}, seconds=1, options={})))
    await began.wait()
    if is_given_up:
        sending.cancel()
    with suppress(asyncio.CancelledError, NotDeliveredError):
        await sending
    await sender.close()
    await asyncio.wait_for(ended.wait(), 60)
    server.close()
    gc.collect()
    await asyncio.sleep(0)
    assert not caplog.records
