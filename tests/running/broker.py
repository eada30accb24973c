"""MQTT brokers for a test: nats-server, which knows MQTT 3.1.1 alone, and Mosquitto, which knows 5.0, where it is."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from running.servers import running, temporary_folder
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.nats import nats_program
from ucity.cloud.ioc.manage.ports import free_port

USER, PASSWORD = "a", "b c"


@dataclass(frozen=True)
class Broker:
    """A running broker on this port of the loopback interface."""

    port: int
    process: "subprocess.Popen[bytes]"


def mosquitto_program() -> str | None:
    """Where Mosquitto is, if it is."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextmanager
def nats_broker(port: int | None = None) -> Iterator[Broker]:
    """A broker that lets in USER with PASSWORD."""
    port = port or free_port()
    with temporary_folder() as folder:
        configuration = (
            f"port: {free_port()}\nserver_name: test\njetstream {{ store_dir: {folder} }}\n"
            f"mqtt {{ host: 127.0.0.1, port: {port} }}\n"
            f'authorization {{ user: "{USER}", password: "{PASSWORD}" }}\n'
        )
        with _running(folder, configuration, (str(nats_program()), "--config"), port) as broker:
            yield broker


@contextmanager
def mosquitto_broker(program: str) -> Iterator[Broker]:
    """A broker that lets in everybody."""
    with temporary_folder() as folder:
        port = free_port()
        configuration = f"listener {port} 127.0.0.1\nallow_anonymous true\n"
        with _running(folder, configuration, (program, "-c"), port) as broker:
            yield broker


@contextmanager
def _running(folder: Path, configuration: str, words: tuple[str, ...], port: int) -> Iterator[Broker]:
    (folder / "conf").write_text(configuration)
    command = Command(words=(*words, str(folder / "conf")), folder=folder, city=folder)

    async def is_ready() -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", port)) == 0

    with running(command, is_ready, stop=signal.SIGKILL, log=folder / "log") as process:
        yield Broker(port, process)
