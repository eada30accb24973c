"""``runtime.json``: where a running city can be found, for the other commands. It holds passwords: mode 0600."""

from collections.abc import Collection
from pathlib import Path

import msgspec

from ucity.cloud.ioc.manage.lock import is_locked
from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port, hold, is_free
from ucity.cloud.ioc.manage.secrets import write_private

_RUNTIME = "runtime.json"
_PORTS = "ports.json"


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """One child process: how often it had to be started again, and the process id unless it is down just now."""

    pid: int | None
    restarts: int


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """A running city: its process, the addresses of its doors and servers, its children by name."""

    pid: int
    url: str
    mqtt_host: str
    mqtt_port: int
    postgres_url: str
    nats_url: str
    certificate_authority: str | None = None
    ready: bool = False
    children: dict[str, Child] = {}


def write_runtime(data: Path, runtime: Runtime) -> None:
    """Tell the other commands."""
    write_private(data / _RUNTIME, msgspec.json.format(msgspec.json.encode(runtime)))


def read_runtime(data: Path) -> Runtime | None:
    """The city that runs in the folder ``data`` now, or None."""
    if not is_locked(data):
        return None
    try:
        return msgspec.json.decode((data / _RUNTIME).read_bytes(), type=Runtime)
    except FileNotFoundError:
        return None  # it is starting, or stopping


def remove_runtime(data: Path) -> None:
    """The city runs no longer."""
    (data / _RUNTIME).unlink(missing_ok=True)


def kept_ports(data: Path, *names: str, but: Collection[int] = ()) -> dict[str, int]:
    """A free loopback port for each of ``names``, none of them one of ``but``: the same one as last time where it is
    still free."""
    file = data / _PORTS
    last = msgspec.json.decode(file.read_bytes(), type=dict[str, int]) if file.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = last.get(name, 0)
        while port in (0, *but, *ports.values()) or not (is_free(LOOPBACK, port) and hold(port)):
            port = free_port()
        ports[name] = port
    write_private(file, msgspec.json.encode(last | ports))
    return ports
