"""The private certificate of a city beyond loopback that was given none: an authority of its own, and what it signs.

Devices and browsers are told to trust the authority once (``tls/ca.pem``); the city's certificate under it is made anew
before it expires, and whenever the city answers to other names.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.errors import StartupError

_AUTHORITY_LASTS = timedelta(days=3650)
# Browsers refuse certificates that are valid for more than 398 days.
_CERTIFICATE_LASTS = timedelta(days=397)
_RENEW_BEFORE = timedelta(days=30)


class Identity(NamedTuple):
    """Files in PEM: the authority to trust, the city's certificate, its key."""

    authority: Path
    certificate: Path
    key: Path


class _Signer(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def private_identity(folder: Path, names: Iterable[str], *, now: datetime | None = None) -> tuple[Identity, bool]:
    """The city's certificate in ``folder`` for ``names`` (host names and addresses), and whether it was made just now.

    The authority is kept until it is about to expire, because others trust it by hand.
    """
    now = now or datetime.now(UTC)
    identity = Identity(*(private_folder(folder) / name for name in ("ca.pem", "city.pem", "city.key")))
    wanted = frozenset(names)
    signer = _read(identity.authority, folder / "ca.key")
    if signer is None or _expires_soon(signer.certificate, now, _CERTIFICATE_LASTS):
        signer = _make_authority(now)
        _write(signer, identity.authority, folder / "ca.key")
    current = _read(identity.certificate, identity.key)
    if current and not _expires_soon(current.certificate, now, _RENEW_BEFORE) and _fits(current, signer, wanted):
        return identity, False
    _write(_sign(signer, wanted, now), identity.certificate, identity.key)
    return identity, True


def check_identity(certificate: Path, key: Path) -> None:
    """StartupError unless the PEM files hold a certificate and the private key that belongs to it."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise StartupError(f"tls_certificate {certificate} and tls_key {key} cannot be used: {error}.") from error


def own_names() -> frozenset[str]:
    """The host name of this machine and every address of its network interfaces."""
    families = (socket.AF_INET, socket.AF_INET6)
    addresses = (entry for entries in psutil.net_if_addrs().values() for entry in entries if entry.family in families)
    return frozenset({"localhost", socket.gethostname(), *(entry.address.partition("%")[0] for entry in addresses)})


def _make_authority(now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"ucity authority {x509.random_serial_number():x}"[:40])
    builder = (
        _builder(name, key, now, _AUTHORITY_LASTS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _Signer(builder.sign(key, SHA256()), key)


def _sign(signer: _Signer, names: frozenset[str], now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name("ucity"), key, now, _CERTIFICATE_LASTS)
        .issuer_name(signer.certificate.subject)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
            critical=False,
        )
    )
    return _Signer(builder.sign(signer.key, SHA256()), key)


def _builder(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A device whose clock is a little behind has to accept it too.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now - timedelta(hours=1) + lasts)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _expires_soon(certificate: x509.Certificate, now: datetime, margin: timedelta) -> bool:
    return certificate.not_valid_after_utc - margin < now


def _fits(current: _Signer, signer: _Signer, names: frozenset[str]) -> bool:
    certificate = current.certificate
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    signed_by = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    ours = x509.SubjectKeyIdentifier.from_public_key(signer.key.public_key()).digest
    return signed_by == ours and {_general(name) for name in names} <= set(covered)


def _read(certificate: Path, key: Path) -> _Signer | None:
    if not (certificate.exists() and key.exists()):
        return None
    loaded = load_pem_private_key(key.read_bytes(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        return None
    signer = _Signer(x509.load_pem_x509_certificate(certificate.read_bytes()), loaded)
    # They differ when an earlier process ended between writing the one and the other.
    return signer if signer.certificate.public_key() == loaded.public_key() else None


def _write(made: _Signer, certificate: Path, key: Path) -> None:
    write_private(key, made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_private(certificate, made.certificate.public_bytes(Encoding.PEM))
