"""NATS JWTs, as far as the auth callout needs them: to read a request, and to sign an answer.

Source: NATS documentation, "Auth Callout" and ADR-26; the claims of github.com/nats-io/jwt, version 2. Its tokens are
those of RFC 7519 with the algorithm ``ed25519-nkey`` and a ``jti`` that is the hash of the other claims.
"""

import base64
import binascii
import hashlib
from typing import Any

import msgspec
import nkeys  # type: ignore[import-untyped]  # it comes without types


class Signer:
    """Signs claims with an account's nkey seed."""

    def __init__(self, seed: str) -> None:
        self._key = nkeys.from_seed(seed.encode())
        self.issuer: str = bytes(self._key.public_key).decode()

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims; ``iss`` and ``jti`` are added."""
        claims = claims | {"iss": self.issuer}
        digest = hashlib.sha256(msgspec.json.encode(claims)).digest()
        claims["jti"] = base64.b32encode(digest).decode().rstrip("=")
        text = f"{_HEADER}.{_encoded(msgspec.json.encode(claims))}"
        return f"{text}.{_encoded(self._key.sign(text.encode()))}"


def claims_of(token: bytes) -> bytes:
    """The claims of a token as JSON, unverified: what nats-server sends on its own subject is its own. Raises
    ValueError."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise ValueError("a token has three parts")
    try:
        return base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
    except binascii.Error as error:
        raise ValueError("a token's claims are in base64") from error


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_HEADER = _encoded(b'{"typ":"JWT","alg":"ed25519-nkey"}')
