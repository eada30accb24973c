"""What the demo keeps from start to start, among the secrets: its devices' passwords, and how its feeds are known."""

from pathlib import Path

import msgspec

from ucity.cloud.ioc.manage.secrets import private_folder, write_private

PASSWORDS = "secrets/demo.json"
FEEDS = "secrets/demo-feeds.json"


class Known(msgspec.Struct, frozen=True):
    """How the city knows the demo's feeds. ``key``: to manage them; ``port``: of their address; ``added``: names
    of those that were added."""

    key: str = ""
    port: int = 0
    added: tuple[str, ...] = ()


def kept_passwords(data: Path) -> dict[str, str]:
    """Of each device, by its name; empty before the first start. ``data``: the city's folder."""
    file = data / PASSWORDS
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str]) if file.exists() else {}


def keep_passwords(data: Path, passwords: dict[str, str]) -> None:
    """Keep them for the next start."""
    _write(data / PASSWORDS, msgspec.json.encode(passwords))


def known_feeds(data: Path) -> Known:
    """What is known from before."""
    file = data / FEEDS
    return msgspec.json.decode(file.read_bytes(), type=Known) if file.exists() else Known()


def keep_feeds(data: Path, now: Known) -> None:
    """Keep it for the next start."""
    _write(data / FEEDS, msgspec.json.encode(now))


def _write(file: Path, content: bytes) -> None:
    private_folder(file.parent)
    write_private(file, content)
