"""A city that other machines can reach speaks TLS only, with a certificate of its own or one that it is given."""

import ssl
from pathlib import Path

import aiomqtt
import pytest

from running.city import SERVERS_ONLY, RunningCity, running_city
from ucity.cloud.ioc.manage.tls import private_identity

EVERYWHERE = ("--host", "0.0.0.0")  # noqa: S104 - that is what is tested


def device(city: RunningCity, authority: Path | None) -> aiomqtt.Client:
    context = ssl.create_default_context(cafile=authority) if authority else None
    password = (city.data / "secrets" / "nats").read_text()
    return aiomqtt.Client(
        "127.0.0.1", city.runtime.mqtt_port, username="ucity", password=password, tls_context=context, timeout=5
    )


async def test_makes_a_certificate_and_says_whom_to_trust(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, words=SERVERS_ONLY) as city:
        authority = city_folder / "tls" / "ca.pem"
        assert f"the authority to trust is in {authority}" in city.output
        assert city.runtime.certificate_authority == str(authority)
        assert city.url.startswith("https://")
        async with device(city, authority) as client:
            await client.publish("ucity/a/b/c", b"1", qos=1)
        with pytest.raises(aiomqtt.MqttError):
            async with device(city, None):
                pass


async def test_uses_the_certificate_that_it_is_given(city_folder: Path, tmp_path: Path) -> None:
    given, _ = private_identity(tmp_path, ["127.0.0.1"])
    files = ("--tls-certificate", str(given.certificate), "--tls-key", str(given.key))
    with running_city(city_folder, *EVERYWHERE, *files, words=SERVERS_ONLY) as city:
        assert city.runtime.certificate_authority is None
        assert not (city_folder / "tls").exists()
        async with device(city, given.authority) as client:
            await client.publish("ucity/a/b/c", b"1", qos=1)


def test_open_is_refused(city_folder: Path) -> None:
    with running_city(city_folder, *EVERYWHERE, "--open", "true", words=SERVERS_ONLY) as city:
        assert "open lets anyone write, so it needs a loopback host" in city.output
        assert city.process.wait() != 0
