"""Puts one city together: its folder, doors, certificate and processes, from settings to the ready line."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ucity.cloud.ioc.manage.child import Child, ChildSpec
from ucity.cloud.ioc.manage.health import answers
from ucity.cloud.ioc.manage.launch import Command
from ucity.cloud.ioc.manage.leftovers import end_leftovers
from ucity.cloud.ioc.manage.lock import locked
from ucity.cloud.ioc.manage.logs import RollingFile
from ucity.cloud.ioc.manage.nats import EmbeddedNats, check_mqtt, check_nats, kept_nats_secrets
from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port, is_free
from ucity.cloud.ioc.manage.postgres import check_postgres, embedded_postgres
from ucity.cloud.ioc.manage.runtime import Child as ChildState
from ucity.cloud.ioc.manage.runtime import Runtime, kept_ports, remove_runtime, write_runtime
from ucity.cloud.ioc.manage.secrets import private_folder
from ucity.cloud.ioc.manage.supervisor import supervise
from ucity.demo.profile import settle
from ucity.errors import StartupError
from ucity.network.nats_config import ALWAYS, NatsOptions
from ucity.settings import EVERYWHERE, PREFIX, Settings

if TYPE_CHECKING:
    from ucity.cloud.ioc.manage.tls import Identity

Say = Callable[[str], None]
_METRICS = "metrics"
"""Folder in which the city's processes keep their figures together, for one page of all of them."""
_LOOK_EVERY = 0.5
# Seconds between NATS's flushes to disk where a power failure is not guarded against; settings.py tells of it.
_SYNC_EVERY = 60
_RENEW_EVERY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Own:
    """One of the city's own programs: ``ucity <name>``.

    ``when`` tells whether this city has it, ``is_ready`` when it is ready; without that, the program tells itself. It
    may take ``patience`` seconds. ``is_alive`` tells later that it has not come to a standstill; a program with
    ``tells_life`` tells that by itself. Both are waited for ``silence`` seconds, or ``patience`` again.
    """

    name: str
    when: Callable[[Settings], bool] = lambda _: True
    is_ready: Callable[[Settings], Awaitable[bool]] | None = None
    is_alive: Callable[[Settings], Awaitable[bool]] | None = None
    tells_life: bool = False
    patience: float = 60.0
    silence: float | None = None


async def _answers(settings: Settings, *, anything: bool = False) -> bool:
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - to ask, not to listen
    return await answers(host, settings.port, "/health", tls=settings.uses_tls, anything=anything)


async def _at_once(_: Settings) -> bool:
    """The city does not wait for it."""
    return True


OWN = (
    # It upgrades the database first: to index what a large city has takes minutes.
    Own("worker", patience=900.0, tells_life=True, silence=60.0),
    Own("router", tells_life=True),
    Own("web", is_ready=_answers, is_alive=partial(_answers, anything=True)),
    Own("demo", when=lambda settings: settings.demo, is_ready=_at_once),
)


