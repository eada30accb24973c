"""The private certificate: trusted through its authority, renewed in time, kept otherwise."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ucity.cloud.ioc.manage.tls import Identity, check_identity, own_names, private_identity
from ucity.errors import StartupError

NOW = datetime.now(UTC)


def greet(identity: Identity, name: str) -> str | None:
    """A TLS handshake with a server of ``identity`` by a client that trusts its authority; the TLS version."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(identity.certificate, identity.key)
    client_context = ssl.create_default_context(cafile=identity.authority)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()
    ours.settimeout(5)

    def serve() -> None:
        with theirs, server_context.wrap_socket(theirs, server_side=True, do_handshake_on_connect=False) as wrapped:
            try:
                wrapped.do_handshake()
            except ssl.SSLError:
                return  # the client says why

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with ours, client_context.wrap_socket(ours, server_hostname=name) as wrapped:
            return wrapped.version()
    finally:
        thread.join()


@pytest.mark.parametrize("name", ["city.example", "10.1.2.3", "fd00::1"])
def test_clients_that_trust_the_authority_accept_it(tmp_path: Path, name: str) -> None:
    identity, _ = private_identity(tmp_path, ["city.example", "10.1.2.3", "fd00::1"])
    assert greet(identity, name) == "TLSv1.3"


def test_clients_refuse_it_under_another_name(tmp_path: Path) -> None:
    identity, _ = private_identity(tmp_path, ["city.example"])
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        greet(identity, "other.example")


def test_is_kept_while_it_is_good(tmp_path: Path) -> None:
    identity, made = private_identity(tmp_path, ["city.example", "b.example"])
    before = identity.certificate.read_bytes()
    assert made
    assert private_identity(tmp_path, ["city.example"], now=NOW + timedelta(days=300)) == (identity, False)
    assert identity.certificate.read_bytes() == before
    assert identity.key.stat().st_mode & 0o777 == 0o600


def test_is_renewed_before_it_expires_under_the_same_authority(tmp_path: Path) -> None:
    identity, _ = private_identity(tmp_path, ["city.example"])
    authority = identity.authority.read_bytes()
    later = NOW + timedelta(days=370)
    assert private_identity(tmp_path, ["city.example"], now=later)[1]
    assert identity.authority.read_bytes() == authority
    renewed = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    assert renewed.not_valid_after_utc > later + timedelta(days=365)


def test_is_renewed_for_another_name(tmp_path: Path) -> None:
    private_identity(tmp_path, ["city.example"])
    assert private_identity(tmp_path, ["other.example"])[1]


def test_authority_never_expires_before_what_it_signs(tmp_path: Path) -> None:
    identity, _ = private_identity(tmp_path, ["city.example"])
    private_identity(tmp_path, ["city.example"], now=NOW + timedelta(days=3500))
    authority, certificate = (
        x509.load_pem_x509_certificate(file.read_bytes()) for file in (identity.authority, identity.certificate)
    )
    assert authority.not_valid_after_utc >= certificate.not_valid_after_utc
    assert certificate.issuer == authority.subject


def test_mends_a_certificate_without_its_key(tmp_path: Path) -> None:
    identity, _ = private_identity(tmp_path / "a", ["city.example"])
    other, _ = private_identity(tmp_path / "b", ["city.example"])
    identity.key.write_bytes(other.key.read_bytes())
    assert private_identity(tmp_path / "a", ["city.example"])[1]
    assert greet(identity, "city.example")


def test_tells_that_a_key_belongs_to_another_certificate(tmp_path: Path) -> None:
    one, _ = private_identity(tmp_path / "a", ["city.example"])
    other, _ = private_identity(tmp_path / "b", ["city.example"])
    check_identity(one.certificate, one.key)
    for wrong in (other.key, tmp_path / "missing.key"):
        with pytest.raises(StartupError, match="cannot be used"):
            check_identity(one.certificate, wrong)


def test_knows_the_names_of_this_machine() -> None:
    assert {"localhost", "127.0.0.1"} <= own_names()
