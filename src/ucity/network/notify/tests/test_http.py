"""Notifications by HTTP: what is taken, refused or not delivered, and where they may not go."""

import pytest

from running.receiver import Receiver
from ucity.cloud.ioc.manage.ports import free_port
from ucity.network.notify import Message, NotDeliveredError, RefusedError, Senders


def message(uri: str, *, seconds: float = 5) -> Message:
    return Message(
        uri=uri, body=b'{"a": "\xea\xb0\x80"}', headers={"Content-Type": "application/json"}, seconds=seconds
    )


async def test_one_connection_carries_many(receiver: Receiver) -> None:
    sender = Senders(private=True).to(receiver.url())
    for _ in range(3):
        await sender.send(message(receiver.url("/notify")))
    await sender.close()
    assert [each.body for each in receiver.at()] == [{"a": "가"}] * 3


ANSWERS = {
    200: True,
    204: False,
    302: NotDeliveredError,
    404: RefusedError,
    429: NotDeliveredError,
    500: NotDeliveredError,
}


@pytest.mark.parametrize(("status", "expected"), ANSWERS.items())
async def test_answers(receiver: Receiver, status: int, expected: bool | type[Exception]) -> None:
    receiver.status["/notify"] = status
    sender = Senders(private=True).to(receiver.url())
    if isinstance(expected, bool):
        assert await sender.send(message(receiver.url())) is expected
    else:
        with pytest.raises(expected) as caught:
            await sender.send(message(receiver.url()))
        assert type(caught.value) is expected
    await sender.close()


async def test_whoever_hangs_or_is_away_fails(receiver: Receiver) -> None:
    receiver.hang["/notify"] = 30
    for uri in (receiver.url(), f"http://127.0.0.1:{free_port()}/"):
        sender = Senders(private=True).to(uri)
        with pytest.raises(NotDeliveredError):
            await sender.send(message(uri, seconds=0.3))
        await sender.close()


async def test_addresses_inside_the_network_are_not_called(receiver: Receiver) -> None:
    with pytest.raises(NotDeliveredError, match="public internet"):
        Senders(private=False).to(receiver.url())
    named = "http://localhost.localdomain:1/"  # a name that stands for this machine, or for nothing
    sender = Senders(private=False).to(named)
    with pytest.raises(NotDeliveredError):
        await sender.send(message(named))
    await sender.close()
    assert receiver.received == []