async def run_city(settings: Settings, say: Say, *, own: Sequence[Own] = OWN) -> None:
    """Run the city until this process is told to stop (SIGINT, SIGTERM, SIGHUP); StartupError when it cannot start."""
    data = _own_folder(settings.data)
    with locked(data):
        for pid in end_leftovers(data):
            say(f"ended process {pid}, left over from an earlier run")
        shutil.rmtree(data / _METRICS, ignore_errors=True)
        private_folder(data / _METRICS)
        settle(data, demo=settings.demo)
        running = asyncio.ensure_future(_run(settings.model_copy(update={"data": data}), say, own))
        for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(stop, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            say("ucity has stopped")
        finally:
            remove_runtime(data)


def _own_folder(folder: Path) -> Path:
    try:
        data = private_folder(folder).resolve()
        (data / ".writable").touch()
        (data / ".writable").unlink()
    except OSError as error:
        raise StartupError(f"Cannot write to the data folder {folder}: {error.strerror}. See --data.") from error
    return data


async def _run(settings: Settings, say: Say, own: Sequence[Own]) -> None:
    settings = _with_doors(settings)
    settings, identity = _with_certificate(settings)
    settings, servers = await _with_servers(settings)
    specs = [*servers, *(_own_spec(program, settings) for program in own if program.when(settings))]
    with ExitStack() as logs:
        children = [Child(spec, logs.enter_context(closing(_log(settings, spec.name))), say) for spec in specs]
        await _supervise(settings, identity, children, say)


def _log(settings: Settings, name: str) -> RollingFile:
    folder = private_folder(settings.data / "logs")
    return RollingFile(folder / f"{name}.log", limit=settings.log_bytes, files=settings.log_files)


async def _supervise(settings: Settings, identity: "Identity | None", children: Sequence[Child], say: Say) -> None:
    write_runtime(settings.data, _runtime(settings, identity, children))

    async def meanwhile() -> None:
        if identity:
            say(f"the authority to trust is in {identity.authority}")
        write_runtime(settings.data, _runtime(settings, identity, children, ready=True))
        say(f"ucity is ready at {settings.url}")
        await asyncio.gather(_tell(settings, identity, children), _renew(settings, identity, children))

    await supervise(children, report=say, meanwhile=meanwhile)


def _with_doors(settings: Settings) -> Settings:
    """``settings`` with ports that are free; StartupError when one that was asked for is not."""
    ports = {"port": settings.port}
    if settings.nats_url is None:
        ports["mqtt_port"] = settings.mqtt_port
    for name, port in ports.items():
        option = "--" + name.replace("_", "-")
        if port == 0:
            ports[name] = free_port(settings.host)
        elif not is_free(settings.host, port):
            raise StartupError(
                f"Port {port} on {settings.host} is taken by another program. "
                f"Choose another one with {option} ({option} 0 takes a free one)."
            )
    return settings.model_copy(update=ports)


def _with_certificate(settings: Settings) -> tuple[Settings, "Identity | None"]:
    """``settings`` with a certificate if it needs one; the private one, if that is what it gets."""
    if not settings.uses_tls:
        return settings, None
    from ucity.cloud.ioc.manage.tls import check_identity  # noqa: PLC0415 - on loopback the city does without it

    if settings.tls_certificate and settings.tls_key:
        check_identity(settings.tls_certificate, settings.tls_key)
        return settings, None
    identity = _private_identity(settings)[0]
    files = {"tls_certificate": identity.certificate, "tls_key": identity.key}
    return settings.model_copy(update=files), identity


def _private_identity(settings: Settings) -> tuple["Identity", bool]:
    from ucity.cloud.ioc.manage.tls import own_names, private_identity  # noqa: PLC0415 - see _with_certificate

    more = (name.strip() for name in settings.tls_names.split(",") if name.strip())
    host = () if settings.host in EVERYWHERE else (settings.host,)
    return private_identity(settings.data / "tls", (*own_names(), *host, *more))


async def _with_servers(settings: Settings) -> tuple[Settings, list[ChildSpec]]:
    """``settings`` with the URLs of PostgreSQL and NATS, and the children that serve those that are the city's own."""
    specs, urls = [], {}
    doors = (settings.port, settings.mqtt_port)
    ports = kept_ports(settings.data, "postgres", "nats", "nats_monitoring", but=doors)
    if settings.postgres_url is not None:
        await check_postgres(settings.postgres_url)
    else:
        folder, secrets = settings.data / "postgres", settings.data / "secrets"
        postgres = embedded_postgres(folder, secrets=secrets, port=ports["postgres"], city=settings.data)
        specs.append(postgres.child())
        urls["postgres_url"] = postgres.url
    if settings.nats_url is not None:
        await check_nats(settings.nats_url)
        await check_mqtt(_mqtt_host(settings), settings.mqtt_port, beyond_loopback=not settings.is_loopback)
    else:
        nats = _embedded_nats(settings, ports)
        specs.append(nats.child())
        urls |= {
            "nats_url": nats.options.city_url,
            "nats_callout_url": nats.options.callout_url,
            "nats_system_url": nats.options.system_url,
            "nats_issuer_seed": nats.options.secrets.issuer_seed,
        }
    return settings.model_copy(update=urls), specs


def _mqtt_host(settings: Settings) -> str:
    """Where a NATS that the city does not run itself takes MQTT."""
    return urlsplit(settings.nats_url or "").hostname or settings.host


def _embedded_nats(settings: Settings, ports: dict[str, int]) -> EmbeddedNats:
    folder = private_folder(settings.data / "nats")
    options = NatsOptions(
        secrets=kept_nats_secrets(settings.data / "secrets" / "nats"),
        store=folder,
        port=ports["nats"],
        monitor_port=ports["nats_monitoring"],
        mqtt_host=settings.host,
        mqtt_port=settings.mqtt_port,
        certificate=settings.tls_certificate,
        key=settings.tls_key,
        sync=ALWAYS if settings.sync == "always" else _SYNC_EVERY,
    )
    return EmbeddedNats(folder=folder, options=options, city=settings.data)


_SPARING = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "_RJEM_MALLOC_CONF": "narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0",
}
"""For the allocators of glibc and, in polars, jemalloc: give back what is free. Each thread otherwise keeps its own, an
eighth of the memory of a small city in all. What the environment says goes first."""


