"""A whole city on a PostgreSQL and a NATS that it does not run itself: settings alone make the difference."""

import asyncio
import json
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import httpx
import pytest

from running.city import RunningCity, running_city
from running.servers import Nats, running_nats
from ucity.cloud.ioc.manage.tls import private_identity

PATH = "air_quality/stations"
EVERYWHERE = ("--host", "0.0.0.0")  # noqa: S104 - that is what is tested
STATION = "urn:ngsi-ld:AirQualityObserved:mine"


def settle_on(data: Path, nats: Nats, database: str) -> tuple[str, ...]:
    """Tell the city in ``data`` of servers, in its settings; the options to start it with."""
    options = nats.server.options
    settings = {
        "postgres_url": database,
        "nats_url": options.city_url,
        "nats_system_url": options.system_url,
        "nats_callout_url": options.callout_url,
        "nats_issuer_seed": options.secrets.issuer_seed,
    }
    (data / "ucity.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in settings.items()))
    return ("--no-demo", "--mqtt-port", str(nats.mqtt_port))


async def value_of(city: RunningCity, attribute: str) -> object:
    """The value that NGSI-LD tells once there is one."""
    deadline = time.monotonic() + 60
    authority = city.runtime.certificate_authority
    trusting = ssl.create_default_context(cafile=authority)
    url = city.url if authority is None else f"https://127.0.0.1:{city.url.rpartition(':')[2]}"
    async with httpx.AsyncClient(base_url=url, verify=trusting) as client:
        while (answer := await client.get(f"/ngsi-ld/v1/entities/{STATION}?options=keyValues")).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            await asyncio.sleep(0.1)
    return answer.json()[attribute]


async def send(city: RunningCity, password: str, trusting: ssl.SSLContext | None = None) -> None:
    """One reading by MQTT, acknowledged."""
    doors = city.runtime
    async with aiomqtt.Client(
        "127.0.0.1", doors.mqtt_port, identifier="mine", username="mine", password=password, tls_context=trusting
    ) as client:
        reading = {"observedAt": datetime.now(UTC).isoformat(), "pm25": 12.5}
        await client.publish(f"ucity/mine/{PATH}", json.dumps(reading), qos=1, timeout=30)


async def test_what_a_device_sends_comes_through_servers_of_others(
    city_folder: Path, empty_database: str, nats: Nats
) -> None:
    with running_city(city_folder, *settle_on(city_folder, nats, empty_database)) as city:
        assert city.process.poll() is None, city.output
        assert not {"postgres", "nats"} & city.runtime.children.keys()
        assert {"web", "worker"} <= city.runtime.children.keys()
        password = await asyncio.to_thread(city.device, "mine", PATH)
        await send(city, password)
        assert await value_of(city, "pm25") == 12.5
        doors = city.runtime
        wrong = aiomqtt.Client(
            doors.mqtt_host, doors.mqtt_port, identifier="mine", username="mine", password=password[::-1]
        )
        with pytest.raises(aiomqtt.MqttError):
            async with wrong:
                pass


def test_devices_are_not_taken_in_plain_text_from_beyond_loopback(
    city_folder: Path, empty_database: str, nats: Nats
) -> None:
    with running_city(city_folder, *settle_on(city_folder, nats, empty_database), *EVERYWHERE) as city:
        assert f"MQTT listener of NATS at 127.0.0.1:{nats.mqtt_port} does not speak TLS" in city.output
        assert city.process.wait() != 0


async def test_a_nats_that_speaks_tls_serves_a_city_beyond_loopback(
    city_folder: Path, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, _ = private_identity(tmp_path, ["127.0.0.1"])
    monkeypatch.setenv("SSL_CERT_FILE", str(identity.authority))  # as a machine that trusts the operator's authority
    with (
        running_nats(certificate=identity.certificate, key=identity.key) as nats,
        running_city(city_folder, *settle_on(city_folder, nats, empty_database), *EVERYWHERE) as city,
    ):
        assert city.process.poll() is None, city.output
        password = await asyncio.to_thread(city.device, "mine", PATH)
        await send(city, password, ssl.create_default_context(cafile=identity.authority))
        assert await value_of(city, "pm25") == 12.5


def test_says_when_the_certificate_of_nats_is_not_trusted(
    city_folder: Path, empty_database: str, tmp_path: Path
) -> None:
    identity, _ = private_identity(tmp_path, ["127.0.0.1"])
    with (
        running_nats(certificate=identity.certificate, key=identity.key) as nats,
        running_city(city_folder, *settle_on(city_folder, nats, empty_database)) as city,
    ):
        assert "The certificate of NATS at 127.0.0.1:" in city.output
        assert "is not trusted" in city.output
        assert city.process.wait() != 0


def test_says_when_nats_takes_no_mqtt(city_folder: Path, empty_database: str, nats: Nats) -> None:
    with running_city(city_folder, *settle_on(city_folder, nats, empty_database), "--mqtt-port", "1") as city:
        assert "NATS takes no MQTT at 127.0.0.1:1" in city.output
        assert city.process.wait() != 0
