"""The configuration file of the embedded NATS server."""

import json
from pathlib import Path

from ucity.cloud.ioc.manage.ports import LOOPBACK


def nats_config(*, store: Path, ports: tuple[int, int], mqtt: tuple[str, int], password: str, sync_always: bool) -> str:
    """A server with the one user ``ucity``, JetStream in ``store`` and an MQTT listener at ``mqtt`` (host, port).

    ``ports`` are those of clients and of monitoring, on the loopback address.
    """
    return json.dumps(
        {
            "server_name": "ucity",
            "listen": f"{LOOPBACK}:{ports[0]}",
            "http": f"{LOOPBACK}:{ports[1]}",
            "jetstream": {"store_dir": str(store), **({"sync_interval": "always"} if sync_always else {})},
            "mqtt": {"listen": f"{mqtt[0]}:{mqtt[1]}"},
            "authorization": {"user": "ucity", "password": password},
        },
        indent=2,
    )
