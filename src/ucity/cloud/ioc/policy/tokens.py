"""Secrets of API keys and devices: how they are made, written and compared.

A secret is 256 random bits, which nobody can guess, so its plain SHA-256 is safe to store and quick to compare. (What
people choose themselves would need a slow hash.)
"""

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

PREFIX = "uck"
_KEY = re.compile(r"uck_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


class Token(NamedTuple):
    """An API key in its two parts: what finds it, and what proves it."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}_{self.id}_{self.secret}"


def new_token() -> Token:
    """A token that nobody has."""
    return Token(secrets.token_hex(8), new_secret())


def new_secret() -> str:
    """256 random bits as 43 characters that need no quoting anywhere."""
    return secrets.token_urlsafe(32)


def parse_token(text: str) -> Token | None:
    """The token that ``text`` writes; None when it is not in the form of one."""
    found = _KEY.fullmatch(text)
    return Token(found[1], found[2]) if found else None


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def matches(secret: str, stored: bytes) -> bool:
    """Whether ``stored`` is the digest of ``secret``; takes as long for a near miss as for any other."""
    return hmac.compare_digest(digest(secret), stored)
