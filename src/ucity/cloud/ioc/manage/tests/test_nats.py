"""The embedded NATS server as a child process, and what the city asks of one that it does not run itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import nats as nats_client
import pytest

from running.greeting import greeting
from running.servers import Nats, running_nats
from ucity.cloud.ioc.manage.health import answers
from ucity.cloud.ioc.manage.nats import check_nats
from ucity.cloud.ioc.manage.ports import LOOPBACK, free_port
from ucity.cloud.ioc.manage.tls import Identity, private_identity
from ucity.errors import StartupError


async def test_keeps_messages(nats: Nats) -> None:
    client = await nats_client.connect(nats.url)
    log = client.jetstream()
    await log.add_stream(name="LOG", subjects=["log.>"])
    assert (await log.publish("log.one", b"1")).seq == 1
    await client.close()


async def test_nobody_answers_at_a_free_port() -> None:
    assert not await answers(LOOPBACK, free_port(), "/healthz")


async def test_takes_a_server_of_others_that_is_new_enough(nats: Nats) -> None:
    await check_nats(nats.url)


@pytest.mark.parametrize(
    ("first_line", "told"),
    [
        (f"INFO {json.dumps({'version': '2.11.8', 'jetstream': True})}", "needs NATS 2.12 or newer.*is version 2.11.8"),
        (f"INFO {json.dumps({'version': '1.4.1-RC3', 'jetstream': True})}", "is version 1.4.1-RC3.*nats_url"),
        (f"INFO {json.dumps({'jetstream': True})}", "is version unknown"),
        (f"INFO {json.dumps({'version': '2.12.2'})}", "no NATS server with JetStream"),
        ("INFO {", "no NATS server with JetStream"),
        ("SSH-2.0-OpenSSH_9.2", "no NATS server with JetStream"),
        ("INFO " + "x" * 100_000, "Cannot connect to NATS"),
    ],
)
async def test_refuses_a_server_of_others_that_is_unfit(first_line: str, told: str) -> None:
    async with greeting(f"{first_line}\r\n".encode()) as port:
        with pytest.raises(StartupError, match=told):
            await check_nats(f"nats://{LOOPBACK}:{port}")


@pytest.mark.parametrize("version", ["2.12.0", "2.13.0-preview.1", "3.0.0"])
async def test_takes_the_oldest_and_newer_ones(version: str) -> None:
    info = json.dumps({"version": version, "jetstream": True})
    async with greeting(f"INFO {info}\r\n".encode()) as port:
        await check_nats(f"nats://{LOOPBACK}:{port}")


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """A certificate for this machine's own address, of an authority that nobody trusts."""
    return private_identity(tmp_path, [LOOPBACK])[0]


@pytest.fixture
def secure(identity: Identity) -> Iterator[Nats]:
    """A NATS server that speaks TLS with it."""
    with running_nats(certificate=identity.certificate, key=identity.key) as nats:
        yield nats


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_says_which_certificate_is_not_trusted(secure: Nats, scheme: str) -> None:
    told = f"certificate of NATS at {LOOPBACK}:.* is not trusted: unable to get local issuer.*SSL_CERT_FILE.*nats_url"
    with pytest.raises(StartupError, match=told):
        await check_nats(secure.url.replace("nats:", f"{scheme}:"))


async def test_takes_a_certificate_that_is_trusted_for_the_host_that_it_names(
    secure: Nats, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(identity.authority))
    url = secure.url.replace("nats:", "tls:")
    await check_nats(url)
    with pytest.raises(StartupError, match="is not trusted: Hostname mismatch"):
        await check_nats(url.replace(LOOPBACK, "localhost"))


async def test_sends_no_password_in_clear_where_tls_was_asked_for(nats: Nats) -> None:
    with pytest.raises(StartupError, match="does not ask for TLS, and nats_url says tls://"):
        await check_nats(nats.url.replace("nats:", "tls:"))
