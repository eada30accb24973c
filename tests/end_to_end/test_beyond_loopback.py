"""A city that other machines can reach speaks TLS only, with a certificate of its own or one that it is given."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import httpx
import pytest

from running.city import SERVERS_ONLY, RunningCity, running_city
from ucity.cloud.ioc.manage.runtime import read_runtime
from ucity.cloud.ioc.manage.tls import own_names, private_identity
from ucity.commands.city import run_city
from ucity.settings import load_settings

EVERYWHERE = ("--host", "0.0.0.0")  # noqa: S104 - that is what is tested


def greet(city: RunningCity, authority: Path) -> str | None:
    """The version of TLS that the city's MQTT speaks with a device that trusts ``authority``."""
    context = ssl.create_default_context(cafile=authority)
    with (
        socket.create_connection(("127.0.0.1", city.runtime.mqtt_port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        return wrapped.version()


async def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.05)


def test_makes_a_certificate_and_says_whom_to_trust(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, words=SERVERS_ONLY) as city:
        authority = city_folder / "tls" / "ca.pem"
        assert f"the authority to trust is in {authority}" in city.output
        assert city.runtime.certificate_authority == str(authority)
        assert city.url.startswith("https://")
        assert greet(city, authority) == "TLSv1.3"


def test_pages_and_apis_are_served_by_https_only(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, "--no-demo") as city:
        port = city.url.rpartition(":")[2]
        trusting = ssl.create_default_context(cafile=city.runtime.certificate_authority)
        assert httpx.get(f"https://127.0.0.1:{port}/health", verify=trusting).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/health")


async def test_takes_no_device_without_tls(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, words=SERVERS_ONLY) as city, pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", city.runtime.mqtt_port, timeout=2):
            pass


def test_uses_the_certificate_that_it_is_given(city_folder: Path, tmp_path: Path) -> None:
    given, _ = private_identity(tmp_path, ["127.0.0.1"])
    files = ("--tls-certificate", str(given.certificate), "--tls-key", str(given.key))
    with running_city(city_folder, *EVERYWHERE, *files, words=SERVERS_ONLY) as city:
        assert city.runtime.certificate_authority is None
        assert not (city_folder / "tls").exists()
        assert greet(city, given.authority) == "TLSv1.3"


async def test_uses_a_renewed_certificate_without_stopping(city_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ucity.commands.city._RENEW_EVERY", 0.2)
    said: list[str] = []
    settings = load_settings(data=city_folder, host="0.0.0.0", port=0, mqtt_port=0)  # noqa: S104
    city = asyncio.ensure_future(run_city(settings, said.append, own=()))
    await until(lambda: any("is ready at" in line for line in said))
    runtime = read_runtime(city_folder)
    assert runtime
    first = ssl.get_server_certificate(("127.0.0.1", runtime.mqtt_port))
    # As if it had been made a year ago.
    (city_folder / "tls" / "city.pem").unlink()
    private_identity(city_folder / "tls", own_names(), now=datetime.now(UTC) - timedelta(days=380))
    await until(lambda: ssl.get_server_certificate(("127.0.0.1", runtime.mqtt_port)) != first)
    after = read_runtime(city_folder)
    assert after
    assert after.children == runtime.children
    city.cancel()
    await city


def test_open_is_refused(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, "--open", "true", words=SERVERS_ONLY) as city:
        assert "open lets anyone write, so it needs a loopback host" in city.output
        assert city.process.wait() != 0
