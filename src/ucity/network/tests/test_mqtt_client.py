"""The MQTT client leaves no error behind that nobody can ask for."""

import subprocess
import sys

from running.broker import PASSWORD, USER, nats_broker

# What a client leaves behind is told of when it is gone itself, at the end of its process if not before.
LOSE = f"""
import asyncio, os, signal, sys
from aiomqtt import MqttError
from ucity.network.mqtt_client import MqttClient

async def lose(port, broker):
    client = MqttClient("127.0.0.1", port, username={USER!r}, password={PASSWORD!r}, timeout=2)
    try:
        async with client:
            os.kill(broker, signal.SIGSTOP)
            sending = asyncio.create_task(client.publish("lamps", b"1", qos=1))
            await asyncio.sleep(0)
            os.kill(broker, signal.SIGKILL)
            await sending
    except MqttError:
        print("lost")

asyncio.run(lose(*map(int, sys.argv[1:])))
"""


def test_a_broker_that_is_killed_before_it_answers_leaves_no_noise() -> None:
    with nats_broker() as broker:
        words = [sys.executable, "-c", LOSE, str(broker.port), str(broker.process.pid)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own words
    assert done.stdout == "lost\n"
    assert "never retrieved" not in done.stderr
