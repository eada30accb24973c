"""Passwords and keys of the embedded servers: random, kept in files that only their owner reads."""

import os
import secrets
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """``folder``, made with mode 0700 if it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(file: Path, content: bytes) -> None:
    """Put ``content`` into ``file`` with mode 0600, whole or not at all, whatever was there before."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def kept_secret(file: Path) -> str:
    """The secret in ``file``: 256 random bits as URL-safe text, made at the first call."""
    if not file.exists():
        private_folder(file.parent)
        write_private(file, secrets.token_urlsafe(32).encode())
    return file.read_text()
