"""The configuration file of the embedded NATS server."""

import json
from dataclasses import dataclass
from pathlib import Path

from ucity.cloud.ioc.manage.ports import LOOPBACK

# What one message may hold at most; the doors have lower limits of their own.
_MAX_PAYLOAD = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttListener:
    """Where devices connect, with the certificate and key (PEM files) of TLS, or None for none."""

    host: str
    port: int
    tls: tuple[Path, Path] | None = None


def nats_config(*, store: Path, ports: tuple[int, int], mqtt: MqttListener, password: str, sync_always: bool) -> str:
    """A server with the one user ``ucity``, JetStream in ``store`` and an MQTT listener.

    ``ports`` are those of clients and of monitoring, on the loopback address.
    """
    tls = {"tls": {"cert_file": str(mqtt.tls[0]), "key_file": str(mqtt.tls[1])}} if mqtt.tls else {}
    config = {
        "server_name": "ucity",
        "host": LOOPBACK,
        "port": ports[0],
        "http": f"{LOOPBACK}:{ports[1]}",
        "max_payload": _MAX_PAYLOAD,
        "jetstream": {"store_dir": str(store), **({"sync_interval": "always"} if sync_always else {})},
        "mqtt": {"host": mqtt.host, "port": mqtt.port, **tls},
        "authorization": {"user": "ucity", "password": password},
    }
    return json.dumps(config, indent=2)
