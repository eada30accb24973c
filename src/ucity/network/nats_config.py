"""The configuration of the embedded nats-server, and what an external NATS has to offer in its place.

One server is the city's message bus, its durable log (JetStream) and its MQTT listener. Three accounts keep its users
apart: CITY holds the devices and both logs, AUTH holds only the service that nats-server asks about each login (auth
callout), SYS sees and closes connections. The three users of the city itself get in by the NATS protocol alone, so that
their passwords are of no use on the MQTT port; everybody else is decided on by the callout.

An external NATS (2.12 or newer, one server or a cluster) serves as well when it is configured likewise:

- accounts CITY with JetStream, AUTH, and the system account, each with one user of ours, restricted to
  ``allowed_connection_types: ["STANDARD"]``, so that a device that knows its password gains nothing by it;
- ``authorization { timeout: 10, auth_callout { issuer: <public key of our issuer seed>, account: AUTH,
  auth_users: [those three] } }``; other accounts of the same NATS then also log in through the callout or are listed
  among its ``auth_users``;
- ``mqtt`` with TLS when it listens beyond loopback (the city does not start otherwise), ``reject_qos2_publish: true``
  (a QoS 2 publish into a full log would be acknowledged and lost), ``downgrade_qos2_subscribe: true`` and, in a
  cluster, ``stream_replicas: 3``;
- ``max_payload: 8MB``, and JetStream storage for both logs (``ucity.network.log.open_logs``), times the replicas;
- the NATS connection itself over TLS, since logins travel over it to the callout, with a certificate that the machine
  of the city trusts (the environment's ``SSL_CERT_FILE`` names an authority of your own).

Refused publishes are found only in nats-server's own log (NATS has no advisory for them); they are counted where that
file can be read, see ``ucity.network.mqtt.violations``.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import nkeys  # type: ignore[import-untyped]  # it comes without types

CITY: Final = "CITY"
AUTH: Final = "AUTH"
SYSTEM: Final = "SYS"
"""Names of the three accounts."""

MAX_PAYLOAD: Final = 8 * 1024 * 1024
"""Largest NATS message, in bytes: one HTTP batch. What MQTT may send is limited by its log, see ``log.open_logs``."""

LOGIN_TIMEOUT: Final = 10
"""Seconds that a login may wait for the callout's answer; thousands of devices may come back at the same moment."""

ALWAYS: Final = "always"
"""``NatsOptions.sync`` that makes every message durable against power loss before it is acknowledged."""

_OWN_USER = {"allowed_connection_types": ["STANDARD"]}


@dataclass(frozen=True, kw_only=True)
class NatsSecrets:
    """Passwords of the city's own three users, and the nkey seed that signs the callout's answers. Never logged."""

    city: str = field(repr=False)
    callout: str = field(repr=False)
    system: str = field(repr=False)
    issuer_seed: str = field(repr=False)

    @classmethod
    def generate(cls) -> "NatsSecrets":
        """New random secrets of 256 bits each."""
        return cls(
            city=secrets.token_urlsafe(32),
            callout=secrets.token_urlsafe(32),
            system=secrets.token_urlsafe(32),
            issuer_seed=nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT).decode(),
        )


@dataclass(frozen=True, kw_only=True)
class NatsOptions:
    """What differs between one embedded nats-server and another. Sizes are in bytes.

    ``sync``: seconds between flushes to the disk, or ``ALWAYS``. Whatever it is, acknowledged messages survive the
    death of the process; messages of the last ``sync`` seconds may be lost with the power of the machine.
    ``certificate`` and ``key``: PEM files for MQTT over TLS; both or none.
    """

    secrets: NatsSecrets
    store: Path
    log_file: Path | None = None
    name: str = "ucity"
    port: int = 4222
    monitor_port: int = 8222
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    certificate: Path | None = None
    key: Path | None = None
    sync: int | str = 60
    max_store: int = 64 * 1024**3
    max_connections: int = 65_536

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("MQTT over TLS needs both a certificate and its key")
        if self.sync != ALWAYS and not (isinstance(self.sync, int) and self.sync > 0):
            raise ValueError(f"sync is {ALWAYS!r} or a number of seconds from 1, not {self.sync!r}")

    @property
    def city_url(self) -> str:
        """Address for the log and for everything that works in the city's account."""
        return self._url("city", self.secrets.city)

    @property
    def callout_url(self) -> str:
        """Address for the service that decides on logins."""
        return self._url("callout", self.secrets.callout)

    @property
    def system_url(self) -> str:
        """Address for seeing and closing connections."""
        return self._url("system", self.secrets.system)

    def _url(self, user: str, password: str) -> str:
        return f"nats://{user}:{password}@127.0.0.1:{self.port}"


def public_key(seed: str) -> str:
    """The public nkey of a seed, as nats-server's configuration names the callout's issuer."""
    key: bytes | bytearray = nkeys.from_seed(seed.encode()).public_key
    return bytes(key).decode()


def nats_config(options: NatsOptions) -> str:
    """The text of nats-server's configuration file. It holds passwords: write it readable by its owner only."""
    sections: dict[str, object] = {
        "server_name": options.name,
        "host": "127.0.0.1",
        "port": options.port,
        "http": f"127.0.0.1:{options.monitor_port}",
        "max_payload": MAX_PAYLOAD,
        "max_connections": options.max_connections,
        "jetstream": _jetstream(options),
        "mqtt": _mqtt(options),
        "accounts": _accounts(options.secrets),
        "system_account": SYSTEM,
        "authorization": _authorization(options.secrets),
    }
    if options.log_file is not None:
        # A device that keeps being refused writes a line each time: the files stay bounded.
        sections |= {"log_file": str(options.log_file), "logfile_size_limit": 32 * 1024**2, "logfile_max_num": 4}
    return "".join(f"{name}: {_value(value)}\n" for name, value in sections.items())


def _jetstream(options: NatsOptions) -> Mapping[str, object]:
    return {
        "store_dir": str(options.store),
        "max_file_store": options.max_store,
        "max_memory_store": 64 * 1024**2,
        "sync_interval": options.sync if options.sync == ALWAYS else f"{options.sync}s",
    }


def _mqtt(options: NatsOptions) -> Mapping[str, object]:
    mqtt: dict[str, object] = {
        "host": options.mqtt_host,
        "port": options.mqtt_port,
        "reject_qos2_publish": True,
        "downgrade_qos2_subscribe": True,
        "authorization": {"timeout": LOGIN_TIMEOUT},
    }
    if options.certificate and options.key:
        mqtt["tls"] = {"cert_file": str(options.certificate), "key_file": str(options.key), "timeout": LOGIN_TIMEOUT}
    return mqtt


def _accounts(secret: NatsSecrets) -> Mapping[str, object]:
    return {
        CITY: {"jetstream": "enabled", "users": [{"user": "city", "password": secret.city} | _OWN_USER]},
        AUTH: {"users": [{"user": "callout", "password": secret.callout} | _OWN_USER]},
        SYSTEM: {"users": [{"user": "system", "password": secret.system} | _OWN_USER]},
    }


def _authorization(secret: NatsSecrets) -> Mapping[str, object]:
    callout = {"issuer": public_key(secret.issuer_seed), "account": AUTH, "auth_users": ["city", "callout", "system"]}
    return {"timeout": LOGIN_TIMEOUT, "auth_callout": callout}


def _value(value: object) -> str:
    # nats-server reads JSON as it stands: quoted strings are never taken for variables or numbers.
    return json.dumps(value, ensure_ascii=False)
