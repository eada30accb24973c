"""The embedded servers under kill -9, of themselves and of their parent, and what keeps a city from starting."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import nats as nats_client
import psutil
import pytest

from running.city import SERVERS_ONLY, RunningCity, running_city
from running.servers import Nats
from ucity.cloud.ioc.manage.postgres import EmbeddedPostgres


async def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.05)


async def back_again(city: RunningCity, name: str) -> None:
    """Kill a child and wait for the next one."""
    before = city.pid(name)
    psutil.Process(before).kill()
    await until(lambda: city.runtime.children[name].pid not in (None, before))
    assert city.runtime.children[name].restarts == 1


async def test_postgres_comes_back_with_what_was_committed(city_folder: Path) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        connection = await asyncpg.connect(city.runtime.postgres_url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        await back_again(city, "postgres")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await connection.fetchval("SELECT number FROM kept")
        connection.terminate()
        again = await connected(city.runtime.postgres_url)
        assert await again.fetchval("SELECT number FROM kept") == 42
        await again.close()


async def connected(url: str) -> asyncpg.Connection:
    """A connection to a server that is about to be ready."""
    for _ in range(200):
        try:
            return await asyncpg.connect(url)
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.05)
    return await asyncpg.connect(url)


async def test_nats_comes_back_with_what_was_acknowledged(city_folder: Path) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        client = await nats_client.connect(city.runtime.nats_url)
        log = client.jetstream()
        await log.add_stream(name="LOG", subjects=["log.>"])
        for number in range(100):
            await log.publish("log.one", str(number).encode())
        await back_again(city, "nats")
        await client.close()
        client = await nats_client.connect(city.runtime.nats_url)
        assert (await client.jetstream().stream_info("LOG")).state.messages == 100
        await client.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_on_request_and_leaves_no_process(city_folder: Path, how: signal.Signals) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        processes = city.processes()
        assert len(processes) > 3
        started = time.monotonic()
        assert city.stop(how) == 0
        assert time.monotonic() - started < 9
        assert not [process for process in processes if process.is_running()]
        assert not (city_folder / "runtime.json").exists()


def test_children_end_with_a_killed_parent_and_the_next_start_has_everything(city_folder: Path) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        asyncio.run(_remember(city.runtime.postgres_url))
        processes = city.processes()
        city.process.kill()
        _, alive = psutil.wait_procs(processes, 10)
        assert not alive
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        assert asyncio.run(_remembered(city.runtime.postgres_url)) == 1


async def _remember(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    await connection.close()


async def _remembered(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        number: int = await connection.fetchval("SELECT number FROM kept")
        return number
    finally:
        await connection.close()


def test_starts_over_a_stale_pid_file(city_folder: Path) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        city.stop()
    stale = city_folder / "postgres" / "postmaster.pid"
    # As after a crash, when the process id has gone to another program, here this test's own.
    stale.write_text(f"{psutil.Process().pid}\n/proc/self/cwd\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready\n")
    with running_city(city_folder, words=SERVERS_ONLY) as city:
        assert city.runtime.ready


def test_second_start_on_the_same_folder_says_so_and_ends(city_folder: Path) -> None:
    with running_city(city_folder, words=SERVERS_ONLY) as city, running_city(city_folder, words=SERVERS_ONLY) as second:
        assert f"running already, as process {city.process.pid}" in second.output
        assert second.process.wait() != 0
        assert city.runtime.ready


@pytest.mark.parametrize("option", ["--port", "--mqtt-port"])
def test_says_which_port_is_taken(city_folder: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running_city(city_folder, option, str(port), words=SERVERS_ONLY) as city:
            assert (
                f"Port {port} on 127.0.0.1 is taken by another program. Choose another one with {option}" in city.output
            )
            assert city.process.wait() != 0


def test_uses_servers_that_it_is_given(city_folder: Path, postgres: EmbeddedPostgres, nats: Nats) -> None:
    options = nats.server.options
    given = ("--postgres-url", postgres.url, "--nats-url", options.city_url, "--nats-system-url", options.system_url)
    given += ("--nats-callout-url", options.callout_url, "--nats-issuer-seed", options.secrets.issuer_seed)
    given += ("--mqtt-port", str(nats.mqtt_port))
    with running_city(city_folder, *given, words=SERVERS_ONLY) as city:
        assert (city.runtime.mqtt_host, city.runtime.mqtt_port) == ("127.0.0.1", nats.mqtt_port)
        assert (city.runtime.postgres_url, city.runtime.nats_url) == (postgres.url, nats.url)
        assert city.runtime.children == {}
        assert not (city_folder / "postgres").exists()


NOWHERE = "me:hunter2@127.0.0.1:1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--postgres-url", f"postgresql://{NOWHERE}/city"), "Cannot connect to the PostgreSQL at 127.0.0.1"),
        (
            (
                *("--nats-url", f"nats://{NOWHERE}", "--nats-callout-url", f"nats://{NOWHERE}"),
                *("--nats-system-url", f"nats://{NOWHERE}", "--nats-issuer-seed", "hunter2"),
            ),
            "Cannot connect to NATS at 127.0.0.1:1",
        ),
    ],
)
def test_says_when_a_given_server_is_not_there(city_folder: Path, given: tuple[str, ...], said: str) -> None:
    with running_city(city_folder, *given, words=SERVERS_ONLY) as city:
        assert said in city.output
        assert "hunter2" not in city.output
        assert city.process.wait() != 0