def _own_spec(program: Own, settings: Settings) -> ChildSpec:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = Command(
        # -P: the data folder, where it runs, is no place to import modules from.
        words=(sys.executable, "-P", "-m", "ucity", program.name),
        folder=settings.data,
        city=settings.data,
        environment=_SPARING | inherited | settings.environment() | _own_environment(settings),
    )
    is_ready = partial(program.is_ready, settings) if program.is_ready else None
    is_alive = partial(program.is_alive, settings) if program.is_alive else None
    return ChildSpec(
        name=program.name,
        command=command,
        is_ready=is_ready,
        is_alive=is_alive,
        tells_life=program.tells_life,
        patience=program.patience,
        silence=program.silence,
    )


def _own_environment(settings: Settings) -> dict[str, str]:
    """Figures of all processes in one folder; what a process says is in its log even when it is killed next."""
    return {"PROMETHEUS_MULTIPROC_DIR": str(settings.data / _METRICS), "PYTHONUNBUFFERED": "1"}


def _runtime(
    settings: Settings, identity: "Identity | None", children: Sequence[Child], *, ready: bool = False
) -> Runtime:
    return Runtime(
        pid=os.getpid(),
        url=settings.url,
        mqtt_host=settings.host if any(child.spec.name == "nats" for child in children) else _mqtt_host(settings),
        mqtt_port=settings.mqtt_port,
        postgres_url=settings.postgres_url or "",
        nats_url=settings.nats_url or "",
        certificate_authority=str(identity.authority) if identity else None,
        ready=ready,
        children={child.spec.name: ChildState(pid=child.pid, restarts=child.restarts) for child in children},
    )


async def _tell(settings: Settings, identity: "Identity | None", children: Sequence[Child]) -> None:
    """Keep ``runtime.json`` true."""
    told = None
    while True:
        now = _runtime(settings, identity, children, ready=True)
        if now != told:
            with suppress(OSError):  # a full disk must not end the city; it is told when there is room again
                write_runtime(settings.data, now)
                told = now
        await asyncio.sleep(_LOOK_EVERY)


async def _renew(settings: Settings, identity: "Identity | None", children: Sequence[Child]) -> None:
    """Make a private certificate anew in time, and have it used."""
    while identity:
        await asyncio.sleep(_RENEW_EVERY)
        if _private_identity(settings)[1]:
            for child in children:
                if child.spec.name == "nats":
                    child.send(signal.SIGHUP)
                elif child.spec.name == "web":
                    await child.stop()  # and is started again at once, because nobody told it to stay so
