"""The embedded NATS server as a child process."""

import nats as nats_client

from running.servers import Nats
from ucity.cloud.ioc.manage.health import answers
from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port


async def test_keeps_messages(nats: Nats) -> None:
    client = await nats_client.connect(nats.url)
    log = client.jetstream()
    await log.add_stream(name="LOG", subjects=["log.>"])
    assert (await log.publish("log.one", b"1")).seq == 1
    await client.close()


async def test_nobody_answers_at_a_free_port() -> None:
    assert not await answers(LOOPBACK, free_port(), "/healthz")
